package io.engramdb.snapshot.rdb;

import java.util.Arrays;

/**
 * The pending entries of one consumer group, found by id: a file lists them first for the group,
 * and then once more, by id alone, for each consumer. Grows with what was really read. One thread.
 */
final class PendingEntries {
  private static final int INITIAL_ENTRIES = 16;

  /** Entries whose memory is kept from one group to the next. */
  private static final int MAX_KEPT_ENTRIES = 1 << 14;

  /** Longs per entry: id in two, time, deliveries. */
  private static final int WIDTH = 4;

  private long[] entries = new long[WIDTH * INITIAL_ENTRIES];

  /** Place of an entry plus one, negative once a consumer has it; 0 in a free slot. */
  private int[] index = new int[4 * INITIAL_ENTRIES];

  private int size;
  private int owned;

  void clear() {
    if (size > MAX_KEPT_ENTRIES) {
      entries = new long[WIDTH * INITIAL_ENTRIES];
      index = new int[4 * INITIAL_ENTRIES];
    } else if (size > 0) {
      Arrays.fill(index, 0);
    }
    size = 0;
    owned = 0;
  }

  int size() {
    return size;
  }

  /** Entries that no consumer has. */
  int unowned() {
    return size - owned;
  }

  /** Adds an entry; false if the id is there already. */
  boolean add(long ms, long sequence, long deliveryMs, long deliveries) {
    if (2 * size >= index.length) {
      index = new int[2 * index.length];
      for (int i = 0; i < size; i++) {
        index[slot(entries[WIDTH * i], entries[WIDTH * i + 1])] = i + 1;
      }
    }
    int slot = slot(ms, sequence);
    if (index[slot] != 0) {
      return false;
    }
    int at = WIDTH * size;
    if (at == entries.length) {
      entries = Arrays.copyOf(entries, 2 * entries.length);
    }
    entries[at] = ms;
    entries[at + 1] = sequence;
    entries[at + 2] = deliveryMs;
    entries[at + 3] = deliveries;
    index[slot] = ++size;
    return true;
  }

  /**
   * Gives an entry to a consumer.
   *
   * @return its place, or -1 if there is no such entry, or a consumer has it
   */
  int own(long ms, long sequence) {
    int slot = slot(ms, sequence);
    if (index[slot] <= 0) {
      return -1;
    }
    int place = index[slot] - 1;
    index[slot] = -index[slot];
    owned++;
    return place;
  }

  long deliveryMs(int place) {
    return entries[WIDTH * place + 2];
  }

  long deliveries(int place) {
    return entries[WIDTH * place + 3];
  }

  /** Where an id is in the index, or where it would be. */
  private int slot(long ms, long sequence) {
    int mask = index.length - 1;
    long mixed = (ms * 0x9E3779B97F4A7C15L ^ sequence) * 0xD1B54A32D192ED03L;
    int slot = (int) (mixed >>> 32) & mask;
    while (index[slot] != 0) {
      int at = WIDTH * (Math.abs(index[slot]) - 1);
      if (entries[at] == ms && entries[at + 1] == sequence) {
        return slot;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
