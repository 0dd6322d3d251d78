package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.rdb.encoding.ListpackCursor;
import io.engramdb.snapshot.rdb.encoding.PackedException;
import java.io.IOException;

/**
 * Reads streams. Entries stand in nodes, each a listpack whose first entry names the fields that
 * most others share; layout in the package document. One thread.
 */
final class StreamReader {
  private static final int ID_SIZE_BYTES = 16;
  private static final int DELETED = 1;
  private static final int SAME_FIELDS = 2;

  /** Elements of an entry beside fields and values: flags and two parts of the id. */
  private static final int ENTRY_HEAD = 3;

  private final RdbInput input;
  private final ValueReader values;
  private final int maxPendingEntries;
  private final ListpackCursor cursor = new ListpackCursor();
  private final PendingEntries pending = new PendingEntries();
  private final MemberSet groups;
  private final MemberSet consumers;

  // Of the stream at hand.
  private StreamId firstId = StreamId.ZERO;
  private boolean anyEntry;
  private long lastMs;
  private long lastSequence;

  // Of the node at hand.
  private long nodeMs;
  private long nodeSequence;
  private byte[][] masterFields = new byte[0][];
  private int deletedSeen;

  StreamReader(RdbInput input, ValueReader values, RdbLimits limits) {
    this.input = input;
    this.values = values;
    this.maxPendingEntries = limits.pendingEntries();
    this.groups = new MemberSet(limits.trackedMembers());
    this.consumers = new MemberSet(limits.trackedMembers());
  }

  /** Reads a stream in one of its three layouts. */
  void read(int layout, RdbKey key, RdbVisitor visitor) throws IOException {
    firstId = StreamId.ZERO;
    anyEntry = false;
    visitor.beginStream(key, RdbVisitor.UNKNOWN_COUNT);
    long nodes = input.readCount(2);
    for (long i = 0; i < nodes; i++) {
      node(i == 0, visitor);
    }
    StreamState state = readState(layout);
    visitor.streamState(state);
    groups.clear(0);
    long groupCount = input.readCount(5);
    for (long i = 0; i < groupCount; i++) {
      group(layout, state, visitor);
    }
    visitor.endKey();
  }

  private StreamState readState(int layout) throws IOException {
    long offset = input.offset();
    // Old servers miscounted at times; what such a stream says about itself is its length.
    long length = input.readLength();
    if (length < 0 || length > 0 && !anyEntry) {
      throw input.fault(
          RdbFault.MALFORMED,
          offset,
          "a stream without entries says it has " + Long.toUnsignedString(length));
    }
    StreamId last = readId();
    if (layout == 1) {
      // Servers derive the last id there is for a stream without entries.
      StreamId first = anyEntry ? firstId : StreamId.MAX;
      return new StreamState(length, last, first, StreamId.ZERO, length);
    }
    return new StreamState(length, last, readId(), readId(), input.readLength());
  }

  private StreamId readId() throws IOException {
    long ms = input.readLength();
    return new StreamId(ms, input.readLength());
  }

  // Entries.

  private void node(boolean first, RdbVisitor visitor) throws IOException {
    long offset = input.offset();
    byte[] id = input.readString();
    if (id.length != ID_SIZE_BYTES) {
      throw input.fault(
          RdbFault.MALFORMED, offset, "the id of a stream's node has " + id.length + " bytes");
    }
    long ms = big(id, 0);
    long sequence = big(id, 8);
    if (!first && StreamId.compare(ms, sequence, nodeMs, nodeSequence) <= 0) {
      throw input.fault(RdbFault.MALFORMED, offset, "the nodes of a stream do not ascend");
    }
    nodeMs = ms;
    nodeSequence = sequence;
    values.open(cursor);
    try {
      entries(visitor);
    } catch (PackedException e) {
      throw values.malformed(e);
    }
  }

  private static long big(byte[] bytes, int offset) {
    long sum = 0;
    for (int i = 0; i < 8; i++) {
      sum = sum << 8 | bytes[offset + i] & 0xff;
    }
    return sum;
  }

  private void entries(RdbVisitor visitor) throws IOException, PackedException {
    int live = smallNumber("the count of entries");
    int deleted = smallNumber("the count of deleted entries");
    masterFields = new byte[smallNumber("the count of fields")][];
    for (int i = 0; i < masterFields.length; i++) {
      element();
      masterFields[i] = cursor.bytes();
    }
    if (number() != 0) {
      throw malformed("the first entry of a stream's node does not end in 0");
    }
    deletedSeen = 0;
    long all = (long) live + deleted;
    for (long i = 0; i < all; i++) {
      entry(visitor);
    }
    if (deletedSeen != deleted) {
      throw malformed(
          deletedSeen + " entries of a stream's node are deleted, not " + deleted + " as it says");
    }
    if (cursor.next()) {
      throw malformed("a stream's node goes on after its last entry");
    }
  }

