package io.engramdb.node.server;

import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** What an RDB file holds: strings with their values, other keys with type and size. */
final class KeysInText implements RdbVisitor {
  final Map<String, String> all = new TreeMap<>();

  private void put(RdbKey key, String value) {
    all.put(text(key.name()), value);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void string(RdbKey key, byte[] value) {
    put(key, text(value));
  }

  @Override
  public void beginList(RdbKey key, long count) {
    put(key, "list");
  }

  @Override
  public void element(byte[] element) {}

  @Override
  public void beginSet(RdbKey key, long count) {
    put(key, "set of " + count);
  }

  @Override
  public void member(byte[] member) {}

  @Override
  public void beginSortedSet(RdbKey key, long count) {
    put(key, "sorted set of " + count);
  }

  @Override
  public void scoredMember(byte[] member, double score) {}

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) {
    put(key, "hash of " + count);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) {}

  @Override
  public void beginStream(RdbKey key, long count) {
    put(key, "stream");
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) {}

  @Override
  public void streamState(StreamState state) {}

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) {}

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) {}

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) {}

  @Override
  public void endKey() {}
}
