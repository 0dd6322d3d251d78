package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Different integers in ascending order in one array, each as wide as the widest needs: two, four
 * or eight bytes.
 *
 * <p>The idea is that of Redis' intset (Pieter Noordhuis, 2009). Search O(log n), change O(n).
 * Shard thread only.
 */
final class IntegerSet {

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int OBJECT_BYTES = 24;

  /** Spare room after growing: one part in this many. */
  private static final int SPARE_DIVISOR = 4;

  private byte[] bytes = new byte[0];
  private int width = Short.BYTES;
  private int count;

  int count() {
    return count;
  }

  long sizeBytes() {
    return OBJECT_BYTES + HeapSize.ofArray(bytes.length);
  }

  IntegerSet copy() {
    IntegerSet copy = new IntegerSet();
    copy.bytes = Arrays.copyOf(bytes, count * width);
    copy.width = width;
    copy.count = count;
    return copy;
  }

  long get(int index) {
    int at = index * width;
    return switch (width) {
      case Short.BYTES -> (short) SHORTS.get(bytes, at);
      case Integer.BYTES -> (int) INTS.get(bytes, at);
      default -> (long) LONGS.get(bytes, at);
    };
  }

  private void put(int index, long value) {
    int at = index * width;
    switch (width) {
      case Short.BYTES -> SHORTS.set(bytes, at, (short) value);
      case Integer.BYTES -> INTS.set(bytes, at, (int) value);
      default -> LONGS.set(bytes, at, value);
    }
  }

  /** Place of a value; if absent, -1 minus the place where it belongs. */
  private int find(long value) {
    int low = 0;
    int high = count - 1;
    if (count > 0 && value > get(high)) {
      return -1 - count;
    }
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = get(middle);
      if (there == value) {
        return middle;
      }
      if (there < value) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1 - low;
  }

  boolean contains(long value) {
    return find(value) >= 0;
  }

  /** Adds a value; false if it is there. */
  boolean add(long value) {
    int place = find(value);
    if (place >= 0) {
      return false;
    }
    int at = -1 - place;
    int needed = widthOf(value);
    if (needed > width) {
      widen(needed);
    }
    int used = count * width;
    if (used + width > bytes.length) {
      bytes = Arrays.copyOf(bytes, used + width + used / SPARE_DIVISOR);
    }
    System.arraycopy(bytes, at * width, bytes, (at + 1) * width, used - at * width);
    count++;
    put(at, value);
    return true;
  }

  private void widen(int newWidth) {
    IntegerSet wider = new IntegerSet();
    wider.width = newWidth;
    wider.bytes = new byte[(count + 1) * newWidth];
    for (int i = 0; i < count; i++) {
      wider.put(i, get(i));
    }
    bytes = wider.bytes;
    width = newWidth;
  }

  /** Removes a value; false if it is not there. */
  boolean remove(long value) {
    int at = find(value);
    if (at < 0) {
      return false;
    }
    int used = count * width;
    System.arraycopy(bytes, (at + 1) * width, bytes, at * width, used - (at + 1) * width);
    count--;
    if (used - width < bytes.length / 2) {
      bytes = Arrays.copyOf(bytes, used - width);
    }
    return true;
  }

  private static int widthOf(long value) {
    if (value == (short) value) {
      return Short.BYTES;
    }
    return value == (int) value ? Integer.BYTES : Long.BYTES;
  }

  void validate() {
    Invariant.check(count * width <= bytes.length, "%d integers of %d bytes", count, width);
    for (int i = 1; i < count; i++) {
      Invariant.check(get(i - 1) < get(i), "%d before %d", get(i - 1), get(i));
    }
  }
}
