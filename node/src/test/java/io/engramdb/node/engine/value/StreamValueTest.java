package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.scripts.ElementText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Streams and their groups against sorted maps. */
class StreamValueTest {

  private static final int RUNS = 60;
  private static final int STEPS = 600;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ValueLimits limits = new ValueLimits();

  /** Entries as the test keeps them: fields and values, one behind the other. */
  private final TreeMap<StreamId, List<String>> model = new TreeMap<>();

  private StreamValue stream = new StreamValue();

  private record Words(List<String> words) implements StreamFields {
    @Override
    public int pairs() {
      return words.size() / 2;
    }

    @Override
    public ByteRange word(int index) {
      return ByteRange.of(words.get(index).getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static final class Seen extends ElementText implements StreamVisitor {
    private final List<String> lines = new ArrayList<>();

    @Override
    public boolean entry(long ms, long seq, int pairs) {
      lines.add(new StreamId(ms, seq) + " " + pairs);
      return true;
    }

    @Override
    protected void element(String text) {
      lines.add(text);
    }
  }

  @Test
  void entriesAreThoseOfASortedMap() {
    for (int run = 0; run < RUNS; run++) {
      stream = new StreamValue();
      model.clear();
      limits.streamBlockEntries = random.nextInt(8);
      limits.streamBlockBytes = random.nextBoolean() ? 4096 : 40 + random.nextInt(200);
      for (int step = 0; step < STEPS; step++) {
        change();
        if (step % 20 == 0) {
          stream.validate();
          compare();
        }
      }
      stream.validate();
      stream = (StreamValue) stream.copy();
      stream.validate();
      compare();
    }
  }

  private void change() {
    switch (random.nextInt(12)) {
      case 0 -> {
        StreamId id = near();
        assertEquals(model.remove(id) != null, stream.delete(id), this::hint);
      }
      case 1 -> trim(new StreamTrim(random.nextInt(60), null, false, 0));
      case 2 -> trim(new StreamTrim(0, near(), false, 0));
      default -> {
        List<String> words = new ArrayList<>();
        int pairs = 1 + random.nextInt(3);
        for (int i = 0; i < pairs; i++) {
          words.add("f" + random.nextInt(2));
          words.add(random.nextBoolean() ? "" + random.nextInt() : "v".repeat(random.nextInt(90)));
        }
        StreamId last = stream.lastId();
        StreamId id =
            random.nextBoolean()
                ? last.next()
                : new StreamId(last.ms() + 1 + random.nextInt(300), random.nextInt(3));
        stream.append(id, new Words(words), limits);
        model.put(id, words);
      }
    }
  }

  private void trim(StreamTrim trim) {
    int removed = 0;
    StreamId minId = trim.minId();
    while (!model.isEmpty()
        && (minId == null
            ? model.size() > trim.maxLength()
            : model.firstKey().compareTo(minId) < 0)) {
      model.pollFirstEntry();
      removed++;
    }
    assertEquals(removed > 0, stream.wouldTrim(trim), this::hint);
    assertEquals(removed, stream.trim(trim), this::hint);
  }

  /** An id that may be there. */
  private StreamId near() {
    if (model.isEmpty() || random.nextInt(5) == 0) {
      return new StreamId(random.nextInt(2000), random.nextInt(3));
    }
    StreamId some = model.ceilingKey(new StreamId(random.nextLong(stream.lastId().ms() + 1), 0));
    return some == null ? model.firstKey() : some;
  }

  private void compare() {
    StreamId from = near();
    StreamId to = near();
    int limit = random.nextInt(10);
    boolean valid = from.compareTo(to) <= 0;
    Map<StreamId, List<String>> range =
        valid ? model.subMap(from, true, to, true) : new TreeMap<>();
    Seen seen = new Seen();
    stream.visitRange(from, to, limit, seen);
    assertEquals(lines(new ArrayList<>(range.keySet()), limit), seen.lines, this::hint);
    seen = new Seen();
    stream.visitRangeBackwards(to, from, limit, seen);
    List<StreamId> backwards = new ArrayList<>(range.keySet());
    Collections.reverse(backwards);
    assertEquals(lines(backwards, limit), seen.lines, this::hint);
    assertEquals(model.size(), stream.length(), this::hint);
    assertEquals(model.isEmpty() ? StreamId.MIN : model.lastKey(), stream.newestId(), this::hint);
    assertEquals(model.containsKey(from), stream.contains(from), this::hint);
  }

  private List<String> lines(List<StreamId> ids, int limit) {
    List<String> lines = new ArrayList<>();
    int shown = 0;
    for (StreamId id : ids) {
      if (limit > 0 && shown++ == limit) {
        break;
      }
      lines.add(id + " " + model.get(id).size() / 2);
      lines.addAll(model.get(id));
    }
    return lines;
  }

  private String hint() {
    return "-Dseed=" + seed;
  }

  @Test
  void whatIsPendingIsAMapForTheGroupAndOneForEachConsumer() {
    StreamGroup group = stream.addGroup(Bytes.utf8("g"), StreamId.MIN, 0);
    TreeMap<StreamId, String> owners = new TreeMap<>();
    for (int step = 0; step < 20_000; step++) {
      StreamId id = new StreamId(random.nextInt(3000), 0);
      Bytes name = Bytes.utf8("c" + random.nextInt(3));
      StreamConsumer consumer = group.consumer(name);
      if (consumer == null) {
        consumer = group.addConsumer(name, 1);
      }
      PendingEntry present = group.pending(id);
      assertEquals(owners.containsKey(id), present != null, this::hint);
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4 -> {
          if (present != null) {
            group.acknowledge(present);
            owners.remove(id);
          }
        }
        case 5 -> {
          StreamId next = owners.ceilingKey(id);
          PendingEntry found = group.firstPending(id);
          assertEquals(next, found == null ? null : found.id(), this::hint);
        }
        default -> {
          group.assign(id, present, consumer, step, 1);
          owners.put(id, name.toString());
        }
      }
      if (random.nextInt(2000) == 0) {
        group.removeConsumer(consumer);
        owners.values().removeIf(name.toString()::equals);
      }
      if (step % 500 == 0) {
        stream.validate();
        assertEquals(owners.size(), group.pendingCount(), this::hint);
        stream.copy().validate();
      }
    }
  }

  @Test
  void nodesOfTheRadixTreeAreCountedAsUpstreamWouldHaveThem() {
    assertEquals(1, stream.radixTreeNodes());
    limits.streamBlockEntries = 1;
    Words words = new Words(List.of("f", "v"));
    stream.append(new StreamId(1, 0), words, limits);
    assertEquals(2, stream.radixTreeNodes());
    stream.append(new StreamId(2, 0), words, limits);
    // A run up to the last byte of the milliseconds, the parting, two runs, two ends.
    assertEquals(6, stream.radixTreeNodes());
    stream.append(new StreamId(2, 1), words, limits);
    assertEquals(8, stream.radixTreeNodes());
    assertTrue(stream.blockCount() == 3);
  }
}
