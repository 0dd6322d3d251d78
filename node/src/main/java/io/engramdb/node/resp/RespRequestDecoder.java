package io.engramdb.node.resp;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.Numbers;

/**
 * Takes one connection's requests out of a window of bytes, as ranges of its array: no object per
 * request or word, no copy.
 *
 * <p>A state machine that stops anywhere and goes on when more bytes are there, without looking at
 * old ones again: the cost is linear in the bytes received, however they are split. Announced
 * lengths reserve nothing. One per connection, event loop only. Accepts what Redis 7.2 accepts
 * ({@code processMultibulkBuffer}, {@code processInlineBuffer}) and refuses in its words.
 */
public final class RespRequestDecoder {

  /** What {@link #next} has found. */
  public enum Outcome {
    /** The window ends within a request, or between two. */
    INCOMPLETE,
    /** A request is in {@link #args}. */
    REQUEST,
    /** The client doesn't keep to the protocol: {@link #error} says how. Nothing can follow. */
    ERROR,
    /** The first line of an HTTP request: a browser is being misused to send commands. */
    FOREIGN_PROTOCOL
  }

  private enum State {
    START,
    WORD_COUNT,
    WORD_LENGTH,
    WORD,
    INLINE,
    BROKEN
  }

  /** An argument list that has grown beyond that many words is given up after its request. */
  private static final int KEPT_WORDS = 1024;

  /** Result of {@link #numberUpTo}: not a number. */
  private static final long NO_NUMBER = Long.MIN_VALUE;

  /** Numbers of up to that many digits are read without the general check. */
  private static final int FAST_DIGITS = 9;

  private static final byte[] NOTHING = new byte[0];

  private Args args = new Args();
  private State state = State.START;
  private String error = "";
  private byte[] buffer = NOTHING;

  /** First byte of the request in progress, or of the one handed out last. */
  private int requestStart;

  /** Next byte to look at, except that lines are searched for their end from {@link #searched}. */
  private int position;

  /** The current line has no end before this; at least {@link #position}. */
  private int searched;

  private int end;

  /** Words of this request that are still missing. */
  private long wordsLeft;

  /** Length of the word that is being received. */
  private int wordBytes;

  /** The request; valid after {@link Outcome#REQUEST} until the next call of {@link #next}. */
  public Args args() {
    return args;
  }

  /** Why the outcome was ERROR, as the client is told. */
  public String error() {
    return error;
  }

  /**
   * First byte that must be kept. A request that was handed out counts until {@link #next} is
   * called again, so one that could not be executed yet may be kept with what follows it.
   */
  public int keepFrom() {
    return requestStart;
  }

  /** Bytes from {@link #keepFrom} to the end of the window. */
  public int pendingBytes() {
    return end - requestStart;
  }

  /**
   * Bytes that the word in progress still lacks, its line end included; 0 if none is in progress.
   */
  public long missingBytes() {
    return state == State.WORD ? Math.max(0, wordBytes + 2L - (end - position)) : 0;
  }

  /**
   * Moves the window: the bytes from {@link #keepFrom} on now begin at {@code start} of this array,
   * and it ends at {@code newEnd}, further than before if bytes were added.
   */
  public void window(byte[] array, int start, int newEnd) {
    int shift = start - requestStart;
    Invariant.check(newEnd >= end + shift, "window end %d before %d", newEnd, end + shift);
    buffer = array;
    requestStart = start;
    position += shift;
    searched += shift;
    end = newEnd;
    args.rebase(array, shift);
  }

  /** Takes the next request out of the window. */
  public Outcome next(boolean authenticated, RespLimits limits) {
    while (true) {
      switch (state) {
        case START -> {
          requestStart = position;
          if (position == end) {
            return Outcome.INCOMPLETE;
          }
          begin();
        }
        case WORD_COUNT -> {
          if (!readWordCount(authenticated)) {
            return incompleteOrError();
          }
        }
        case WORD_LENGTH -> {
          if (!readWordLength(authenticated, limits)) {
            return incompleteOrError();
          }
        }
        case WORD -> {
          if (end - position < wordBytes + 2L) {
            return Outcome.INCOMPLETE;
          }
          if (takeWord()) {
            return Outcome.REQUEST;
          }
        }
        case INLINE -> {
          if (!readInline()) {
            return incompleteOrError();
          }
          if (args.count() > 0) {
            return isForeign() ? Outcome.FOREIGN_PROTOCOL : Outcome.REQUEST;
          }
        }
        case BROKEN -> {
          return Outcome.ERROR;
        }
      }
    }
  }

