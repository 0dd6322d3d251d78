package io.engramdb.node.rdb;

import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.DecimalLong;
import io.engramdb.node.engine.value.ElementVisitor;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.PendingEntry;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StreamConsumer;
import io.engramdb.node.engine.value.StreamGroup;
import io.engramdb.node.engine.value.StreamId;
import io.engramdb.node.engine.value.StreamValue;
import io.engramdb.node.engine.value.StreamVisitor;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * Says what the engine holds as events of an RDB file. The value must not change meanwhile. What
 * the visitor gets may be the engine's own memory: it must be done with it when the call for the
 * key's end returns.
 *
 * <p>When a consumer was seen and active is said, but it is known exactly only to the primary.
 * Stateless.
 */
public final class ValueToRdb {

  private ValueToRdb() {}

  /** Says one key. */
  public static void say(RdbKey key, Value value, RdbVisitor to) throws IOException {
    try {
      switch (value) {
        case StringValue string -> to.string(key, bytes(string));
        case ListValue list -> sayList(key, list, to);
        case SetValue set -> saySet(key, set, to);
        case HashValue hash -> sayHash(key, hash, to);
        case SortedSetValue set -> saySortedSet(key, set, to);
        case StreamValue stream -> sayStream(key, stream, to);
        default -> throw new IllegalStateException("no form for a " + value.type());
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static byte[] bytes(StringValue string) {
    byte[] array = string.array();
    return array.length == string.length() ? array : Arrays.copyOf(array, string.length());
  }

  /** What may fail for each element of a collection. */
  @FunctionalInterface
  private interface Element {
    void said(byte[] element) throws IOException;
  }

  private static ElementVisitor elements(Element to) {
    return new ElementVisitor() {
      @Override
      public boolean text(byte[] array, int offset, int length) {
        return pass(Arrays.copyOfRange(array, offset, offset + length));
      }

      @Override
      public boolean integer(long value) {
        return pass(DecimalLong.bytes(value));
      }

      private boolean pass(byte[] element) {
        try {
          to.said(element);
          return true;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private static void sayList(RdbKey key, ListValue list, RdbVisitor to) throws IOException {
    to.beginList(key, list.size());
    list.visitRange(0, list.size(), elements(to::element));
    to.endKey();
  }

  private static void saySet(RdbKey key, SetValue set, RdbVisitor to) throws IOException {
    to.beginSet(key, set.size());
    set.forEach(elements(to::member));
    to.endKey();
  }

  private static void sayHash(RdbKey key, HashValue hash, RdbVisitor to) throws IOException {
    to.beginHash(key, hash.fullSize(), hash.hasExpiringFields());
    hash.visitAll(
        (name, value, expireAtMs) -> {
          try {
            boolean expires = expireAtMs != HashValue.NO_EXPIRY;
            to.field(bytes(name), bytes(value), expires ? expireAtMs : RdbKey.NO_EXPIRY);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    to.endKey();
  }

  private static byte[] bytes(ByteRange range) {
    boolean whole = range.offset() == 0 && range.length() == range.array().length;
    return whole ? range.array() : range.copy();
  }

  private static void saySortedSet(RdbKey key, SortedSetValue set, RdbVisitor to)
      throws IOException {
    to.beginSortedSet(key, set.size());
    set.forEach(
        (array, offset, length, score) -> {
          try {
            to.scoredMember(Arrays.copyOfRange(array, offset, offset + length), score);
            return true;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    to.endKey();
  }

  // --- streams

  private static void sayStream(RdbKey key, StreamValue stream, RdbVisitor to) throws IOException {
    to.beginStream(key, stream.length());
    EntryEvents entries = new EntryEvents(to);
    stream.visitRange(StreamId.MIN, StreamId.MAX, 0, entries);
    to.streamState(
        new StreamState(
            stream.length(),
            id(stream.lastId()),
            id(stream.firstId()),
            id(stream.maxDeletedId()),
            stream.entriesAdded()));
    for (StreamGroup group : stream.groups()) {
      to.group(group.name().array(), id(group.lastId), group.entriesRead);
      for (StreamConsumer consumer : group.consumers()) {
        to.consumer(consumer.name().array(), consumer.seenMs, consumer.activeMs);
        sayPending(consumer, to);
      }
    }
    to.endKey();
  }

  private static void sayPending(StreamConsumer consumer, RdbVisitor to) throws IOException {
    PendingEntry entry = consumer.firstPending(StreamId.MIN);
    while (entry != null) {
      StreamId id = entry.id();
      to.pending(id.ms(), id.seq(), entry.deliveredMs(), entry.deliveryCount());
      entry = id.equals(StreamId.MAX) ? null : consumer.firstPending(id.next());
    }
  }

  private static io.engramdb.snapshot.rdb.StreamId id(StreamId id) {
    return new io.engramdb.snapshot.rdb.StreamId(id.ms(), id.seq());
  }

  /** Collects the words of an entry and passes it on as a whole. */
  private static final class EntryEvents implements StreamVisitor {
    private final RdbVisitor to;
    private byte[][] words = {};
    private int count;
    private long ms;
    private long seq;

    EntryEvents(RdbVisitor to) {
      this.to = to;
    }

    @Override
    public boolean entry(long entryMs, long entrySeq, int pairs) {
      ms = entryMs;
      seq = entrySeq;
      words = new byte[2 * pairs][];
      count = 0;
      return true;
    }

    @Override
    public boolean text(byte[] array, int offset, int length) {
      return word(Arrays.copyOfRange(array, offset, offset + length));
    }

    @Override
    public boolean integer(long value) {
      return word(DecimalLong.bytes(value));
    }

    private boolean word(byte[] word) {
      words[count++] = word;
      if (count == words.length) {
        try {
          to.streamEntry(ms, seq, words);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return true;
    }
  }
}
