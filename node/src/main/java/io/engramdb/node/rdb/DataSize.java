package io.engramdb.node.rdb;

import io.engramdb.snapshot.rdb.KeyVisitor;
import io.engramdb.snapshot.rdb.RdbKey;

/**
 * How much memory the keys of a file take at least, without any of them in memory. Never more than
 * the engine accounts, so whoever refuses a file by it refuses rightly; for many tiny elements it
 * is well below. One thread.
 */
public final class DataSize extends KeyVisitor {

  /** An entry, its place in the table, and the array of its name without the name. */
  private static final long KEY_BYTES = 40;

  /** Longer texts are never integers, which may take as little as {@link #INTEGER_BYTES}. */
  private static final int MAX_INTEGER_TEXT = 20;

  private static final int INTEGER_BYTES = 2;

  private long bytes;

  /** Bytes of memory that the keys so far take at least. */
  public long bytes() {
    return bytes;
  }

  private void add(int lengthBytes) {
    bytes += lengthBytes > MAX_INTEGER_TEXT ? lengthBytes : Math.min(lengthBytes, INTEGER_BYTES);
  }

  @Override
  protected void begin(RdbKey key, Kind kind, long count) {
    bytes += KEY_BYTES + key.name().length;
  }

  @Override
  public void string(RdbKey key, byte[] value) {
    begin(key, Kind.STRING, 1);
    add(value.length);
  }

  @Override
  public void element(byte[] element) {
    add(element.length);
  }

  @Override
  public void member(byte[] member) {
    add(member.length);
  }

  @Override
  public void scoredMember(byte[] member, double score) {
    add(member.length);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) {
    add(field.length);
    add(value.length);
  }

  /** Names of fields may stand once for many entries. */
  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) {
    for (int i = 1; i < fieldsAndValues.length; i += 2) {
      add(fieldsAndValues[i].length);
    }
  }
}
