package io.engramdb.node.engine.value;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.base.Invariant;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream: entries in the order of their ids, packed in blocks, and groups of consumers.
 *
 * <p>Blocks have the layout and the limits of Redis' stream nodes, so that approximate trimming,
 * which removes whole blocks, removes the same. They stand in an {@link IdIndex} by the id of their
 * first entry. Adding is O(1), an id is found in O(log blocks + entries of a block). Semantics of
 * the counters follow Redis {@code t_stream.c} (Salvatore Sanfilippo, Itamar Haber). Shard thread
 * only.
 */
public final class StreamValue extends Value {

  private static final int OWN_BYTES = 120;

  /** Bytes of an id as upstream keeps it. */
  private static final int ID_BYTES = 16;

  /** No {@link #lag}: clients may set counters so that -1 is one. */
  public static final long UNKNOWN_LAG = Long.MIN_VALUE;

  /** Size of a block and of the words of an entry at most, whatever the limits say. */
  public static final long MAX_BLOCK_BYTES = 1 << 30;

  private final IdIndex<StreamBlock> blocks = new IdIndex<>();
  private final TreeMap<Bytes, StreamGroup> groups = new TreeMap<>();
  private long length;
  private StreamId lastId = StreamId.MIN;
  private StreamId firstId = StreamId.MIN;
  private StreamId maxDeletedId = StreamId.MIN;
  private long entriesAdded;

  /** Bytes of blocks and groups. */
  private long contentBytes;

  /** Entries that are not deleted. */
  public long length() {
    return length;
  }

  /** The id of the newest entry ever, or what was set in its place. */
  public StreamId lastId() {
    return lastId;
  }

  /** The id of the oldest entry, 0-0 if there is none. */
  public StreamId firstId() {
    return firstId;
  }

  /** The greatest id that was deleted one by one. */
  public StreamId maxDeletedId() {
    return maxDeletedId;
  }

  /** Entries that were ever added. */
  public long entriesAdded() {
    return entriesAdded;
  }

  void grown(long bytes) {
    contentBytes += bytes;
  }

  /** Sets counters (XSETID). */
  public void set(StreamId newLastId, long newEntriesAdded, StreamId newMaxDeletedId) {
    lastId = newLastId;
    entriesAdded = newEntriesAdded;
    maxDeletedId = newMaxDeletedId;
  }

  // --- adding

  /** Adds an entry whose id is greater than {@link #lastId}. */
  public void append(StreamId id, StreamFields fields, ValueLimits limits) {
    Invariant.check(id.compareTo(lastId) > 0, "an id that is not behind the last one");
    StreamBlock block = blocks.last();
    if (block != null && isFull(block, fields, limits)) {
      contentBytes -= block.sizeBytes();
      block.close();
      contentBytes += block.sizeBytes();
      block = null;
    }
    if (block == null) {
      block = new StreamBlock(id, fields);
      blocks.add(block);
    } else {
      contentBytes -= block.sizeBytes();
    }
    block.append(id, fields);
    contentBytes += block.sizeBytes();
    length++;
    entriesAdded = counted(entriesAdded);
    lastId = id;
    if (length == 1) {
      firstId = id;
    }
  }

  private static boolean isFull(StreamBlock block, StreamFields fields, ValueLimits limits) {
    long added = 0;
    for (int i = 0; i < 2 * fields.pairs(); i++) {
      added += fields.word(i).length();
    }
    long limit = limits.streamBlockBytes;
    if (limit == 0 || limit > MAX_BLOCK_BYTES) {
      limit = MAX_BLOCK_BYTES;
    }
    return block.formatBytes() + added >= limit
        || (limits.streamBlockEntries > 0 && block.places() >= limits.streamBlockEntries);
  }

  // --- reading

