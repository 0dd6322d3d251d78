package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import io.engramdb.snapshot.rdb.encoding.ListpackBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Writes streams as nodes of entries. The number of nodes stands before them, so they are held.
 * When that becomes much and the number of entries is known, the rest goes into nodes of equally
 * many entries: then their number is known too. Groups are held until their last one. One thread.
 */
final class StreamWriter {
  private static final int SAME_FIELDS = 2;

  /** Elements of an entry beside fields and values: flags and two parts of the id. */
  private static final int ENTRY_HEAD = 3;

  /** Memory of a pending entry. */
  private static final int PENDING_SIZE_BYTES = 48;

  private final ValueWriter writer;
  private final RdbOutput output;
  private final int version;
  private final ListpackBuilder listpack = new ListpackBuilder();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private long count;
  private long seen;
  private long heldBytes;
  private long nodeBytes;

  /** Entries of each node once nodes go out as they come; 0 before. */
  private int nodeEntries;

  private record Node(StreamId id, byte[] blob) {}

  private record Entry(long ms, long sequence, byte[][] fieldsAndValues) {}

  private record Group(
      byte[] name, StreamId lastDelivered, long entriesRead, List<Consumer> consumers) {}

  private record Consumer(byte[] name, long seenMs, long activeMs, List<Pending> pending) {}

  private record Pending(StreamId id, long deliveryMs, long deliveries) {}

  StreamWriter(ValueWriter writer) {
    this.writer = writer;
    this.output = writer.output;
    this.version = writer.version;
  }

  void begin(long expected) {
    count = expected;
    seen = 0;
    heldBytes = 0;
    nodeBytes = 0;
    nodeEntries = 0;
    nodes.clear();
    entries.clear();
    groups.clear();
  }

  // Entries.

  void entry(long ms, long sequence, byte[][] fieldsAndValues) throws IOException {
    entries.add(new Entry(ms, sequence, fieldsAndValues));
    seen++;
    for (byte[] each : fieldsAndValues) {
      nodeBytes += each.length;
    }
    boolean full =
        nodeEntries > 0
            ? entries.size() == nodeEntries
            : nodeBytes >= Packing.STREAM_NODE_SIZE_BYTES
                || entries.size() == Packing.STREAM_NODE_ENTRIES;
    if (!full) {
      return;
    }
    endNode();
    if (nodeEntries == 0 && heldBytes > Packing.HELD_SIZE_BYTES && count >= 0) {
      goOut();
    }
  }

  private void endNode() throws IOException {
    StreamId id = new StreamId(entries.getFirst().ms, entries.getFirst().sequence);
    buildNode(id);
    if (nodeEntries > 0) {
      writeNode(id, listpack.array(), listpack.sizeBytes());
    } else {
      nodes.add(new Node(id, listpack.toByteArray()));
      heldBytes += listpack.sizeBytes();
      Packing.checkHeld(heldBytes);
    }
    entries.clear();
    nodeBytes = 0;
  }

  private void goOut() throws IOException {
    long left = count - seen;
    // As many as a node of the usual size holds of entries like those that came so far.
    long usual = Packing.STREAM_NODE_SIZE_BYTES * seen / heldBytes;
    nodeEntries = Math.clamp(usual, 1, Packing.STREAM_NODE_ENTRIES);
    writeNodes(nodes.size() + Math.ceilDiv(left, nodeEntries));
  }

  private void writeNodes(long nodeCount) throws IOException {
    writer.writePrefix(type());
    output.writeLength(nodeCount);
    for (Node each : nodes) {
      writeNode(each.id, each.blob, each.blob.length);
    }
    nodes.clear();
  }

  private int type() {
    return switch (version) {
      case RdbVersion.OLDEST_WRITTEN -> RdbValueType.STREAM_1;
      case RdbVersion.REDIS_7_0 -> RdbValueType.STREAM_2;
      default -> RdbValueType.STREAM_3;
    };
  }

  private void writeNode(StreamId id, byte[] blob, int sizeBytes) throws IOException {
    output.writeLength(2 * Long.BYTES);
    writeRawId(id);
    output.writeBlob(blob, sizeBytes);
  }

