package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.MemberDirectoryException;
import io.engramdb.txlog.api.MemberDirectoryException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a crash can leave behind is cut off, anything else is refused. Works on a log that a real
 * member wrote once: a closed segment of its first term and an open one of its second.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SegmentCheckTest {
  private static final int RECORDS = 20;

  @TempDir static Path shared;
  private RatisLogCluster cluster;
  private Path folder;
  private Path open;
  private byte[] openBytes;
  private int openEnd;
  private final List<Integer> frames = new ArrayList<>();

  @BeforeAll
  void writeALog() throws IOException {
    cluster = new RatisLogCluster(shared, "a").startAll();
    writeAndStop();
    cluster.start("a", false);
    writeAndStop();
    folder = shared.resolve("a/raft/" + cluster.shardId + "/current");
    SegmentFile openSegment = SegmentFile.list(folder).getLast();
    assertTrue(openSegment.isOpen(), "an orderly end leaves the last segment open");
    open = openSegment.path();
    SegmentScan scan = SegmentScan.of(openSegment, (entry, offset) -> frames.add((int) offset));
    openEnd = (int) scan.goodBytes();
    openBytes = Arrays.copyOf(Files.readAllBytes(open), openEnd + 4096);
  }

  private void writeAndStop() {
    cluster.awaitLeader();
    LogPosition last = null;
    for (int i = 0; i < RECORDS; i++) {
      last = cluster.propose("a", "record " + i);
    }
    cluster.awaitCommitted("a", last);
    cluster.stop("a");
  }

  private void check(byte[] content) throws IOException {
    Files.write(open, content);
    SegmentCheck.run(shared, folder, LogPosition.NONE);
  }

  private void assertDamaged(byte[] content) throws IOException {
    MemberDirectoryException e = assertThrows(MemberDirectoryException.class, () -> check(content));
    assertEquals(Reason.LOG_DAMAGED, e.reason());
    assertArrayEquals(content, Files.readAllBytes(open), "a refusal changes nothing");
  }

  @Test
  void aWholeLogIsLeftAlone() throws IOException {
    check(openBytes);
    assertArrayEquals(openBytes, Files.readAllBytes(open));
    assertTrue(SegmentFile.list(folder).size() >= 2);
  }

  @Test
  void aTornLastFrameIsCutOffWhereverItWasTorn() throws IOException {
    int lastFrame = frames.getLast();
    for (int cut = lastFrame + 1; cut < openEnd; cut++) {
      byte[] preallocated = openBytes.clone();
      Arrays.fill(preallocated, cut, preallocated.length, (byte) 0);
      if (Arrays.equals(preallocated, openBytes)) {
        continue; // the bytes that were cut were zeros: nothing is torn
      }
      check(preallocated);
      assertEquals(lastFrame, Files.size(open), "torn at " + cut + " before zeros");
      check(Arrays.copyOf(openBytes, cut));
      assertEquals(lastFrame, Files.size(open), "torn at " + cut + " before the end of the file");
    }
  }

  @Test
  void anyFlippedBitBeforeTheLastFrameIsRefused() throws IOException {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      byte[] content = openBytes.clone();
      int at = 8 + random.nextInt(frames.getLast() - 8);
      content[at] ^= (byte) (1 << random.nextInt(8));
      assertDamaged(content);
    }
  }

  @Test
  void bytesAfterTheEndAreRefused() throws IOException {
    byte[] content = openBytes.clone();
    content[openEnd + 100] = 1;
    assertDamaged(content);
  }

  @Test
  void aClosedSegmentMustReachItsEnd() throws IOException {
    Files.write(open, openBytes);
    Path closed = SegmentFile.list(folder).getFirst().path();
    byte[] before = Files.readAllBytes(closed);
    try {
      Files.write(closed, Arrays.copyOf(before, before.length - 10));
      MemberDirectoryException e =
          assertThrows(
              MemberDirectoryException.class,
              () -> SegmentCheck.run(shared, folder, LogPosition.NONE));
      assertEquals(Reason.LOG_DAMAGED, e.reason());
    } finally {
      Files.write(closed, before);
    }
  }

  @Test
  void aMissingSegmentIsRefused() throws IOException {
    Files.write(open, openBytes);
    Path closed = SegmentFile.list(folder).getFirst().path();
    Path aside = shared.resolve("aside");
    Files.move(closed, aside);
    try {
      MemberDirectoryException e =
          assertThrows(
              MemberDirectoryException.class,
              () -> SegmentCheck.run(shared, folder, LogPosition.NONE));
      assertEquals(Reason.SNAPSHOT_TOO_OLD, e.reason());
    } finally {
      Files.move(aside, closed);
    }
  }

  @Test
  void aMemberWithATornTailStartsAndKeepsWhatWasFlushed() throws Exception {
    Path copy = shared.resolve("copy");
    try (RatisLogCluster again = new RatisLogCluster(copy, "a").startAll()) {
      again.awaitLeader();
      for (int i = 0; i < RECORDS; i++) {
        again.propose("a", "record " + i);
      }
      LogPosition last = again.propose("a", "torn");
      again.awaitCommitted("a", last);
      again.stop("a");
      SegmentFile segment =
          SegmentFile.list(copy.resolve("a/raft/" + again.shardId + "/current")).getLast();
      List<Integer> offsets = new ArrayList<>();
      SegmentScan scan = SegmentScan.of(segment, (entry, offset) -> offsets.add((int) offset));
      byte[] bytes = Arrays.copyOf(Files.readAllBytes(segment.path()), (int) scan.goodBytes());
      Arrays.fill(bytes, offsets.getLast() + 10, bytes.length, (byte) 0);
      Files.write(segment.path(), Arrays.copyOf(bytes, bytes.length + 4096));
      again.start("a", false);
      LogPosition next = again.propose(again.awaitLeader(), "next");
      again.awaitCommitted("a", next);
      assertEquals(RECORDS, again.heard.get("a").texts().size() - 1);
      assertTrue(again.heard.get("a").texts().contains("record " + (RECORDS - 1)));
    }
  }

  /** What a deposed leader wrote alone is no part of the snapshot that stands where it stood. */
  @Test
  void aLogThatWentAnotherWayBeforeTheSnapshotIsDropped(@TempDir Path copy) throws IOException {
    Files.write(open, openBytes);
    for (SegmentFile each : SegmentFile.list(folder)) {
      Files.copy(each.path(), copy.resolve(each.path().getFileName()));
    }
    List<LogPosition> positions = new ArrayList<>();
    SegmentScan.of(
        SegmentFile.list(copy).getLast(),
        (entry, offset) -> positions.add(new LogPosition(entry.getTerm(), entry.getIndex())));
    LogPosition inside = positions.get(positions.size() / 2);
    SegmentCheck.run(shared, copy, inside);
    assertTrue(SegmentFile.list(copy).size() >= 2, "the snapshot is of this very log");
    SegmentCheck.run(shared, copy, new LogPosition(inside.term() + 5, inside.index()));
    assertTrue(SegmentFile.list(copy).isEmpty(), "the log is not that of the snapshot");
  }
}
