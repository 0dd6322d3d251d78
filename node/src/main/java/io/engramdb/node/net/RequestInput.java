package io.engramdb.node.net;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.resp.RespRequestDecoder;
import io.netty.buffer.ByteBuf;

/**
 * Where the bytes of one connection's requests lie.
 *
 * <p>A read is copied once into an array that all connections of the loop share, and its requests
 * are executed from there. Only what is left over, a part of a request or requests that could not
 * be taken yet, moves into an array of the connection's own. That array grows as bytes arrive, at
 * most to twice of what is there, never to what a client announces. Event loop only.
 */
final class RequestInput {

  /** Array of a loop: one read, and a left-over in front of it. One per server. */
  static final class Scratch {
    private byte[] array = new byte[SCRATCH_BYTES];
    private boolean inUse;
  }

  /** Largest read from a socket, bytes. */
  static final int MAX_READ_BYTES = 64 * 1024;

  /** A left-over up to this size is put in front of the next read; larger ones stay, bytes. */
  private static final int MOVED_BYTES = 8 * 1024;

  private static final int SCRATCH_BYTES = MAX_READ_BYTES + MOVED_BYTES;

  private static final int LEAST_OWN_BYTES = 256;

  /** Largest array, bytes; the query buffer's limit lies far below it. */
  private static final int MAX_ARRAY_BYTES = Integer.MAX_VALUE - 16;

  private static final byte[] NONE = new byte[0];

  private final RespRequestDecoder decoder;
  private final Scratch scratch;
  private final InputBudget budget;

  /** The left-over is {@code own[keepFrom, ownEnd)}; {@code NONE} if there is none. */
  private byte[] own = NONE;

  private int ownEnd;
  private boolean inScratch;

  RequestInput(RespRequestDecoder decoder, Scratch scratch, InputBudget budget) {
    this.decoder = decoder;
    this.scratch = scratch;
    this.budget = budget;
  }

  /** Bytes that belong to no executed request. */
  int pendingBytes() {
    return decoder.pendingBytes();
  }

  /** As {@link #pendingBytes}, as CLIENT LIST shows it. */
  int unparsedBytes() {
    return decoder.unparsedBytes();
  }

  /** Room behind the pending bytes. */
  int freeBytes() {
    return own.length - ownEnd;
  }

  /**
   * Adds what was read and lets the decoder see it; {@link #settle} must follow.
   *
   * @param limitBytes budget of all connections
   * @return false if the budget does not bear the request; nothing was added then
   */
  boolean add(ByteBuf read, long limitBytes) {
    int bytes = read.readableBytes();
    int pending = decoder.pendingBytes();
    boolean fits = pending <= MOVED_BYTES && pending + bytes <= SCRATCH_BYTES;
    if (fits && !scratch.inUse) {
      scratch.inUse = true;
      inScratch = true;
      byte[] array = scratch.array;
      System.arraycopy(own, decoder.keepFrom(), array, 0, pending);
      read.readBytes(array, pending, bytes);
      decoder.window(array, 0, pending + bytes);
      keep(NONE);
      ownEnd = 0;
      return true;
    }
    if (!reserve(pending, bytes, limitBytes)) {
      return false;
    }
    read.readBytes(own, ownEnd, bytes);
    ownEnd += bytes;
    decoder.window(own, decoder.keepFrom(), ownEnd);
    return true;
  }

  private void keep(byte[] array) {
    budget.changed(array.length - own.length);
    own = array;
  }

  /** Makes room for that many bytes behind what is pending. */
  private boolean reserve(int pending, int bytes, long limitBytes) {
    if (own.length - ownEnd >= bytes) {
      return true;
    }
    int keepFrom = decoder.keepFrom();
    long needed = (long) pending + bytes;
    if (needed <= own.length && keepFrom > own.length / 2) {
      System.arraycopy(own, keepFrom, own, 0, pending);
    } else {
      // A word in progress bounds the growth: its end is the most that will be needed soon.
      long announced = needed + Math.max(0, decoder.missingBytes() - bytes);
      if (!budget.allows(own.length, announced, limitBytes)) {
        return false;
      }
      long size = Math.max(needed, Math.min(2 * needed, announced + LEAST_OWN_BYTES));
      Invariant.check(needed <= MAX_ARRAY_BYTES, "%d pending bytes", needed);
      byte[] larger = new byte[(int) Math.min(MAX_ARRAY_BYTES, size)];
      System.arraycopy(own, keepFrom, larger, 0, pending);
      keep(larger);
    }
    ownEnd = pending;
    decoder.window(own, 0, ownEnd);
    return true;
  }

  /** Brings what is left over into the connection's own array; the loop's one is free again. */
  void settle() {
    int pending = decoder.pendingBytes();
    if (inScratch) {
      inScratch = false;
      scratch.inUse = false;
      keep(pending == 0 ? NONE : copyOfPending(scratch.array, pending));
    } else if (pending == 0) {
      keep(NONE);
    } else if (pending < own.length / 4) {
      keep(copyOfPending(own, pending));
    } else {
      return;
    }
    ownEnd = pending;
    decoder.window(own, 0, ownEnd);
  }

  private byte[] copyOfPending(byte[] array, int pending) {
    byte[] copy = new byte[Math.max(LEAST_OWN_BYTES, pending)];
    System.arraycopy(array, decoder.keepFrom(), copy, 0, pending);
    return copy;
  }

  /** Gives everything up. */
  void clear() {
    if (inScratch) {
      inScratch = false;
      scratch.inUse = false;
    }
    keep(NONE);
    ownEnd = 0;
  }
}
