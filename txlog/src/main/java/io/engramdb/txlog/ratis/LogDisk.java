package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a running member does with its retained log: read it again, purge it, weigh it. Thread-safe;
 * not for the shard's thread, since it reads the disk.
 */
final class LogDisk {
  private static final Logger LOG = LoggerFactory.getLogger(LogDisk.class);

  /** How old a look at the files may be while the log grows, nanoseconds. */
  private static final long MAX_LOOK_AGE_NS = 1_000_000_000;

  /** What the files took, and when that was so. */
  private record Look(long flushIndex, long atNs, long sizeBytes) {}

  private final MemberDirectory directory;
  private final RaftServer.Division division;
  private final CommittedEntryStateMachine bridge;
  private LogPosition floor;
  private volatile @Nullable Look look;

  LogDisk(
      MemberDirectory directory,
      RaftServer.Division division,
      CommittedEntryStateMachine bridge,
      LogPosition floor) {
    this.directory = directory;
    this.division = division;
    this.bridge = bridge;
    this.floor = floor;
  }

  void replay(long firstIndex, long lastIndex, TxLog.ReplayConsumer consumer) throws IOException {
    long applied = division.getInfo().getLastAppliedIndex();
    if (lastIndex > applied) {
      throw new IOException("index " + lastIndex + " is not committed here, " + applied + " is");
    }
    for (long index = firstIndex; index <= lastIndex; index++) {
      LogEntryProto entry = division.getRaftLog().get(index);
      if (entry == null) {
        throw new IOException(
            "index " + index + " is not in the log: it begins at " + startIndex());
      }
      if (!entry.hasStateMachineLogEntry()) {
        continue;
      }
      ByteString logData = entry.getStateMachineLogEntry().getLogData();
      RecordEnvelope record = RecordEnvelope.header(logData);
      // The same rule as when it was applied: such a record does not exist.
      if (record.epoch() == entry.getTerm()) {
        consumer.record(entry.getTerm(), index, record.kind(), RecordEnvelope.payload(logData));
      }
    }
  }

  private long startIndex() {
    return division.getRaftLog().getStartIndex();
  }

  /**
   * Cuts whole segments that end at or before an index. What is reported to Ratis as "snapshot"
   * from then on is exactly the last entry that is gone: with any other position its leader asks a
   * follower for ever to install a snapshot.
   */
  synchronized void purge(long lastIndex) {
    long allowed = Math.min(lastIndex, division.getInfo().getLastAppliedIndex());
    try {
      long cut = -1;
      for (SegmentFile segment : SegmentFile.list(directory.segments())) {
        if (!segment.isOpen() && segment.endIndex() <= allowed) {
          cut = segment.endIndex();
        }
      }
      TermIndex last = cut > floor.index() ? division.getRaftLog().getTermIndex(cut) : null;
      if (last == null) {
        return;
      }
      LogPosition next = new LogPosition(last.getTerm(), last.getIndex());
      FloorFile.write(directory.floorFile(), next);
      floor = next;
      bridge.snapshot(next);
      division
          .getRaftLog()
          .purge(cut)
          .whenComplete(
              (index, failure) -> {
                look = null;
                if (failure != null) {
                  LOG.warn(
                      "purge up to {} failed; it will be tried with the next one", next, failure);
                }
              });
      LOG.info("log is purged up to {}", next);
    } catch (IOException e) {
      // Nothing is lost by keeping more. A disk that can't write fails the log by itself.
      LOG.warn("purge up to {} failed; it will be tried with the next one", lastIndex, e);
    }
  }

  /**
   * Bytes that the log's files take: as of the last look, if nothing was flushed since or that was
   * a moment ago. A log has many files, and its status is asked for several times a second.
   */
  long sizeBytes() {
    long nowNs = System.nanoTime();
    long flushIndex = division.getRaftLog().getFlushIndex();
    Look last = look;
    if (last != null && (last.flushIndex == flushIndex || nowNs - last.atNs < MAX_LOOK_AGE_NS)) {
      return last.sizeBytes;
    }
    Look next = new Look(flushIndex, nowNs, measure());
    look = next;
    return next.sizeBytes;
  }

  private long measure() {
    long sum = 0;
    try (Stream<Path> files = Files.list(directory.segments())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        sum += Files.exists(file) ? Files.size(file) : 0;
      }
    } catch (IOException e) {
      // A segment that was renamed or purged while we looked; the figure is for display.
      LOG.debug("size of the log", e);
    }
    return sum;
  }
}
