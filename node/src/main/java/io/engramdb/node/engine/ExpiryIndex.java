package io.engramdb.node.engine;

import io.engramdb.node.engine.value.DueHeap;

/** The keys of one database that expire. Shard thread only. */
final class ExpiryIndex extends DueHeap<Entry> {

  @Override
  protected int place(Entry entry) {
    return entry.expiryPlace();
  }

  @Override
  protected void setPlace(Entry entry, int place) {
    entry.setExpiryPlace(place);
  }
}