  private void entry(RdbVisitor visitor) throws IOException, PackedException {
    long flags = number();
    if ((flags & ~(DELETED | SAME_FIELDS)) != 0) {
      throw malformed("an entry of a stream has undefined flags");
    }
    long ms = nodeMs + number();
    long sequence = nodeSequence + number();
    boolean same = (flags & SAME_FIELDS) != 0;
    int fields = same ? masterFields.length : smallNumber("the count of fields");
    byte[][] fieldsAndValues = new byte[2 * fields][];
    for (int i = 0; i < fields; i++) {
      if (same) {
        fieldsAndValues[2 * i] = masterFields[i];
      } else {
        element();
        fieldsAndValues[2 * i] = cursor.bytes();
      }
      element();
      fieldsAndValues[2 * i + 1] = cursor.bytes();
    }
    int elements = ENTRY_HEAD + (same ? fields : 2 * fields + 1);
    if (number() != elements) {
      throw malformed("an entry of a stream is wrong about the number of its elements");
    }
    if ((flags & DELETED) != 0) {
      deletedSeen++;
      return;
    }
    deliver(ms, sequence, fieldsAndValues, visitor);
  }

  private void deliver(long ms, long sequence, byte[][] fieldsAndValues, RdbVisitor visitor)
      throws IOException, PackedException {
    if (anyEntry && StreamId.compare(ms, sequence, lastMs, lastSequence) <= 0) {
      throw malformed("the entries of a stream do not ascend");
    }
    if (!anyEntry) {
      anyEntry = true;
      firstId = new StreamId(ms, sequence);
    }
    lastMs = ms;
    lastSequence = sequence;
    for (byte[] each : fieldsAndValues) {
      values.count(each.length);
    }
    visitor.streamEntry(ms, sequence, fieldsAndValues);
  }

  private void element() throws RdbException, PackedException {
    if (!cursor.next()) {
      throw malformed("a stream's node ends within an entry");
    }
  }

  private long number() throws RdbException, PackedException {
    element();
    if (!cursor.isNumber()) {
      throw malformed("text stands where an entry of a stream has a number");
    }
    return cursor.number();
  }

  /** A count of things of which each takes at least a byte of the node. */
  private int smallNumber(String what) throws RdbException, PackedException {
    long number = number();
    if (number < 0 || number > cursor.sizeBytes()) {
      throw malformed(what + " of a stream's node can't be " + number);
    }
    return (int) number;
  }

  private RdbException malformed(String reason) {
    return input.fault(RdbFault.MALFORMED, input.offsetInString(cursor.offset()), reason);
  }

  // Groups.

  private void group(int layout, StreamState state, RdbVisitor visitor) throws IOException {
    long offset = input.offset();
    byte[] name = values.take(input.readString());
    if (!groups.add(name)) {
      throw twice(offset, "consumer group", name);
    }
    StreamId lastDelivered = readId();
    long entriesRead = layout == 1 ? state.estimateEntriesUpTo(lastDelivered) : input.readLength();
    readPending();
    visitor.group(name, lastDelivered, entriesRead);
    consumers.clear(0);
    long count = input.readCount(1 + Long.BYTES + 1);
    for (long i = 0; i < count; i++) {
      consumer(layout, visitor);
    }
    if (pending.unowned() != 0) {
      throw input.fault(
          RdbFault.MALFORMED,
          input.offset(),
          pending.unowned() + " pending entries of a group have no consumer");
    }
  }

  private void readPending() throws IOException {
    pending.clear();
    long countOffset = input.offset();
    long count = input.readCount(ID_SIZE_BYTES + Long.BYTES + 1);
    if (count > maxPendingEntries) {
      throw input.fault(
          RdbFault.LIMIT,
          countOffset,
          count + " pending entries of a group are more than the limit of " + maxPendingEntries);
    }
    for (long i = 0; i < count; i++) {
      long offset = input.offset();
      long ms = input.readBig(8);
      long sequence = input.readBig(8);
      long deliveryMs = input.readLittle(8);
      if (!pending.add(ms, sequence, deliveryMs, input.readLength())) {
        throw input.fault(
            RdbFault.DUPLICATE,
            offset,
            "pending entry " + new StreamId(ms, sequence) + " is there twice");
      }
    }
  }

  private void consumer(int layout, RdbVisitor visitor) throws IOException {
    long nameOffset = input.offset();
    byte[] name = values.take(input.readString());
    if (!consumers.add(name)) {
      throw twice(nameOffset, "consumer", name);
    }
    long seenMs = input.readLittle(8);
    long activeMs = layout < 3 ? seenMs : input.readLittle(8);
    visitor.consumer(name, seenMs, activeMs);
    long count = input.readCount(ID_SIZE_BYTES);
    for (long i = 0; i < count; i++) {
      long offset = input.offset();
      long ms = input.readBig(8);
      long sequence = input.readBig(8);
      int place = pending.own(ms, sequence);
      if (place < 0) {
        throw input.fault(
            RdbFault.MALFORMED,
            offset,
            "pending entry "
                + new StreamId(ms, sequence)
                + " of a consumer is not its group's, or another consumer has it");
      }
      visitor.pending(ms, sequence, pending.deliveryMs(place), pending.deliveries(place));
    }
  }

  private RdbException twice(long offset, String what, byte[] name) {
    return input.fault(
        RdbFault.DUPLICATE, offset, what + " " + RdbException.show(name) + " is there twice");
  }
}
