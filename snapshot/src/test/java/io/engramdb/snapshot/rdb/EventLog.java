package io.engramdb.snapshot.rdb;

import java.nio.charset.StandardCharsets;

/** Writes down what a visitor is told, in few words. */
public final class EventLog implements RdbVisitor {
  private final StringBuilder log = new StringBuilder();

  /** Nothing yet. */
  public EventLog() {}

  @Override
  public String toString() {
    return log.toString().trim();
  }

  private EventLog add(Object... words) {
    for (Object word : words) {
      Object shown =
          word instanceof byte[] bytes ? new String(bytes, StandardCharsets.ISO_8859_1) : word;
      log.append(shown).append(' ');
    }
    return this;
  }

  private void key(String type, RdbKey key, Object... more) {
    add(type, key.database() + ":" + new String(key.name(), StandardCharsets.ISO_8859_1));
    if (key.expireAtMs() != RdbKey.NO_EXPIRY) {
      add("at", key.expireAtMs());
    }
    if (key.idleSeconds() != RdbKey.NO_IDLE) {
      add("idle", key.idleSeconds());
    }
    if (key.frequency() != RdbKey.NO_FREQUENCY) {
      add("freq", key.frequency());
    }
    add(more);
  }

  @Override
  public void function(byte[] source) {
    add("function", source);
  }

  @Override
  public void aux(byte[] name, byte[] value) {
    add("aux", name, value);
  }

  @Override
  public void databaseSize(long database, long keys, long expiring) {
    add("database", database, keys, expiring);
  }

  @Override
  public void slotSize(long slot, long keys, long expiring) {
    add("slot", slot, keys, expiring);
  }

  @Override
  public void skippedModuleAux(String module, long sizeBytes) {
    add("module-aux", module, sizeBytes);
  }

  @Override
  public void skippedModuleKey(RdbKey key, String module, long sizeBytes) {
    key("module", key, module, sizeBytes);
  }

  @Override
  public void skippedEmptyKey(RdbKey key) {
    key("empty", key);
  }

  @Override
  public void string(RdbKey key, byte[] value) {
    key("string", key, value);
  }

  @Override
  public void beginList(RdbKey key, long count) {
    key("list", key, count);
  }

  @Override
  public void element(byte[] element) {
    add(element);
  }

  @Override
  public void beginSet(RdbKey key, long count) {
    key("set", key, count);
  }

  @Override
  public void member(byte[] member) {
    add(member);
  }

  @Override
  public void beginSortedSet(RdbKey key, long count) {
    key("zset", key, count);
  }

  @Override
  public void scoredMember(byte[] member, double score) {
    add(member, score);
  }

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) {
    key("hash", key, count);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) {
    add(field, value, expireAtMs);
  }

  @Override
  public void beginStream(RdbKey key, long count) {
    key("stream", key, count);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) {
    add(new StreamId(ms, sequence)).add((Object[]) fieldsAndValues);
  }

  @Override
  public void streamState(StreamState state) {
    add("state", state.length(), state.lastId(), state.firstId(), state.maxDeletedId());
    add(state.entriesAdded());
  }

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) {
    add("group", name, lastDelivered, entriesRead);
  }

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) {
    add("consumer", name, seenMs, activeMs);
  }

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) {
    add("pending", new StreamId(ms, sequence), deliveryMs, deliveries);
  }

  @Override
  public void endKey() {
    add(".");
  }

  @Override
  public void end() {
    add("end");
  }
}
