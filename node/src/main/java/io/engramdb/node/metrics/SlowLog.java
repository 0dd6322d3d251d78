package io.engramdb.node.metrics;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The slowest recent commands, newest first. Long requests are cut, passwords are left out. Shard
 * thread only, but for the two settings.
 */
public final class SlowLog {

  /** Words of a request that are kept. */
  private static final int MAX_WORDS = 32;

  /** Bytes of a word that are kept. */
  private static final int MAX_WORD_BYTES = 128;

  private static final Bytes REDACTED = Bytes.utf8("(redacted)");

  /** One command that took too long. */
  public record SlowCommand(
      long id,
      long atSeconds,
      long elapsedUsec,
      List<Bytes> words,
      String clientAddress,
      Bytes clientName) {}

  private final Deque<SlowCommand> entries = new ArrayDeque<>();
  private volatile long thresholdUsec = 10_000;
  private volatile int maxEntries = 128;
  private long nextId;

  /** The directive {@code slowlog-log-slower-than}: negative for never, 0 for every command. */
  public void setThresholdUsec(long usec) {
    thresholdUsec = usec;
  }

  /** The directive {@code slowlog-max-len}. */
  public void setMaxEntries(int entryCount) {
    maxEntries = entryCount;
  }

  /** Keeps the command if it took too long. */
  public void offer(CommandSpec spec, Args args, ClientState client, long elapsedNs, long nowMs) {
    long threshold = thresholdUsec;
    long elapsedUsec = elapsedNs / 1000;
    if (threshold < 0 || elapsedUsec < threshold || spec.has(CommandFlag.SKIP_SLOWLOG)) {
      return;
    }
    entries.addFirst(
        new SlowCommand(
            nextId++, nowMs / 1000, elapsedUsec, wordsOf(args), client.address, client.name));
    trim();
  }

  private void trim() {
    while (entries.size() > maxEntries) {
      entries.removeLast();
    }
  }

  private static List<Bytes> wordsOf(Args args) {
    int count = args.count();
    int kept = Math.min(count, MAX_WORDS);
    List<Bytes> words = new ArrayList<>(kept);
    for (int i = 0; i < kept; i++) {
      if (i == MAX_WORDS - 1 && count > MAX_WORDS) {
        words.add(Bytes.utf8("... (" + (count - i) + " more arguments)"));
      } else {
        words.add(isSecret(args, i) ? REDACTED : cut(args, i));
      }
    }
    return words;
  }

  private static Bytes cut(Args args, int word) {
    int length = args.length(word);
    if (length <= MAX_WORD_BYTES) {
      return args.bytes(word);
    }
    byte[] tail =
        ("... (" + (length - MAX_WORD_BYTES) + " more bytes)").getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = new byte[MAX_WORD_BYTES + tail.length];
    System.arraycopy(args.array(), args.offset(word), bytes, 0, MAX_WORD_BYTES);
    System.arraycopy(tail, 0, bytes, MAX_WORD_BYTES, tail.length);
    return Bytes.wrap(bytes);
  }

  /** Whether that word of a request is a password, or may be one. */
  public static boolean isSecret(Args args, int word) {
    if (args.is(0, "AUTH")) {
      return word > 0;
    }
    if (args.is(0, "ACL")) {
      return word > 1 && args.is(1, "SETUSER");
    }
    if (args.is(0, "CONFIG")) {
      return word > 2
          && (args.is(word - 1, "REQUIREPASS")
              || args.is(word - 1, "MASTERAUTH")
              || args.is(word - 1, "TLS-KEY-FILE-PASS"));
    }
    if (args.is(0, "MIGRATE")) {
      return word > 6
          && (args.is(word - 1, "AUTH")
              || args.is(word - 1, "AUTH2")
              || args.is(word - 2, "AUTH2"));
    }
    return args.is(0, "HELLO")
        && (word > 2 && args.is(word - 1, "AUTH") || word > 3 && args.is(word - 2, "AUTH"));
  }

  /** Entries, newest first; at most {@code limit}. */
  public List<SlowCommand> newest(int limit) {
    trim();
    return entries.stream().limit(limit).toList();
  }

  public int size() {
    trim();
    return entries.size();
  }

  public void clear() {
    entries.clear();
  }
}
