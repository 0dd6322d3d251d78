package io.engramdb.node.engine;

import io.engramdb.node.engine.value.DueHeap;
import io.engramdb.node.engine.value.HashValue;

/** The hashes of one database with fields that expire, by their next one. Shard thread only. */
final class FieldExpiryIndex extends DueHeap<Entry> {

  private static HashValue hash(Entry entry) {
    return (HashValue) entry.value;
  }

  @Override
  protected int place(Entry entry) {
    return hash(entry).indexPlace();
  }

  @Override
  protected void setPlace(Entry entry, int place) {
    hash(entry).setIndexPlace(place);
    entry.setFieldsExpire(place >= 0);
  }
}
