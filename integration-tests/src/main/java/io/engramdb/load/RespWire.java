package io.engramdb.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * RESP2. A request may be several commands ({@code SET k v ; WAIT 1 0}); it is answered when all of
 * them are. An error, or a WAIT with fewer replicas than asked for, fails it.
 */
final class RespWire implements Wire {
  private static final int NO_WAIT = 0;
  private static final int MAX_ERROR_CHARS = 200;
  private static final int DECIMAL = 10;

  /** One request of the mix, as bytes and as what to expect. */
  record Unit(RequestTemplate template, int commandCount, int replicasWanted) {
    static Unit of(List<List<String>> commands, int dataBytes) {
      RequestTemplate.Builder out = new RequestTemplate.Builder(dataBytes);
      int replicas = NO_WAIT;
      for (List<String> words : commands) {
        out.raw("*" + words.size() + "\r\n");
        for (String word : words) {
          out.raw("$" + out.sizeOf(word) + "\r\n").word(word).raw("\r\n");
        }
        if (words.getFirst().equalsIgnoreCase("WAIT")) {
          replicas = Integer.parseInt(words.get(1));
        }
      }
      return new Unit(out.build(), commands.size(), replicas);
    }
  }

  private final List<Unit> units;
  private final long keyCount;
  // Kinds of the requests in flight, by their number.
  private final byte[] kinds;
  private final int maxRequestBytes;
  private long written;
  private long answered;
  // Of the oldest request in flight.
  private int repliesSeen;
  private @Nullable String failure;

  /**
   * @param maxInFlight a power of two; the caller never has more requests unanswered
   */
  RespWire(List<Unit> units, long keyCount, int maxInFlight) {
    this.units = units;
    this.keyCount = keyCount;
    this.kinds = new byte[maxInFlight];
    maxRequestBytes =
        units.stream().mapToInt(unit -> unit.template().sizeBytes()).max().orElseThrow();
  }

  @Override
  public void begin(ByteBuffer out) {
    // RESP2 begins with the first command.
  }

  @Override
  public boolean mayWrite() {
    return true;
  }

  @Override
  public int maxRequestBytes() {
    return maxRequestBytes;
  }

  @Override
  public void write(ByteBuffer out, int kind, long sequence, SplittableRandom random) {
    units.get(kind).template().write(out, sequence, random, keyCount);
    kinds[(int) (written & (kinds.length - 1))] = (byte) kind;
    written++;
  }

  @Override
  public void read(ByteBuffer in, ByteBuffer out, Answers answers) {
    while (in.hasRemaining()) {
      int end = endOfReply(in, in.position());
      if (end < 0) {
        return;
      }
      reply(in, answers);
      in.position(end);
    }
  }

  private void reply(ByteBuffer in, Answers answers) {
    if (answered == written) {
      throw new IllegalStateException("a reply that nobody asked for");
    }
    Unit unit = units.get(kinds[(int) (answered & (kinds.length - 1))]);
    byte type = in.get(in.position());
    if (type == '-') {
      failure = line(in);
    } else if (type == ':' && unit.replicasWanted() != NO_WAIT) {
      boolean last = repliesSeen == unit.commandCount() - 1;
      if (last && number(in, in.position() + 1) < unit.replicasWanted()) {
        failure = "too few replicas: " + line(in);
      }
    }
    repliesSeen++;
    if (repliesSeen == unit.commandCount()) {
      answers.answered(answered, failure);
      answered++;
      repliesSeen = 0;
      failure = null;
    }
  }

  /** Position after the reply that begins at {@code from}; negative if it is not complete. */
  private static int endOfReply(ByteBuffer in, int from) {
    int at = from;
    long open = 1;
    while (open > 0) {
      int end = endOfLine(in, at);
      if (end < 0) {
        return -1;
      }
      open--;
      switch (in.get(at)) {
        case '+', '-', ':' -> at = end;
        case '$' -> {
          long size = number(in, at + 1);
          at = size < 0 ? end : end + (int) size + 2;
          if (at > in.limit()) {
            return -1;
          }
        }
        case '*' -> {
          open += Math.max(0, number(in, at + 1));
          at = end;
        }
        default -> throw new IllegalStateException("not RESP2: byte " + in.get(at));
      }
    }
    return at;
  }

  private static int endOfLine(ByteBuffer in, int from) {
    for (int i = from; i < in.limit(); i++) {
      if (in.get(i) == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private static long number(ByteBuffer in, int from) {
    boolean negative = in.get(from) == '-';
    long value = 0;
    for (int i = negative ? from + 1 : from; in.get(i) != '\r'; i++) {
      value = value * DECIMAL + (in.get(i) - '0');
    }
    return negative ? -value : value;
  }

  private static String line(ByteBuffer in) {
    int from = in.position();
    byte[] text = new byte[Math.min(MAX_ERROR_CHARS, endOfLine(in, from) - 2 - from)];
    in.get(from, text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
