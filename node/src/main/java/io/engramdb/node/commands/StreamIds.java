package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.value.StreamId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Ids of stream entries as words of requests and replies. */
final class StreamIds {

  static final CommandError INVALID =
      CommandError.err("Invalid stream ID specified as stream command argument");
  private static final CommandError INVALID_START =
      CommandError.err("invalid start ID for the interval");
  private static final CommandError INVALID_END =
      CommandError.err("invalid end ID for the interval");
  private static final int MAX_WORD_BYTES = 127;

  /** Bytes of the longest id. */
  static final int MAX_TEXT_BYTES = 41;

  private StreamIds() {}

  // --- reading

  /** {@code ms} or {@code ms-seq}; without a sequence number that one. */
  static StreamId strict(Args args, int word, long missingSeq) {
    StreamId id = parse(args.array(), args.offset(word), args.length(word), missingSeq);
    if (id == null) {
      throw INVALID;
    }
    return id;
  }

  /** As {@link #strict}, but also {@code -} and {@code +} for the least and the greatest. */
  static StreamId open(Args args, int word, long missingSeq) {
    if (args.is(word, "-")) {
      return StreamId.MIN;
    }
    return args.is(word, "+") ? StreamId.MAX : strict(args, word, missingSeq);
  }

  /** Where a range begins; an opening parenthesis leaves the id itself out. */
  static StreamId rangeStart(Args args, int word) {
    if (!excludes(args, word)) {
      return open(args, word, 0);
    }
    StreamId id = excluded(args, word, 0);
    if (id.equals(StreamId.MAX)) {
      throw INVALID_START;
    }
    return id.next();
  }

  /** Where a range ends; an opening parenthesis leaves the id itself out. */
  static StreamId rangeEnd(Args args, int word) {
    if (!excludes(args, word)) {
      return open(args, word, -1);
    }
    StreamId id = excluded(args, word, -1);
    if (id.isZero()) {
      throw INVALID_END;
    }
    return id.previous();
  }

  private static boolean excludes(Args args, int word) {
    return args.length(word) > 1 && args.array()[args.offset(word)] == '(';
  }

  private static StreamId excluded(Args args, int word, long missingSeq) {
    StreamId id = parse(args.array(), args.offset(word) + 1, args.length(word) - 1, missingSeq);
    if (id == null) {
      throw INVALID;
    }
    return id;
  }

  /** Whether the word is {@code ms-*}: the sequence number is to be chosen. */
  static boolean leavesSequence(Args args, int word) {
    int length = args.length(word);
    int end = args.offset(word) + length;
    return length > 2 && args.array()[end - 1] == '*' && dash(args, word) == end - 2;
  }

  private static int dash(Args args, int word) {
    for (int at = args.offset(word); at < args.offset(word) + args.length(word); at++) {
      if (args.array()[at] == '-') {
        return at;
      }
    }
    return -1;
  }

  /** The milliseconds of {@code ms-*}. */
  static long milliseconds(Args args, int word) {
    int offset = args.offset(word);
    StreamId id = parse(args.array(), offset, args.length(word) - 2, 0);
    if (id == null || args.length(word) > MAX_WORD_BYTES) {
      throw INVALID;
    }
    return id.ms();
  }

  static @Nullable StreamId parse(byte[] array, int offset, int length, long missingSeq) {
    if (length > MAX_WORD_BYTES) {
      return null;
    }
    int end = offset + length;
    int dash = offset;
    while (dash < end && array[dash] != '-') {
      dash++;
    }
    if (!isUnsigned(array, offset, dash)) {
      return null;
    }
    long ms = unsigned(array, offset, dash);
    if (dash == end) {
      return new StreamId(ms, missingSeq);
    }
    return isUnsigned(array, dash + 1, end)
        ? new StreamId(ms, unsigned(array, dash + 1, end))
        : null;
  }

  /**
   * Whether these bytes are a number of 64 bits without sign, with what C's {@code strtoull}
   * forgives and upstream therefore accepts: blanks, a plus sign and zeros in front.
   */
  private static boolean isUnsigned(byte[] array, int from, int to) {
    int at = digits(array, from, to);
    if (at == to) {
      return false;
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = array[at] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      if (Long.compareUnsigned(value, Long.divideUnsigned(-1 - digit, 10)) > 0) {
        return false;
      }
      value = value * 10 + digit;
    }
    return true;
  }

  private static int digits(byte[] array, int from, int to) {
    int at = from;
    while (at < to && (array[at] == ' ' || (array[at] >= 9 && array[at] <= 13))) {
      at++;
    }
    return at < to && array[at] == '+' ? at + 1 : at;
  }

  private static long unsigned(byte[] array, int from, int to) {
    long value = 0;
    for (int at = digits(array, from, to); at < to; at++) {
      value = value * 10 + array[at] - '0';
    }
    return value;
  }

  // --- writing

  /** Writes an id as text; returns how many bytes. */
  static int write(long ms, long seq, byte[] into) {
    int at = write(ms, into, 0);
    into[at++] = '-';
    return write(seq, into, at);
  }

  private static int write(long value, byte[] into, int at) {
    if (value >= 0) {
      return Numbers.write(value, into, at);
    }
    byte[] text = Long.toUnsignedString(value).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, into, at, text.length);
    return at + text.length;
  }

  static void reply(StreamId id, ReplyWriter reply) {
    byte[] text = new byte[MAX_TEXT_BYTES];
    reply.bulk(text, 0, write(id.ms(), id.seq(), text));
  }
}
