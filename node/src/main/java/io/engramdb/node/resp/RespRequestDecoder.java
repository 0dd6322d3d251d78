package io.engramdb.node.resp;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.Numbers;
import java.util.Arrays;

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

  /** Requests of a pipeline that are decoded before the first of them is handed out. */
  static final int LOOK_AHEAD = 16;

  /** An argument list that has grown beyond that many words is given up after its request. */
  private static final int KEPT_WORDS = 1024;

  /** From this size on a word in progress is what its client's input is said to be, bytes. */
  private static final int LARGE_WORD_BYTES = 32 * 1024;

  /** Result of {@link #numberUpTo}: not a number. */
  private static final long NO_NUMBER = Long.MIN_VALUE;

  /** Numbers of up to that many digits are read without the general check. */
  private static final int FAST_DIGITS = 9;

  private static final byte[] NOTHING = new byte[0];

  /** Complete requests, in order; one place until a client sends a pipeline. */
  private Args[] batch = {new Args()};

  /** First byte of each request of {@link #batch}. */
  private int[] starts = new int[1];

  /** Places of {@link #batch} that are in use. */
  private int complete;

  /** The request handed out last. */
  private int current;

  /** The request in progress. */
  private Args args = new Args();

  /** What came after the complete requests. */
  private Outcome behind = Outcome.INCOMPLETE;

  private State state = State.START;
  private String error = "";
  private byte[] buffer = NOTHING;

  /** First byte of the request in progress. */
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
    return batch[current];
  }

  /**
   * How many requests have just been decoded at once, if the one handed out is the first of them;
   * else 0. They are the first ones of {@link #batch}.
   */
  public int batchSize() {
    return current == 0 ? complete : 0;
  }

  /** The requests that were decoded at once; see {@link #batchSize}. */
  public Args[] batch() {
    return batch;
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
    return current < complete ? starts[current] : requestStart;
  }

  /** Bytes from {@link #keepFrom} to the end of the window. */
  public int pendingBytes() {
    return end - keepFrom();
  }

  /** As {@link #pendingBytes}, but without what stands in front of a large word in progress. */
  public int unparsedBytes() {
    boolean large = state == State.WORD && wordBytes >= LARGE_WORD_BYTES && current >= complete;
    return large ? end - position : pendingBytes();
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
    int shift = start - keepFrom();
    Invariant.check(newEnd >= end + shift, "window end %d before %d", newEnd, end + shift);
    buffer = array;
    requestStart += shift;
    position += shift;
    searched += shift;
    end = newEnd;
    args.rebase(array, shift);
    for (int i = current; i < complete; i++) {
      batch[i].rebase(array, shift);
      starts[i] += shift;
    }
  }

  /**
   * Takes the next request out of the window.
   *
   * <p>A logged-in client's requests are decoded some at a time, so that the caller may look at
   * several before the first one runs; they are handed out one by one all the same, and what is
   * wrong behind them is told when they have been.
   */
  public Outcome next(boolean authenticated, RespLimits limits) {
    if (current + 1 < complete) {
      current++;
      return Outcome.REQUEST;
    }
    current = 0;
    complete = 0;
    if (behind == Outcome.FOREIGN_PROTOCOL) {
      return behind;
    }
    int limit = authenticated ? LOOK_AHEAD : 1;
    do {
      behind = decode(authenticated, limits);
      if (behind == Outcome.REQUEST) {
        completed();
      }
    } while (behind == Outcome.REQUEST && complete < limit && position < end);
    return complete > 0 ? Outcome.REQUEST : behind;
  }

  private void completed() {
    if (complete == batch.length) {
      batch = Arrays.copyOf(batch, LOOK_AHEAD);
      starts = Arrays.copyOf(starts, LOOK_AHEAD);
      for (int i = complete; i < LOOK_AHEAD; i++) {
        batch[i] = new Args();
      }
    }
    Args free = batch[complete];
    batch[complete] = args;
    args = free;
    starts[complete] = requestStart;
    complete++;
    requestStart = position;
  }

  private Outcome decode(boolean authenticated, RespLimits limits) {
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
