package io.engramdb.node.rdb;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StreamConsumer;
import io.engramdb.node.engine.value.StreamFields;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes values of the engine out of the events of an RDB file, one key after the other. What is
 * packed, and how, follows the engine's own limits, not the file.
 *
 * <p>It refuses what no engine could hold. Fields whose time has passed are loaded: they go as soon
 * as a primary meets them. One thread.
 */
public abstract class ValueLoader implements RdbVisitor {

  private final ValueLimits limits;
  private @Nullable Value value;
  private byte[] name = new byte[0];
  private long database;
  private long expireAtMs;
  private long idleSeconds;
  private @Nullable StreamGroup group;
  private @Nullable StreamConsumer consumer;

  protected ValueLoader(ValueLimits limits) {
    this.limits = limits;
  }

  /**
   * A key is complete.
   *
   * @param expireAtMs Unix milliseconds, or {@link RdbKey#NO_EXPIRY}
   * @param idleSeconds for how long nobody used it, or {@link RdbKey#NO_IDLE}
   */
  protected abstract void loaded(
      long database, byte[] name, Value loaded, long expireAtMs, long idleSeconds)
      throws IOException;

  private void begin(RdbKey key, Value begun) {
    value = begun;
    name = key.name();
    database = key.database();
    expireAtMs = key.expireAtMs();
    idleSeconds = key.idleSeconds();
    group = null;
    consumer = null;
  }

  private <V extends Value> V current(Class<V> type) {
    return type.cast(value);
  }

  private static RdbRefusal twice(String what) {
    return new RdbRefusal(RdbFault.DUPLICATE, what + " is there twice");
  }

  @Override
  public final void string(RdbKey key, byte[] bytes) throws IOException {
    if (bytes.length > StringValue.MAX_BYTES) {
      throw new RdbRefusal(RdbFault.LIMIT, "a string of " + bytes.length + " bytes is too long");
    }
    begin(key, new StringValue(bytes, 0, bytes.length));
    endKey();
  }

  @Override
  public final void beginList(RdbKey key, long count) {
    begin(key, new ListValue());
  }

  @Override
  public final void element(byte[] element) {
    ListValue list = current(ListValue.class);
    list.growing(element.length, 1, limits);
    list.pushTail(ByteRange.of(element), limits);
  }

  @Override
  public final void beginSet(RdbKey key, long count) {
    begin(key, new SetValue());
  }

  @Override
  public final void member(byte[] member) throws IOException {
    if (!current(SetValue.class).add(member, 0, member.length, limits)) {
      throw twice("a member");
    }
  }

  @Override
  public final void beginSortedSet(RdbKey key, long count) {
    begin(key, new SortedSetValue());
  }

  @Override
  public final void scoredMember(byte[] member, double score) throws IOException {
    SortedSetValue set = current(SortedSetValue.class);
    if (set.contains(member, 0, member.length)) {
      throw twice("a member");
    }
    set.add(member, 0, member.length, score, limits);
  }

  @Override
  public final void beginHash(RdbKey key, long count, boolean mayExpire) {
    begin(key, new HashValue());
  }

  @Override
  public final void field(byte[] field, byte[] fieldValue, long fieldExpireAtMs)
      throws IOException {
    HashValue hash = current(HashValue.class);
    if (!hash.put(ByteRange.of(field), ByteRange.of(fieldValue), limits)) {
      throw twice("a field");
    }
    if (fieldExpireAtMs != RdbKey.NO_EXPIRY) {
      // Not before 1970, which an engine does not know, and not 0, which in files says "never".
      hash.expireAt(ByteRange.of(field), Math.max(1, fieldExpireAtMs));
    }
  }

  // --- streams

  @Override
  public final void beginStream(RdbKey key, long count) {
    begin(key, new StreamValue());
  }

  @Override
  public final void streamEntry(long ms, long sequence, byte[][] words) throws IOException {
    StreamValue stream = current(StreamValue.class);
    StreamId id = new StreamId(ms, sequence);
    if (id.compareTo(stream.lastId()) <= 0) {
      throw new RdbRefusal(RdbFault.MALFORMED, "ids of a stream do not ascend");
    }
    stream.append(id, new Words(words), limits);
  }

  private record Words(byte[][] words) implements StreamFields {
    @Override
    public int pairs() {
      return words.length / 2;
    }

    @Override
    public ByteRange word(int index) {
      return ByteRange.of(words[index]);
    }
  }

  @Override
  public final void streamState(StreamState state) throws IOException {
    StreamValue stream = current(StreamValue.class);
    StreamId last = id(state.lastId());
    if (last.compareTo(stream.newestId()) < 0) {
      throw new RdbRefusal(RdbFault.MALFORMED, "an entry stands behind the last id of its stream");
    }
    stream.set(last, state.entriesAdded(), id(state.maxDeletedId()));
  }

  private static StreamId id(io.engramdb.snapshot.rdb.StreamId id) {
    return new StreamId(id.ms(), id.sequence());
  }

  @Override
  public final void group(
      byte[] groupName, io.engramdb.snapshot.rdb.StreamId lastDelivered, long entriesRead)
      throws IOException {
    StreamValue stream = current(StreamValue.class);
    if (stream.group(Bytes.wrap(groupName)) != null) {
      throw twice("a group");
    }
    group = stream.addGroup(Bytes.wrap(groupName), id(lastDelivered), entriesRead);
  }

  private StreamGroup group() throws IOException {
    StreamGroup present = group;
    if (present == null) {
      throw new RdbRefusal(RdbFault.MALFORMED, "a consumer outside of a group");
    }
    return present;
  }

  @Override
  public final void consumer(byte[] consumerName, long seenMs, long activeMs) throws IOException {
    if (group().consumer(Bytes.wrap(consumerName)) != null) {
      throw twice("a consumer");
    }
    consumer = group().addConsumer(Bytes.wrap(consumerName), seenMs);
    consumer.activeMs = activeMs;
  }

  @Override
  public final void pending(long ms, long sequence, long deliveryMs, long deliveries)
      throws IOException {
    StreamId id = new StreamId(ms, sequence);
    StreamConsumer owner = consumer;
    if (owner == null) {
      throw new RdbRefusal(RdbFault.MALFORMED, "a pending entry without a consumer");
    }
    if (group().pending(id) != null) {
      throw twice("a pending entry");
    }
    group().assign(id, null, owner, deliveryMs, deliveries);
  }

  @Override
  public final void endKey() throws IOException {
    Value complete = value;
    value = null;
    if (complete == null) {
      throw new IllegalStateException("the end of a key that did not begin");
    }
    loaded(database, name, complete, expireAtMs, idleSeconds);
  }
}