  /** Shows entries from one id to another, both included, {@code limit} at most; 0 for all. */
  public long visitRange(StreamId from, StreamId to, long limit, StreamVisitor visitor) {
    long seen = 0;
    StreamBlock block = blockOf(from);
    while (block != null) {
      for (int at = block.firstEntry(); at < block.end(); at = block.nextEntry(at)) {
        long ms = block.msAt(at);
        long seq = block.seqAt(at);
        if (StreamId.compare(ms, seq, to.ms(), to.seq()) > 0) {
          return seen;
        }
        if (block.isDeleted(at) || StreamId.compare(ms, seq, from.ms(), from.seq()) < 0) {
          continue;
        }
        if (!block.visit(at, visitor)) {
          return seen;
        }
        if (++seen == limit) {
          return seen;
        }
      }
      block = blocks.after(block);
    }
    return seen;
  }

  /** As {@link #visitRange} from the greater to the smaller id. */
  public long visitRangeBackwards(StreamId from, StreamId to, long limit, StreamVisitor visitor) {
    long seen = 0;
    StreamBlock block = blocks.floor(from.ms(), from.seq());
    while (block != null) {
      int at = block.previousEntry(block.end());
      while (at >= 0) {
        long ms = block.msAt(at);
        long seq = block.seqAt(at);
        if (StreamId.compare(ms, seq, to.ms(), to.seq()) < 0) {
          return seen;
        }
        if (!block.isDeleted(at) && StreamId.compare(ms, seq, from.ms(), from.seq()) <= 0) {
          if (!block.visit(at, visitor)) {
            return seen;
          }
          if (++seen == limit) {
            return seen;
          }
        }
        at = block.previousEntry(at);
      }
      block = blocks.before(block);
    }
    return seen;
  }

  /** The block in which an id stands if it is there, or the first behind it. */
  private @Nullable StreamBlock blockOf(StreamId id) {
    StreamBlock block = blocks.floor(id.ms(), id.seq());
    return block != null ? block : blocks.first();
  }

  /** Place of an entry in its block, or -1. */
  private static int find(StreamBlock block, StreamId id) {
    for (int at = block.firstEntry(); at < block.end(); at = block.nextEntry(at)) {
      int order = StreamId.compare(block.msAt(at), block.seqAt(at), id.ms(), id.seq());
      if (order >= 0) {
        return order == 0 && !block.isDeleted(at) ? at : -1;
      }
    }
    return -1;
  }

  public boolean contains(StreamId id) {
    StreamBlock block = blocks.floor(id.ms(), id.seq());
    return block != null && find(block, id) >= 0;
  }

  /** The id of the newest entry that is there; 0-0 if there is none. */
  public StreamId newestId() {
    return length == 0 ? StreamId.MIN : edge(false);
  }

  private StreamId edge(boolean first) {
    EdgeId found = new EdgeId();
    if (first) {
      visitRange(StreamId.MIN, StreamId.MAX, 1, found);
    } else {
      visitRangeBackwards(StreamId.MAX, StreamId.MIN, 1, found);
    }
    return found.id;
  }

  private static final class EdgeId implements StreamVisitor {
    private StreamId id = StreamId.MIN;

    @Override
    public boolean entry(long ms, long seq, int pairs) {
      id = new StreamId(ms, seq);
      return false;
    }

    @Override
    public boolean text(byte[] array, int offset, int length) {
      return true;
    }

    @Override
    public boolean integer(long value) {
      return true;
    }
  }

  // --- removing

  /** Deletes one entry; false if it is not there. */
  public boolean delete(StreamId id) {
    StreamBlock block = blocks.floor(id.ms(), id.seq());
    int place = block == null ? -1 : find(block, id);
    if (block == null || place < 0) {
      return false;
    }
    if (block.count() == 1) {
      removeBlock(block);
    } else {
      contentBytes -= block.sizeBytes();
      block.delete(place);
      contentBytes += block.sizeBytes();
    }
    length--;
    if (id.compareTo(maxDeletedId) > 0) {
      maxDeletedId = id;
    }
    if (length == 0) {
      firstId = StreamId.MIN;
    } else if (id.equals(firstId)) {
      firstId = edge(true);
    }
    return true;
  }

  private void removeBlock(StreamBlock block) {
    contentBytes -= block.sizeBytes();
    blocks.remove(block);
  }

