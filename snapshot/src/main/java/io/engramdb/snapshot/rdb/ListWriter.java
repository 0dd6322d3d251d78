package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import io.engramdb.snapshot.rdb.encoding.ListpackCursor;
import io.engramdb.snapshot.rdb.encoding.PackedBuilder;
import io.engramdb.snapshot.rdb.encoding.PackedCursor;
import io.engramdb.snapshot.rdb.encoding.PackedException;
import io.engramdb.snapshot.rdb.encoding.ZiplistCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes lists as nodes of packed elements. Their number stands before them, so they are held; a
 * list that is too long for that goes out element by element if its length is known. One thread.
 */
final class ListWriter {
  /** A node that is one packed blob. */
  private static final int PACKED_NODE = 2;

  private final ValueWriter writer;
  private final RdbOutput output;
  private final boolean hasListpacks;
  private final PackedBuilder node;
  private final List<byte[]> nodes = new ArrayList<>();
  private long count;
  private long heldBytes;
  private boolean holds;

  ListWriter(ValueWriter writer) {
    this.writer = writer;
    this.output = writer.output;
    this.hasListpacks = writer.version >= RdbVersion.REDIS_7_0;
    this.node = ValueWriter.newBuilder(writer.version);
  }

  void begin(long expected) {
    count = expected;
    heldBytes = 0;
    holds = true;
    nodes.clear();
    node.clear();
  }

  void add(byte[] element) throws IOException {
    if (!holds) {
      output.writeString(element);
      return;
    }
    if (node.count() > 0
        && (long) node.sizeBytes() + element.length > Packing.LIST_NODE_SIZE_BYTES) {
      endNode();
    }
    node.append(element);
    if (heldBytes + node.sizeBytes() > Packing.HELD_SIZE_BYTES && count >= 0) {
      goOut();
    }
  }

  private void endNode() throws IOException {
    node.finish();
    nodes.add(node.toByteArray());
    heldBytes += node.sizeBytes();
    node.clear();
    Packing.checkHeld(heldBytes);
  }

  /** What is held, and then the rest, one by one. */
  private void goOut() throws IOException {
    endNode();
    holds = false;
    writer.writePrefix(RdbValueType.LIST);
    output.writeLength(count);
    PackedCursor cursor = hasListpacks ? new ListpackCursor() : new ZiplistCursor();
    try {
      for (byte[] each : nodes) {
        cursor.open(each, each.length);
        while (cursor.next()) {
          output.writeString(cursor.bytes());
        }
      }
    } catch (PackedException e) {
      throw new IllegalStateException("a node that was just built can't be read", e);
    }
    nodes.clear();
  }

  void end() throws IOException {
    if (!holds) {
      return;
    }
    if (node.count() > 0) {
      endNode();
    }
    Invariant.check(!nodes.isEmpty(), "an empty list can't be written");
    writer.writePrefix(hasListpacks ? RdbValueType.LIST_QUICKLIST_2 : RdbValueType.LIST_QUICKLIST);
    output.writeLength(nodes.size());
    for (byte[] each : nodes) {
      if (hasListpacks) {
        output.writeLength(PACKED_NODE);
      }
      output.writeBlob(each, each.length);
    }
    nodes.clear();
  }
}
