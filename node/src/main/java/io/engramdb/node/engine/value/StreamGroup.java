package io.engramdb.node.engine.value;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A group of consumers that share a stream: how far it has read, and what was delivered but not
 * acknowledged, once for the whole group and once for each consumer. Shard thread only.
 */
public final class StreamGroup {

  /** {@link #entriesRead} is not known. */
  public static final long UNKNOWN = -1;

  private static final int OWN_BYTES = 200;

  private final Bytes name;
  private final StreamValue stream;
  private final IdIndex<PendingEntry> pending = new IdIndex<>();
  private final TreeMap<Bytes, StreamConsumer> consumers = new TreeMap<>();

  /** The newest entry that was delivered. */
  public StreamId lastId;

  /** Entries read since the stream began, or {@link #UNKNOWN}. */
  public long entriesRead;

  StreamGroup(StreamValue stream, Bytes name, StreamId lastId, long entriesRead) {
    this.stream = stream;
    this.name = name;
    this.lastId = lastId;
    this.entriesRead = entriesRead;
    stream.grown(OWN_BYTES + name.length());
  }

  StreamGroup copyInto(StreamValue other) {
    StreamGroup copy = new StreamGroup(other, name, lastId, entriesRead);
    for (StreamConsumer consumer : consumers.values()) {
      StreamConsumer twin = copy.addConsumer(consumer.name(), consumer.seenMs);
      twin.activeMs = consumer.activeMs;
    }
    for (PendingEntry entry = pending.first(); entry != null; entry = pending.after(entry)) {
      StreamConsumer twin = copy.consumers.get(entry.consumer.name());
      Invariant.check(twin != null, "a consumer that is not in its group");
      copy.assign(entry.id(), null, twin, entry.deliveredMs, entry.deliveryCount);
    }
    return copy;
  }

  public Bytes name() {
    return name;
  }

  // --- consumers

  /** In the order of their names. */
  public Collection<StreamConsumer> consumers() {
    return consumers.values();
  }

  public @Nullable StreamConsumer consumer(Bytes consumerName) {
    return consumers.get(consumerName);
  }

  /** Adds a consumer that is not there. */
  public StreamConsumer addConsumer(Bytes consumerName, long nowMs) {
    StreamConsumer consumer = new StreamConsumer(consumerName, nowMs);
    consumers.put(consumerName, consumer);
    stream.grown(StreamConsumer.OWN_BYTES + consumerName.length());
    return consumer;
  }

  /** Removes a consumer; what it has not acknowledged is pending no more. */
  public void removeConsumer(StreamConsumer consumer) {
    IdIndex<PendingEntry> its = consumer.pending;
    for (PendingEntry entry = its.first(); entry != null; entry = its.after(entry)) {
      pending.remove(entry);
    }
    stream.grown(-(long) its.size() * PendingEntry.SIZE_BYTES);
    consumers.remove(consumer.name());
    stream.grown(-(StreamConsumer.OWN_BYTES + (long) consumer.name().length()));
  }

  // --- pending entries

  public int pendingCount() {
    return pending.size();
  }

  public @Nullable PendingEntry pending(StreamId id) {
    return pending.get(id.ms(), id.seq());
  }

  /** The first entry from that id on that nobody has acknowledged, or null. */
  public @Nullable PendingEntry firstPending(StreamId from) {
    return pending.ceiling(from.ms(), from.seq());
  }

  public @Nullable PendingEntry lastPending() {
    return pending.last();
  }

  /**
   * Makes an entry pending at a consumer.
   *
   * @param present the entry if it is pending already, whoever has it; else null
   */
  public PendingEntry assign(
      StreamId id,
      @Nullable PendingEntry present,
      StreamConsumer consumer,
      long deliveredMs,
      long deliveryCount) {
    if (present == null) {
      PendingEntry added = new PendingEntry(id, consumer, deliveredMs, deliveryCount);
      pending.add(added);
      consumer.pending.add(added);
      stream.grown(PendingEntry.SIZE_BYTES);
      return added;
    }
    if (present.consumer != consumer) {
      present.consumer.pending.remove(present);
      present.consumer = consumer;
      consumer.pending.add(present);
    }
    present.delivered(deliveredMs, deliveryCount);
    return present;
  }

  /** The entry is acknowledged, or its entry in the stream has gone. */
  public void acknowledge(PendingEntry entry) {
    pending.remove(entry);
    entry.consumer.pending.remove(entry);
    stream.grown(-PendingEntry.SIZE_BYTES);
  }

  /** Bytes of everything. */
  long sizeBytes() {
    long bytes = OWN_BYTES + name.length() + (long) pending.size() * PendingEntry.SIZE_BYTES;
    for (StreamConsumer consumer : consumers.values()) {
      bytes += StreamConsumer.OWN_BYTES + consumer.name().length();
    }
    return bytes;
  }

  void validate() {
    pending.validate();
    int ofConsumers = 0;
    for (StreamConsumer consumer : consumers.values()) {
      consumer.pending.validate();
      ofConsumers += consumer.pendingCount();
      PendingEntry entry = consumer.pending.first();
      while (entry != null) {
        Invariant.check(
            entry.consumer == consumer && pending(entry.id()) == entry,
            "a pending entry that the group does not know");
        entry = consumer.pending.after(entry);
      }
    }
    Invariant.check(
        ofConsumers == pending.size(), "%d of consumers, %d", ofConsumers, pending.size());
  }
}