  /** Whether {@link #trim} would remove anything. */
  public boolean wouldTrim(StreamTrim trim) {
    StreamBlock block = blocks.first();
    if (block == null) {
      return false;
    }
    if (trim.limit() > 0 && block.count() > trim.limit()) {
      return false;
    }
    return goesWhole(block, trim) || (!trim.approximate() && isNeeded(firstId, trim));
  }

  private boolean goesWhole(StreamBlock block, StreamTrim trim) {
    return trim.minId() == null
        ? length > trim.maxLength() && length - block.count() >= trim.maxLength()
        : block.idAt(block.previousEntry(block.end())).compareTo(trim.minId()) < 0;
  }

  /** Whether an entry at the front has to go. */
  private boolean isNeeded(StreamId id, StreamTrim trim) {
    return trim.minId() == null ? length > trim.maxLength() : id.compareTo(trim.minId()) < 0;
  }

  /** Removes entries from the front; returns how many. */
  public long trim(StreamTrim trim) {
    long removed = 0;
    StreamBlock block = blocks.first();
    while (block != null) {
      int entries = block.count();
      if (trim.limit() > 0 && removed + entries > trim.limit()) {
        break;
      }
      if (!goesWhole(block, trim)) {
        if (!trim.approximate()) {
          removed += trimWithin(block, trim);
        }
        break;
      }
      removeBlock(block);
      length -= entries;
      removed += entries;
      block = blocks.first();
    }
    if (removed > 0) {
      firstId = length == 0 ? StreamId.MIN : edge(true);
    }
    return removed;
  }

  private int trimWithin(StreamBlock block, StreamTrim trim) {
    contentBytes -= block.sizeBytes();
    int removed = 0;
    for (int at = block.firstEntry(); at < block.end(); at = block.nextEntry(at)) {
      if (!isNeeded(block.idAt(at), trim)) {
        break;
      }
      if (!block.isDeleted(at)) {
        block.mark(at);
        length--;
        removed++;
      }
    }
    if (removed == block.count()) {
      blocks.remove(block);
      return removed;
    }
    block.countDeleted(removed);
    contentBytes += block.sizeBytes();
    return removed;
  }

  // --- groups

  /** In the order of their names. */
  public Collection<StreamGroup> groups() {
    return groups.values();
  }

  public @Nullable StreamGroup group(Bytes name) {
    return groups.get(name);
  }

  /** Adds a group that is not there. */
  public StreamGroup addGroup(Bytes name, StreamId from, long entriesRead) {
    StreamGroup group = new StreamGroup(this, name, from, entriesRead);
    groups.put(name, group);
    return group;
  }

  public void removeGroup(StreamGroup group) {
    groups.remove(group.name());
    contentBytes -= group.sizeBytes();
  }

  /** An entry was delivered to a group for the first time: the group has read that far. */
  public void advance(StreamGroup group, StreamId id) {
    if (group.entriesRead != StreamGroup.UNKNOWN && !hasGapFrom(id)) {
      group.entriesRead = counted(group.entriesRead);
    } else if (entriesAdded > 0) {
      group.entriesRead = entriesUpTo(id);
    }
    group.lastId = id;
  }

  /** One more; clients may have set a counter to the end of its range, where it stays. */
  private static long counted(long count) {
    return count == Long.MAX_VALUE ? count : count + 1;
  }

  /** Entries that a group has not read yet; {@link #UNKNOWN_LAG} if it can't be told. */
  public long lag(StreamGroup group) {
    if (entriesAdded == 0) {
      return 0;
    }
    if (group.entriesRead != StreamGroup.UNKNOWN && !hasGapFrom(group.lastId)) {
      return entriesAdded - group.entriesRead;
    }
    long read = entriesUpTo(group.lastId);
    return read == StreamGroup.UNKNOWN ? UNKNOWN_LAG : entriesAdded - read;
  }

  /** Whether an entry at or behind that id was deleted out of the middle. */
  private boolean hasGapFrom(StreamId id) {
    return length > 0
        && !maxDeletedId.isZero()
        && maxDeletedId.compareTo(firstId) >= 0
        && id.compareTo(maxDeletedId) <= 0;
  }

