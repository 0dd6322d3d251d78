package io.engramdb.snapshot.rdb;

import java.io.IOException;

/**
 * A visitor that is told of each key's beginning in one place and may leave out what the keys hold:
 * methods for elements do nothing until they are overridden.
 */
public abstract class KeyVisitor implements RdbVisitor {

  /** What a key holds. */
  public enum Kind {
    STRING,
    LIST,
    SET,
    SORTED_SET,
    HASH,
    STREAM
  }

  /**
   * A key begins.
   *
   * @param count elements that follow, or {@link #UNKNOWN_COUNT}; 1 for a string, which is whole
   *     with this call
   */
  protected abstract void begin(RdbKey key, Kind kind, long count) throws IOException;

  @Override
  public void string(RdbKey key, byte[] value) throws IOException {
    begin(key, Kind.STRING, 1);
  }

  @Override
  public final void beginList(RdbKey key, long count) throws IOException {
    begin(key, Kind.LIST, count);
  }

  @Override
  public void element(byte[] element) throws IOException {}

  @Override
  public final void beginSet(RdbKey key, long count) throws IOException {
    begin(key, Kind.SET, count);
  }

  @Override
  public void member(byte[] member) throws IOException {}

  @Override
  public final void beginSortedSet(RdbKey key, long count) throws IOException {
    begin(key, Kind.SORTED_SET, count);
  }

  @Override
  public void scoredMember(byte[] member, double score) throws IOException {}

  @Override
  public final void beginHash(RdbKey key, long count, boolean mayExpire) throws IOException {
    begin(key, Kind.HASH, count);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) throws IOException {}

  @Override
  public final void beginStream(RdbKey key, long count) throws IOException {
    begin(key, Kind.STREAM, count);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) throws IOException {}

  @Override
  public void streamState(StreamState state) throws IOException {}

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) throws IOException {}

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) throws IOException {}

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries)
      throws IOException {}

  @Override
  public void endKey() throws IOException {}
}
