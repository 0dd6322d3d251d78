package io.engramdb.snapshot.rdb;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A number for what databases hold: the sum, modulo 2^128, of a hash of each key's database, name,
 * type, value and expiry. Neither the order of keys, fields and members nor how they are packed
 * makes a difference, so that a file and the memory from which it was written have the same.
 *
 * <p>Left out is what differs between servers with equal data: idle times, access counters, when a
 * consumer was seen or active; and minus zero is zero. Function libraries count by their source.
 *
 * <p>The hash is MurmurHash3 (x64, 128 bits) by Austin Appleby, chained from part to part: against
 * damage and mistakes, not against forgery. One thread.
 */
public final class RdbDigest implements RdbVisitor {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;
  private static final int BLOCK_BYTES = 16;

  private static final int STRING = 1;
  private static final int LIST = 2;
  private static final int SET = 3;
  private static final int SORTED_SET = 4;
  private static final int HASH = 5;
  private static final int STREAM = 6;
  private static final int FUNCTION = 7;

  /** Sum over all keys. */
  private long sumLow;

  private long sumHigh;
  private long keys;

  /** Hash of what was chained so far. */
  private long h1;

  private long h2;

  /** Hash of the key whose elements are being summed. */
  private long key1;

  private long key2;

  /** Sum over the elements of a key that have no order. */
  private long elementsLow;

  private long elementsHigh;
  private boolean unordered;
  private byte[] groupName = new byte[0];
  private byte[] consumerName = new byte[0];

  /** Keys seen. */
  public long keys() {
    return keys;
  }

  /** The number so far, as 32 hexadecimal digits. */
  public String value() {
    return String.format("%016x%016x", sumHigh, sumLow);
  }

  // --- hashing

  private void chain(byte[] bytes) {
    int length = bytes.length;
    int blocks = length / BLOCK_BYTES;
    for (int i = 0; i < blocks; i++) {
      int at = i * BLOCK_BYTES;
      mix((long) LONGS.get(bytes, at), (long) LONGS.get(bytes, at + Long.BYTES));
    }
    long k1 = 0;
    long k2 = 0;
    for (int i = length - 1; i >= blocks * BLOCK_BYTES; i--) {
      int place = i % BLOCK_BYTES;
      long value = bytes[i] & 0xffL;
      if (place >= Long.BYTES) {
        k2 |= value << 8 * (place - Long.BYTES);
      } else {
        k1 |= value << 8 * place;
      }
    }
    h1 ^= Long.rotateLeft(k1 * C1, 31) * C2;
    h2 ^= Long.rotateLeft(k2 * C2, 33) * C1;
    finish(length);
  }

  private void chain(long one, long other) {
    mix(one, other);
    finish(BLOCK_BYTES);
  }

  private void mix(long k1, long k2) {
    h1 ^= Long.rotateLeft(k1 * C1, 31) * C2;
    h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= Long.rotateLeft(k2 * C2, 33) * C1;
    h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5;
  }

  private void finish(int length) {
    h1 ^= length;
    h2 ^= length;
    h1 += h2;
    h2 += h1;
    h1 = spread(h1);
    h2 = spread(h2);
    h1 += h2;
    h2 += h1;
  }

  private static long spread(long value) {
    long k = value;
    k = (k ^ k >>> 33) * 0xff51afd7ed558ccdL;
    k = (k ^ k >>> 33) * 0xc4ceb9fe1a85ec53L;
    return k ^ k >>> 33;
  }

  // --- keys

  private void begin(RdbKey key, int type, boolean withoutOrder) {
    h1 = 0;
    h2 = 0;
    chain(key.database(), type);
    chain(key.name());
    chain(key.expireAtMs(), 0);
    key1 = h1;
    key2 = h2;
    unordered = withoutOrder;
    elementsLow = 0;
    elementsHigh = 0;
  }

  private void beginElement() {
    h1 = key1;
    h2 = key2;
  }

  private void endElement() {
    long low = elementsLow + h1;
    elementsHigh += h2 + (Long.compareUnsigned(low, h1) < 0 ? 1 : 0);
    elementsLow = low;
  }

  private void count() {
    keys++;
    add();
  }

  private void add() {
    long low = sumLow + h1;
    sumHigh += h2 + (Long.compareUnsigned(low, h1) < 0 ? 1 : 0);
    sumLow = low;
  }

  @Override
  public void function(byte[] source) {
    h1 = 0;
    h2 = 0;
    chain(FUNCTION, 0);
    chain(source);
    add();
  }

  @Override
  public void string(RdbKey key, byte[] value) {
    begin(key, STRING, false);
    chain(value);
    count();
  }

  @Override
  public void beginList(RdbKey key, long count) {
    begin(key, LIST, false);
  }

  @Override
  public void element(byte[] element) {
    chain(element);
  }

  @Override
  public void beginSet(RdbKey key, long count) {
    begin(key, SET, true);
  }

  @Override
  public void member(byte[] member) {
    beginElement();
    chain(member);
    endElement();
  }

  @Override
  public void beginSortedSet(RdbKey key, long count) {
    begin(key, SORTED_SET, true);
  }

  @Override
  public void scoredMember(byte[] member, double score) {
    beginElement();
    chain(member);
    // Minus zero is zero.
    chain(Double.doubleToLongBits(score == 0 ? 0 : score), 0);
    endElement();
  }

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) {
    begin(key, HASH, true);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) {
    beginElement();
    chain(field);
    chain(value);
    chain(expireAtMs, 0);
    endElement();
  }

  // --- streams: the entries in order, the groups as elements without order

  @Override
  public void beginStream(RdbKey key, long count) {
    begin(key, STREAM, true);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) {
    beginElement();
    chain(ms, sequence);
    for (byte[] word : fieldsAndValues) {
      chain(word);
    }
    endElement();
  }

  @Override
  public void streamState(StreamState state) {
    beginElement();
    // Not the length: entries count, and files exist whose server had miscounted them.
    chain(state.entriesAdded(), 0);
    chain(state.lastId().ms(), state.lastId().sequence());
    chain(state.maxDeletedId().ms(), state.maxDeletedId().sequence());
    endElement();
  }

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) {
    groupName = name;
    beginElement();
    chain(name);
    chain(lastDelivered.ms(), lastDelivered.sequence());
    chain(entriesRead, 0);
    endElement();
  }

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) {
    consumerName = name;
    beginElement();
    chain(groupName);
    chain(name);
    endElement();
  }

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) {
    beginElement();
    chain(groupName);
    chain(consumerName);
    chain(ms, sequence);
    chain(deliveryMs, deliveries);
    endElement();
  }

  @Override
  public void endKey() throws IOException {
    if (unordered) {
      h1 = key1;
      h2 = key2;
      chain(elementsLow, elementsHigh);
    }
    count();
  }

  @Override
  public String toString() {
    return value();
  }
}
