package io.engramdb.node.command;

import java.util.Arrays;

/** A growing array of reply bytes; written at the end, taken from the start. Shard thread only. */
public final class ReplyBuffer {

  /** First size of the array, bytes. */
  private static final int INITIAL_BYTES = 1024;

  /** A larger array is given up once it is empty, bytes. */
  private static final int KEPT_BYTES = 64 * 1024;

  /** Largest array, bytes. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 16;

  /** Share of the heap that what is read may take: twice the largest value. */
  private static final int HEAP_SHARE = 3;

  /** Largest reply of a read, bytes: beyond it the process could end for want of memory. */
  public static final int MAX_READ_BYTES =
      (int) Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE);

  private static final CommandError TOO_LARGE =
      CommandError.err("the reply would be larger than " + MAX_READ_BYTES + " bytes");

  private static final byte[] NONE = new byte[0];

  private byte[] array = NONE;
  private int start;
  private int end;
  private int limitBytes = MAX_BYTES;
  private boolean overflowed;

  /**
   * A command begins: sets what may wait here at most, bytes; an array that is there already may
   * hold more.
   */
  public void limit(long bytes) {
    limitBytes = (int) Math.min(MAX_BYTES, bytes);
    overflowed = false;
  }

  /** The command has run, or is told of an error; nothing else is limited. */
  public void unlimited() {
    limitBytes = MAX_BYTES;
  }

  /** Whether the last command did not write something because of {@link #limit}. */
  public boolean overflowed() {
    return overflowed;
  }

  public byte[] array() {
    return array;
  }

  /** First byte that has not been taken. */
  public int start() {
    return start;
  }

  /** Where the next byte is written. */
  public int end() {
    return end;
  }

  public int sizeBytes() {
    return end - start;
  }

  /**
   * Makes room for that many bytes behind {@link #end} and returns the array to write into, at
   * {@link #end}. Positions stay valid until bytes are taken.
   */
  public byte[] reserve(int bytes) {
    if (array.length - end < bytes) {
      grow(bytes);
    }
    return array;
  }

  private void grow(int bytes) {
    long needed = (long) end + bytes;
    if (needed > MAX_BYTES || needed - start > limitBytes) {
      overflowed = true;
      // An answer, not a fault of the server: the command is taken back and the client is told.
      throw TOO_LARGE;
    }
    long doubled = Math.max(INITIAL_BYTES, (long) array.length * 2);
    array = Arrays.copyOf(array, (int) Math.min(MAX_BYTES, Math.max(needed, doubled)));
  }

  /** The bytes up to this position are written. */
  public void advanceTo(int newEnd) {
    end = newEnd;
  }

  public void append(byte[] bytes, int offset, int length) {
    System.arraycopy(bytes, offset, reserve(length), end, length);
    end += length;
  }

  /** Takes back what was written behind this position. */
  public void truncate(int newEnd) {
    end = newEnd;
  }

  /** Takes bytes from the start; an emptied buffer begins at position 0 again. */
  public void take(int bytes) {
    start += bytes;
    if (start == end) {
      start = 0;
      end = 0;
      if (array.length > KEPT_BYTES) {
        array = NONE;
      }
    }
  }

  /** Gives the array with its bytes away and begins a new one. */
  public byte[] detach() {
    byte[] given = array;
    array = NONE;
    start = 0;
    end = 0;
    return given;
  }

  /** Gives the array up; only when empty. */
  public void release() {
    if (start == end) {
      array = NONE;
      start = 0;
      end = 0;
    }
  }
}
