package io.engramdb.snapshot.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.DirectoryObjects;
import io.engramdb.snapshot.objects.ObjectStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments and how they lie in a store. */
public class LogArchiveTest {
  private static final UUID SHARD = new UUID(1, 2);
  private static final UUID INCARNATION = new UUID(3, 4);
  private static final byte DATA = 1;

  @TempDir protected Path temp;

  private ObjectStore objects;
  private LogArchive archive;

  /** An empty one. */
  protected ObjectStore store() throws Exception {
    return new DirectoryObjects(temp);
  }

  /** Bytes between two that are damaged. */
  protected int step() {
    return 1;
  }

  @BeforeEach
  void open() throws Exception {
    objects = store();
    archive = new LogArchive(objects);
  }

  private static Segment segment(UUID incarnation, long first, int records, int bytes) {
    SegmentBuilder builder =
        SegmentBuilder.behind(SHARD, incarnation, first, first - 1, 11, 5, 900);
    for (int i = 0; i < records; i++) {
      builder.data(DATA, 2, first + i, 1000 + i, 100 + i, new byte[bytes + i]);
    }
    return builder.end(first + records);
  }

  @Test
  void whatIsPutComesBackAndIsFoundInOrder() throws Exception {
    Segment one = segment(INCARNATION, 1, 3, 10);
    SegmentBuilder next = SegmentBuilder.after(one.head());
    next.covered(5000);
    Segment two = next.end(9);
    assertNull(archive.newest(SHARD, INCARNATION, 0));
    assertEquals(-1, archive.oldestIndex(SHARD, INCARNATION));
    assertTrue(archive.put(one));
    assertTrue(archive.put(two));
    assertTrue(archive.put(segment(new UUID(9, 9), 7, 1, 1)), "another history is another one");
    assertEquals(two.head(), archive.newest(SHARD, INCARNATION, 0));
    assertEquals(two.head(), archive.newest(SHARD, INCARNATION, 5));
    assertNull(archive.newest(SHARD, INCARNATION, 6));
    assertEquals(1, archive.oldestIndex(SHARD, INCARNATION));
    assertEquals(
        List.of(1L, 5L),
        archive.list(SHARD, INCARNATION).stream().map(LogArchive.Place::firstIndex).toList());
    assertEquals(2, archive.histories().size());
    Segment read = archive.read(one.head().name());
    assertEquals(one.head(), read.head());
    assertArrayEquals(one.bytes(), read.bytes());
    List<Long> times = new ArrayList<>();
    read.read(record -> times.add(record.timeMs()));
    assertEquals(List.of(1000L, 1001L, 1002L), times);
    assertEquals(102, two.head().checksumBefore());
    assertEquals(8, two.head().recordsAfter());
    assertEquals(5000, two.head().coveredMs());
    assertEquals(1002, two.head().lastTimeMs());
    assertEquals(0, two.head().firstTimeMs());
  }

  @Test
  void ofTwoThatBeginAtOneIndexTheFirstOneStays() throws Exception {
    Segment one = segment(INCARNATION, 1, 3, 10);
    assertTrue(archive.put(one));
    assertTrue(archive.put(one), "the same again is fine");
    assertFalse(archive.put(segment(INCARNATION, 1, 4, 10)));
    assertEquals(one.head(), archive.newest(SHARD, INCARNATION, 0));
  }

  @Test
  void anyByteThatChangesIsNoticed() throws Exception {
    Segment segment = segment(INCARNATION, 1, 3, 10);
    String name = segment.head().name();
    for (int at = 0; at < segment.bytes().length; at += step()) {
      byte[] bytes = segment.bytes().clone();
      bytes[at] ^= 0x10;
      objects.put(name, Content.of(bytes), false);
      assertThrows(ArchiveException.class, () -> archive.read(name), "byte " + at);
    }
    for (int length = 0; length < segment.bytes().length; length += step()) {
      objects.put(name, Content.of(Arrays.copyOf(segment.bytes(), length)), false);
      assertThrows(ArchiveException.class, () -> archive.read(name), "length " + length);
    }
  }

  @Test
  void aGapIsRememberedByWhatComesBehindIt() throws Exception {
    Segment one = segment(INCARNATION, 1, 3, 10);
    assertEquals(0, SegmentBuilder.after(one.head()).end(9).head().lastGapIndex());
    Segment behind =
        SegmentBuilder.behind(SHARD, INCARNATION, 20, one.head().lastIndex(), 0, 9, 900).end(25);
    assertTrue(behind.head().isBehindGap());
    assertEquals(20, behind.head().lastGapIndex());
    Segment next = SegmentBuilder.after(behind.head()).end(30);
    assertFalse(next.head().isBehindGap());
    assertTrue(archive.put(next));
    assertEquals(20, archive.head(next.head().name()).lastGapIndex());
  }

  @Test
  void aSegmentUnderAnotherNameIsNone() throws Exception {
    Segment segment = segment(INCARNATION, 1, 3, 10);
    String foreign = LogArchive.folder(SHARD, new UUID(9, 9)) + LogArchive.fileName(1);
    objects.put(foreign, Content.of(segment.bytes()), true);
    assertThrows(ArchiveException.class, () -> archive.read(foreign));
  }
}
