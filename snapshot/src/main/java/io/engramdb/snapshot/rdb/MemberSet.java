package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Says of byte strings whether they were there before, without keeping them: 128 bits of each, in
 * an open-addressing table. Two different ones look the same with a probability of 2^-128 for each
 * pair, and nobody can choose them so, because the bits depend on secret numbers of this process.
 * One thread.
 *
 * <p>The mixing step multiplies to 128 bits and folds the halves, as wyhash does (Wang Yi, 2019).
 */
final class MemberSet {
  private static final int INITIAL_SLOTS = 64;

  /** Slots that are kept from one value to the next; 16 bytes each. */
  private static final int MAX_KEPT_SLOTS = 1 << 16;

  /** Most members that an instance can be asked to watch. */
  static final int MAX_MEMBERS = 1 << 27;

  private static final VarHandle LITTLE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long[] SECRET = new SecureRandom().longs(4).toArray();

  private final int maxMembers;

  /** Two numbers per slot; both 0 in a free one. */
  private long[] table = new long[2 * INITIAL_SLOTS];

  /** Slots in use of the table: a power of two. */
  private int slots = INITIAL_SLOTS;

  private int size;
  private boolean untracked;
  private long low;
  private long high;

  MemberSet(int maxMembers) {
    Invariant.check(maxMembers <= MAX_MEMBERS, "%d members can't be watched", maxMembers);
    this.maxMembers = maxMembers;
  }

  /**
   * Forgets everything.
   *
   * @param expected how many are expected; only a hint, and used as such
   */
  void clear(long expected) {
    int wanted = INITIAL_SLOTS;
    while (wanted < MAX_KEPT_SLOTS && wanted < 2 * Math.min(expected, MAX_KEPT_SLOTS)) {
      wanted *= 2;
    }
    if (table.length < 2 * wanted || table.length > 2 * MAX_KEPT_SLOTS) {
      table = new long[2 * wanted];
    } else {
      // All that was in use, not all there is: most collections are small.
      Arrays.fill(table, 0, 2 * Math.max(slots, wanted), 0);
    }
    slots = wanted;
    size = 0;
    untracked = false;
  }

  /** True if it was not there before, or if there are more of them than are watched. */
  boolean add(byte[] member) {
    return add(member, 0);
  }

  /** As {@link #add(byte[])} for members of several sets, told apart by a number. */
  boolean add(byte[] member, long set) {
    if (size >= maxMembers) {
      untracked = true;
      return true;
    }
    hash(member, set);
    return addHash();
  }

  /** True if some were not watched since {@link #clear}. */
  boolean untracked() {
    return untracked;
  }

  private boolean addHash() {
    if (5 * size >= 3 * slots) {
      grow();
    }
    int slot = free(low, high);
    if (slot < 0) {
      return false;
    }
    table[2 * slot] = low;
    table[2 * slot + 1] = high;
    size++;
    return true;
  }

  /** The slot for it, or -1 if it is there. */
  private int free(long first, long second) {
    int mask = slots - 1;
    int slot = (int) first & mask;
    while (table[2 * slot] != 0 || table[2 * slot + 1] != 0) {
      if (table[2 * slot] == first && table[2 * slot + 1] == second) {
        return -1;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] before = table;
    int slotsBefore = slots;
    slots *= 2;
    table = new long[2 * slots];
    for (int i = 0; i < slotsBefore; i++) {
      long first = before[2 * i];
      long second = before[2 * i + 1];
      if (first != 0 || second != 0) {
        int slot = free(first, second);
        table[2 * slot] = first;
        table[2 * slot + 1] = second;
      }
    }
  }

  private void hash(byte[] member, long set) {
    long first = SECRET[0] ^ member.length;
    long second = SECRET[1] + set * 0x9FB21C651E98DF25L;
    int at = 0;
    for (; member.length - at >= Long.BYTES; at += Long.BYTES) {
      long word = (long) LITTLE_LONG.get(member, at);
      first = fold(word ^ SECRET[2], first ^ 0x9E3779B97F4A7C15L);
      second = fold(word ^ SECRET[3], second ^ 0xD1B54A32D192ED03L);
    }
    long tail = 0;
    for (int shift = 0; at < member.length; at++, shift += Byte.SIZE) {
      tail |= (member[at] & 0xffL) << shift;
    }
    low = fold(tail ^ SECRET[2], first ^ 0xA0761D6478BD642FL);
    high = fold(tail ^ SECRET[3], second ^ 0xE7037ED1A0B428DBL);
    if (low == 0 && high == 0) {
      high = 1;
    }
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }
}
