package io.engramdb.node.engine.value;

/** An entry that was delivered to a consumer of a group and not acknowledged yet. */
public final class PendingEntry extends IdIndex.Keyed {

  /** Heap bytes with its places in two indexes. */
  static final int SIZE_BYTES = 48 + 2 * IdIndex.BYTES_PER_ITEM;

  StreamConsumer consumer;
  long deliveredMs;
  long deliveryCount;

  PendingEntry(StreamId id, StreamConsumer consumer, long deliveredMs, long deliveryCount) {
    super(id.ms(), id.seq());
    this.consumer = consumer;
    this.deliveredMs = deliveredMs;
    this.deliveryCount = deliveryCount;
  }

  public StreamId id() {
    return new StreamId(ms, seq);
  }

  public StreamConsumer consumer() {
    return consumer;
  }

  /** When it was delivered last, Unix milliseconds. */
  public long deliveredMs() {
    return deliveredMs;
  }

  public long deliveryCount() {
    return deliveryCount;
  }

  /** It is delivered (again). */
  public void delivered(long atMs, long count) {
    deliveredMs = atMs;
    deliveryCount = count;
  }
}