  private void begin() {
    if (args.count() > KEPT_WORDS) {
      args = new Args();
    }
    args.reset(buffer);
    searched = position;
    state = buffer[position] == '*' ? State.WORD_COUNT : State.INLINE;
  }

  private Outcome incompleteOrError() {
    return state == State.BROKEN ? Outcome.ERROR : Outcome.INCOMPLETE;
  }

  /** Always false: the reading step did not succeed. */
  private boolean refuse(String text) {
    state = State.BROKEN;
    error = "Protocol error: " + text;
    return false;
  }

  private boolean readWordCount(boolean authenticated) {
    int lineEnd = findLineEnd();
    if (lineEnd < 0) {
      return isTooLong() && refuse("too big mbulk count string");
    }
    long count = numberUpTo(lineEnd);
    if (count == NO_NUMBER || count > RespLimits.MAX_WORDS) {
      return refuse("invalid multibulk length");
    }
    if (count > RespLimits.MAX_WORDS_BEFORE_LOGIN && !authenticated) {
      return refuse("unauthenticated multibulk length");
    }
    skipLine(lineEnd);
    wordsLeft = count;
    state = count > 0 ? State.WORD_LENGTH : State.START;
    return true;
  }

  private boolean readWordLength(boolean authenticated, RespLimits limits) {
    int lineEnd = findLineEnd();
    if (lineEnd < 0) {
      return isTooLong() && refuse("too big bulk count string");
    }
    if (buffer[position] != '$') {
      return refuse("expected '$', got '" + (char) (buffer[position] & 0xff) + "'");
    }
    long length = numberUpTo(lineEnd);
    if (length < 0 || length > limits.maxBulkBytes()) {
      return refuse("invalid bulk length");
    }
    if (length > RespLimits.MAX_BULK_BYTES_BEFORE_LOGIN && !authenticated) {
      return refuse("unauthenticated bulk length");
    }
    skipLine(lineEnd);
    wordBytes = (int) length;
    state = State.WORD;
    return true;
  }

  /**
   * Where the current line's carriage return stands, if the byte after it is there too; else -1.
   * What that byte is does not matter, as in Redis.
   */
  private int findLineEnd() {
    byte[] bytes = buffer;
    int last = end - 1;
    for (int at = searched; at < last; at++) {
      if (bytes[at] == '\r') {
        return at;
      }
    }
    searched = Math.max(searched, last);
    return -1;
  }

  private boolean isTooLong() {
    return end - position > RespLimits.MAX_LINE_BYTES;
  }

  private void skipLine(int lineEnd) {
    position = lineEnd + 2;
    searched = position;
  }

  /** The number between the line's first byte and its end. */
  private long numberUpTo(int lineEnd) {
    byte[] bytes = buffer;
    int at = position + 1;
    int length = lineEnd - at;
    if (length > FAST_DIGITS) {
      return Numbers.isLong(bytes, at, length) ? Numbers.parseLong(bytes, at, length) : NO_NUMBER;
    }
    long value = 0;
    for (int i = at; i < lineEnd; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return Numbers.isLong(bytes, at, length) ? Numbers.parseLong(bytes, at, length) : NO_NUMBER;
      }
      value = value * 10 + digit;
    }
    boolean plain = length == 1 || (length > 1 && bytes[at] != '0');
    return plain ? value : NO_NUMBER;
  }

  /** Takes the word that is complete; true if it was the request's last one. */
  private boolean takeWord() {
    args.add(position, wordBytes);
    position += wordBytes + 2;
    searched = position;
    wordsLeft--;
    state = wordsLeft == 0 ? State.START : State.WORD_LENGTH;
    return wordsLeft == 0;
  }

  /** Reads one line of plain words; false if it is incomplete or wrong. */
  private boolean readInline() {
    byte[] bytes = buffer;
    int at = searched;
    while (at < end && bytes[at] != '\n') {
      at++;
    }
    searched = at;
    if (at - position > RespLimits.MAX_LINE_BYTES) {
      return refuse("too big inline request");
    }
    if (at == end) {
      return false;
    }
    int lineEnd = at > position && bytes[at - 1] == '\r' ? at - 1 : at;
    if (!InlineWords.split(bytes, position, lineEnd, args)) {
      return refuse("unbalanced quotes in request");
    }
    position = at + 1;
    searched = position;
    state = State.START;
    return true;
  }

  private boolean isForeign() {
    return args.is(0, "POST") || args.is(0, "HOST:");
  }
}