  private void writeRawId(StreamId id) throws IOException {
    output.writeBig(id.ms(), Long.BYTES);
    output.writeBig(id.sequence(), Long.BYTES);
  }

  private void buildNode(StreamId id) {
    byte[][] master = entries.getFirst().fieldsAndValues;
    int masterFields = master.length / 2;
    listpack.clear();
    listpack.append(entries.size());
    listpack.append(0);
    listpack.append(masterFields);
    for (int i = 0; i < masterFields; i++) {
      listpack.append(master[2 * i]);
    }
    listpack.append(0);
    for (Entry entry : entries) {
      byte[][] pairs = entry.fieldsAndValues;
      boolean same = hasSameFields(pairs, master);
      listpack.append(same ? SAME_FIELDS : 0);
      listpack.append(entry.ms - id.ms());
      listpack.append(entry.sequence - id.sequence());
      if (!same) {
        listpack.append(pairs.length / 2);
      }
      for (int i = same ? 1 : 0; i < pairs.length; i += same ? 2 : 1) {
        listpack.append(pairs[i]);
      }
      listpack.append(ENTRY_HEAD + (same ? masterFields : pairs.length + 1));
    }
    listpack.finish();
  }

  private static boolean hasSameFields(byte[][] pairs, byte[][] master) {
    if (pairs == master) {
      return true;
    }
    if (pairs.length != master.length) {
      return false;
    }
    for (int i = 0; i < pairs.length; i += 2) {
      if (!Arrays.equals(pairs[i], master[i])) {
        return false;
      }
    }
    return true;
  }

  void state(StreamState state) throws IOException {
    if (!entries.isEmpty()) {
      endNode();
    }
    if (nodeEntries == 0) {
      writeNodes(nodes.size());
    }
    output.writeLength(state.length());
    writeId(state.lastId());
    if (version >= RdbVersion.REDIS_7_0) {
      writeId(state.firstId());
      writeId(state.maxDeletedId());
      output.writeLength(state.entriesAdded());
    }
    heldBytes = 0;
  }

  private void writeId(StreamId id) throws IOException {
    output.writeLength(id.ms());
    output.writeLength(id.sequence());
  }

  // Groups.

  void group(byte[] name, StreamId lastDelivered, long entriesRead) {
    groups.add(new Group(name, lastDelivered, entriesRead, new ArrayList<>()));
  }

  void consumer(byte[] name, long seenMs, long activeMs) {
    groups.getLast().consumers.add(new Consumer(name, seenMs, activeMs, new ArrayList<>()));
  }

  void pending(long ms, long sequence, long deliveryMs, long deliveries) throws RdbRefusal {
    Consumer consumer = groups.getLast().consumers.getLast();
    consumer.pending.add(new Pending(new StreamId(ms, sequence), deliveryMs, deliveries));
    heldBytes += PENDING_SIZE_BYTES;
    Packing.checkHeld(heldBytes);
  }

  void end() throws IOException {
    Invariant.check(entries.isEmpty() && nodes.isEmpty(), "a stream has no state");
    output.writeLength(groups.size());
    for (Group each : groups) {
      write(each);
    }
    groups.clear();
  }

  private void write(Group group) throws IOException {
    output.writeString(group.name);
    writeId(group.lastDelivered);
    if (version >= RdbVersion.REDIS_7_0) {
      output.writeLength(group.entriesRead);
    }
    List<Pending> all = new ArrayList<>();
    group.consumers.forEach(consumer -> all.addAll(consumer.pending));
    all.sort(Comparator.comparing(Pending::id));
    output.writeLength(all.size());
    for (Pending each : all) {
      writeRawId(each.id);
      output.writeLittle(each.deliveryMs, Long.BYTES);
      output.writeLength(each.deliveries);
    }
    output.writeLength(group.consumers.size());
    for (Consumer each : group.consumers) {
      output.writeString(each.name);
      output.writeLittle(each.seenMs, Long.BYTES);
      if (version >= RdbVersion.REDIS_7_2) {
        output.writeLittle(each.activeMs, Long.BYTES);
      }
      output.writeLength(each.pending.size());
      for (Pending entry : each.pending) {
        writeRawId(entry.id);
      }
    }
  }
}