  /** Entries that were ever added up to that id, itself included, if that can be told. */
  private long entriesUpTo(StreamId id) {
    if (entriesAdded == 0) {
      return 0;
    }
    if (length == 0 && id.compareTo(lastId) <= 0) {
      return entriesAdded;
    }
    int toLast = id.compareTo(lastId);
    if (toLast == 0) {
      return entriesAdded;
    }
    if (toLast > 0) {
      return StreamGroup.UNKNOWN;
    }
    int toFirst = id.compareTo(firstId);
    if (maxDeletedId.isZero() || maxDeletedId.compareTo(firstId) < 0) {
      if (toFirst < 0) {
        return entriesAdded - length;
      }
      if (toFirst == 0) {
        return entriesAdded - length + 1;
      }
    }
    return StreamGroup.UNKNOWN;
  }

  // --- as a value

  /** Blocks, which upstream keeps as the keys of a radix tree. */
  public int blockCount() {
    return blocks.size();
  }

  /**
   * Nodes that the radix tree of upstream would have for the ids of the blocks: one for each key,
   * one for each place where keys part, and one for each run of bytes without a choice in between.
   * O(blocks).
   */
  public long radixTreeNodes() {
    StreamBlock block = blocks.first();
    if (block == null) {
      return 1;
    }
    long nodes = 0;
    int[] open = new int[ID_BYTES + 1];
    int openCount = 0;
    int before = -1;
    while (block != null) {
      StreamBlock next = blocks.after(block);
      int common = next == null ? -1 : commonBytes(block, next);
      // The way to this key begins at the deepest place where it parts from a neighbour.
      nodes += 1 + chain(Math.max(before, common), ID_BYTES);
      while (openCount > 0 && open[openCount - 1] > common) {
        int depth = open[--openCount];
        int outer = openCount > 0 ? open[openCount - 1] : -1;
        nodes += 1 + chain(Math.max(common, outer), depth);
      }
      if (common >= 0 && (openCount == 0 || open[openCount - 1] < common)) {
        open[openCount++] = common;
      }
      before = common;
      block = next;
    }
    return nodes;
  }

  /** Whether bytes without a choice lie between the node that parts at one depth and the next. */
  private static int chain(int parting, int depth) {
    return depth - (parting + 1) > 0 ? 1 : 0;
  }

  private static int commonBytes(StreamBlock first, StreamBlock second) {
    long differing = first.ms ^ second.ms;
    return differing != 0
        ? Long.numberOfLeadingZeros(differing) / 8
        : 8 + Long.numberOfLeadingZeros(first.seq ^ second.seq) / 8;
  }

  @Override
  public ValueType type() {
    return ValueType.STREAM;
  }

  @Override
  public String encoding() {
    return "stream";
  }

  @Override
  public long sizeBytes() {
    return OWN_BYTES + contentBytes;
  }

  @Override
  public int elementCount() {
    return Math.max(1, blocks.size());
  }

  @Override
  public Value copy() {
    StreamValue copy = new StreamValue();
    for (StreamBlock block = blocks.first(); block != null; block = blocks.after(block)) {
      StreamBlock twin = block.copy();
      copy.blocks.add(twin);
      copy.contentBytes += twin.sizeBytes();
    }
    copy.length = length;
    copy.firstId = firstId;
    copy.set(lastId, entriesAdded, maxDeletedId);
    groups.forEach((name, group) -> copy.groups.put(name, group.copyInto(copy)));
    return copy;
  }

  @Override
  public void validate() {
    blocks.validate();
    long entries = 0;
    long bytes = 0;
    for (StreamBlock block = blocks.first(); block != null; block = blocks.after(block)) {
      block.validate();
      entries += block.count();
      bytes += block.sizeBytes();
    }
    for (StreamGroup group : groups.values()) {
      group.validate();
      bytes += group.sizeBytes();
    }
    Invariant.check(entries == length, "%d entries, counted %d", entries, length);
    Invariant.check(bytes == contentBytes, "%d bytes, counted %d", bytes, contentBytes);
    StreamId first = length == 0 ? StreamId.MIN : edge(true);
    Invariant.check(first.equals(firstId), "another first entry than remembered");
    Invariant.check(newestId().compareTo(lastId) <= 0, "an entry behind the last id");
  }
}
