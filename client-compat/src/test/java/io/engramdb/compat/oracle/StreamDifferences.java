package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What of a stream's groups has to be equal: everything but times, but what only 7.2 tells, and but
 * consumers who own nothing, because 7.0 makes no consumer for a claim that finds nothing.
 */
final class StreamDifferences {
  private static final Set<String> TIMES = Set.of("seen-time", "idle", "inactive", "active-time");
  private static final Set<String> COUNTED = Set.of("pel-count", "pending");
  private static final int TIME_OF_PENDING = 2;

  private StreamDifferences() {}

  /** XPENDING with a range: id, consumer, how long ago, how often. */
  static boolean samePending(Reply redis, Reply ours) {
    if (!AllowedDifferences.bothLists(redis, ours)) {
      return false;
    }
    return withoutTimes(redis).equals(withoutTimes(ours));
  }

  private static List<List<String>> withoutTimes(Reply rows) {
    List<List<String>> all = new ArrayList<>();
    for (Reply row : rows.items()) {
      List<String> words = new ArrayList<>(row.items().stream().map(Reply::toString).toList());
      if (words.size() > TIME_OF_PENDING) {
        words.remove(TIME_OF_PENDING);
      }
      all.add(words);
    }
    return all;
  }

  static boolean sameConsumers(Reply redis, Reply ours) {
    return redis instanceof Reply.Many
        && ours instanceof Reply.Many
        && consumers(redis).equals(consumers(ours));
  }

  /** XINFO STREAM, with or without FULL. */
  static boolean sameInFull(Reply redis, Reply ours) {
    return redis instanceof Reply.Many
        && ours instanceof Reply.Many
        && described(redis).equals(described(ours));
  }

  /** A map as text, its lists of groups and consumers likewise. */
  private static String described(Reply map) {
    StringBuilder text = new StringBuilder();
    List<Reply> items = map.items();
    for (int i = 0; i + 1 < items.size(); i += 2) {
      String name = items.get(i).text();
      Reply value = items.get(i + 1);
      if (TIMES.contains(name)) {
        continue;
      }
      text.append(name).append('=');
      if (name.equals("groups") && value instanceof Reply.Many) {
        value.items().forEach(group -> text.append(described(group)).append(';'));
      } else if (name.equals("consumers") && value instanceof Reply.Many) {
        text.append(consumers(value));
      } else if (name.equals("pending") && value instanceof Reply.Many) {
        text.append(pending(value));
      } else {
        text.append(value);
      }
      text.append(' ');
    }
    return text.toString();
  }

  private static List<String> consumers(Reply rows) {
    return rows.items().stream()
        .filter(StreamDifferences::ownsSomething)
        .map(StreamDifferences::described)
        .toList();
  }

  private static boolean ownsSomething(Reply consumer) {
    List<Reply> items = consumer.items();
    for (int i = 0; i + 1 < items.size(); i += 2) {
      if (COUNTED.contains(items.get(i).text()) && items.get(i + 1).toString().equals(":0")) {
        return false;
      }
    }
    return true;
  }

  /** Of a group id, consumer, time, how often; of a consumer the same without its name. */
  private static List<List<String>> pending(Reply rows) {
    List<List<String>> all = new ArrayList<>();
    for (Reply row : rows.items()) {
      List<String> words = new ArrayList<>(row.items().stream().map(Reply::toString).toList());
      words.remove(words.size() - 2);
      all.add(words);
    }
    return all;
  }
}
