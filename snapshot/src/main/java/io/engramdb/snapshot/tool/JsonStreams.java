package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The part of {@link JsonKeys} that collects streams: their length comes after their entries. */
abstract class JsonStreams {
  /** Memory of a pending entry. */
  private static final int HELD_PENDING_BYTES = 80;

  /** Memory of a group or consumer beside its name. */
  private static final int HELD_OVERHEAD_BYTES = 200;

  private final long maxHeldBytes;
  private final JsonOutput entries = JsonOutput.held();
  private final List<Group> groups = new ArrayList<>();
  private long groupBytes;
  private boolean anyEntry;
  private boolean showsActive;
  private StreamState state = new StreamState(0, StreamId.ZERO, StreamId.ZERO, StreamId.ZERO, 0);

  private record Group(
      byte[] name, StreamId lastDelivered, long entriesRead, List<Consumer> consumers) {}

  private record Consumer(byte[] name, long seenMs, long activeMs, List<Pending> pending) {}

  private record Pending(StreamId id, byte[] consumer, long deliveryMs, long deliveries) {}

  JsonStreams(long maxHeldBytes) {
    this.maxHeldBytes = maxHeldBytes;
  }

  /** Whether consumers are shown with the time of their last entry: servers from 7.2 on know it. */
  final void showActive(boolean shown) {
    showsActive = shown;
  }

  final void beginStream() {
    entries.clear();
    groups.clear();
    groupBytes = 0;
    anyEntry = false;
  }

  public final void streamEntry(long ms, long sequence, byte[][] fieldsAndValues)
      throws IOException {
    entries.raw(anyEntry ? ",{\"id\":\"" : "{\"id\":\"");
    anyEntry = true;
    entries.unsigned(ms).raw("-").unsigned(sequence).raw("\",\"fields\":[");
    for (int i = 0; i < fieldsAndValues.length; i += 2) {
      entries.raw(i == 0 ? "[" : ",[").bytes(fieldsAndValues[i]).raw(",");
      entries.bytes(fieldsAndValues[i + 1]).raw("]");
      checkHeld();
    }
    entries.raw("]}");
  }

  private void checkHeld() throws RdbRefusal {
    if (entries.sizeBytes() + groupBytes > maxHeldBytes) {
      throw new RdbRefusal(
          RdbFault.LIMIT, "a stream is too large for the memory of this process to be shown");
    }
  }

  public final void streamState(StreamState found) {
    state = found;
  }

  public final void group(byte[] name, StreamId lastDelivered, long entriesRead)
      throws IOException {
    groupBytes += name.length + HELD_OVERHEAD_BYTES;
    checkHeld();
    groups.add(new Group(name, lastDelivered, entriesRead, new ArrayList<>()));
  }

  public final void consumer(byte[] name, long seenMs, long activeMs) throws IOException {
    groupBytes += name.length + HELD_OVERHEAD_BYTES;
    checkHeld();
    groups.getLast().consumers.add(new Consumer(name, seenMs, activeMs, new ArrayList<>()));
  }

  public final void pending(long ms, long sequence, long deliveryMs, long deliveries)
      throws IOException {
    groupBytes += HELD_PENDING_BYTES;
    checkHeld();
    Consumer consumer = groups.getLast().consumers.getLast();
    StreamId id = new StreamId(ms, sequence);
    consumer.pending.add(new Pending(id, consumer.name, deliveryMs, deliveries));
  }

  final void endStream(JsonOutput out) throws IOException {
    out.raw("{\"length\":").number(state.length());
    out.raw(",\"lastId\":\"").raw(state.lastId().toString());
    out.raw("\",\"entries\":[").append(entries).raw("],\"groups\":[");
    groups.sort((one, other) -> Arrays.compareUnsigned(one.name, other.name));
    for (int i = 0; i < groups.size(); i++) {
      out.raw(i == 0 ? "" : ",");
      group(groups.get(i), out);
    }
    out.raw("],\"entriesAdded\":").unsigned(state.entriesAdded());
    out.raw(",\"maxDeletedId\":\"").raw(state.maxDeletedId().toString());
    out.raw("\",\"firstId\":\"").raw(state.firstId().toString()).raw("\"}");
    beginStream();
  }

  private void group(Group group, JsonOutput out) throws IOException {
    out.raw("{\"name\":").bytes(group.name);
    out.raw(",\"lastDeliveredId\":\"").raw(group.lastDelivered.toString());
    out.raw("\",\"entriesRead\":");
    if (group.entriesRead == StreamState.UNKNOWN_ENTRIES_READ) {
      out.raw("null");
    } else {
      out.unsigned(group.entriesRead);
    }
    out.raw(",\"pel\":[");
    List<Pending> all = new ArrayList<>();
    group.consumers.forEach(consumer -> all.addAll(consumer.pending));
    all.sort(Comparator.comparing(Pending::id));
    for (int i = 0; i < all.size(); i++) {
      Pending each = all.get(i);
      out.raw(i == 0 ? "{\"id\":\"" : ",{\"id\":\"").raw(each.id.toString());
      out.raw("\",\"consumer\":").bytes(each.consumer);
      out.raw(",\"deliveryTimeMs\":").number(each.deliveryMs);
      out.raw(",\"deliveryCount\":").unsigned(each.deliveries).raw("}");
    }
    out.raw("],\"consumers\":[");
    group.consumers.sort((one, other) -> Arrays.compareUnsigned(one.name, other.name));
    for (int i = 0; i < group.consumers.size(); i++) {
      out.raw(i == 0 ? "" : ",");
      consumer(group.consumers.get(i), out);
    }
    out.raw("]}");
  }

  private void consumer(Consumer consumer, JsonOutput out) throws IOException {
    out.raw("{\"name\":").bytes(consumer.name);
    out.raw(",\"seenTimeMs\":").number(consumer.seenMs).raw(",\"pel\":[");
    consumer.pending.sort(Comparator.comparing(Pending::id));
    for (int i = 0; i < consumer.pending.size(); i++) {
      out.raw(i == 0 ? "\"" : ",\"").raw(consumer.pending.get(i).id.toString()).raw("\"");
    }
    out.raw("]");
    if (showsActive) {
      out.raw(",\"activeTimeMs\":").number(consumer.activeMs);
    }
    out.raw("}");
  }
}
