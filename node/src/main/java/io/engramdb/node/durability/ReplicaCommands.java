package io.engramdb.node.durability;

import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.rdb.ValueDump;
import io.engramdb.node.shard.EffectReader.Effect;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Says effects as Redis replicates them: requests of RESP, with SELECT where the database changes,
 * and MULTI and EXEC around what was one record, because that is what holds or does not. An effect
 * is a command of Redis already; left out is what Redis replicates to nobody. One thread.
 */
final class ReplicaCommands {

  /** Users and loaded scripts: servers of other makes have their own. */
  private static final Set<String> OURS = Set.of("ACL", "SCRIPT");

  private static final String RESTORE = "RESTORE";
  private static final int PAYLOAD_PLACE = 3;
  private static final byte[] END = {'\r', '\n'};

  private final ValueLimits limits = new ValueLimits();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int database = -1;

  ReplicaCommands() {
    // What is in the log was taken by a shard.
    limits.stringBytes = Long.MAX_VALUE;
  }

  /** Bytes that wait to be taken. */
  int sizeBytes() {
    return out.size();
  }

  /** Takes what was said so far. */
  byte[] take() {
    byte[] bytes = out.toByteArray();
    out.reset();
    return bytes;
  }

  /** Says that nothing has happened. */
  void ping() {
    request(word("PING"));
  }

  /** Says the effects of a record. */
  void say(List<Effect> effects) {
    List<Effect> said = new ArrayList<>(effects.size());
    for (Effect each : effects) {
      if (!OURS.contains(name(each))) {
        said.add(each);
      }
    }
    if (said.isEmpty()) {
      return;
    }
    select(said.getFirst().database());
    if (said.size() > 1) {
      request(word("MULTI"));
    }
    for (Effect each : said) {
      select(each.database());
      request(words(each));
    }
    if (said.size() > 1) {
      request(word("EXEC"));
    }
  }

  private static String name(Effect effect) {
    return new String(effect.words()[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }

  /** A payload goes out in the oldest version that has everything of it. */
  private byte[][] words(Effect effect) {
    byte[][] words = effect.words();
    if (!name(effect).equals(RESTORE)) {
      return words;
    }
    byte[][] older = words.clone();
    try {
      older[PAYLOAD_PLACE] = ValueDump.encode(ValueDump.decode(words[PAYLOAD_PLACE], limits));
    } catch (ValueDump.WrongFooter | ValueDump.WrongValue e) {
      throw new IllegalStateException("a payload in the log can't be read", e);
    }
    return older;
  }

  private void select(int number) {
    if (number != database) {
      database = number;
      request(word("SELECT"), word("" + number));
    }
  }

  private void request(byte[]... words) {
    out.writeBytes(word("*" + words.length));
    out.writeBytes(END);
    for (byte[] each : words) {
      out.writeBytes(word("$" + each.length));
      out.writeBytes(END);
      out.writeBytes(each);
      out.writeBytes(END);
    }
  }

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
