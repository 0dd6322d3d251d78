package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.MemberDirectoryException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks through a log before Ratis opens it.
 *
 * <p>A crash in the middle of a write leaves a bad frame at the end of the open segment, followed
 * by nothing but the zeros of preallocation. Ratis refuses to start on that, or, told otherwise,
 * drops whatever follows any bad frame, acknowledged entries included. Here a torn end is cut off,
 * for what was never flushed was never acknowledged; everything else that is wrong is refused.
 */
final class SegmentCheck {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentCheck.class);

  private SegmentCheck() {}

  /**
   * Makes the log one that Ratis starts on.
   *
   * @param snapshot what the caller has already: the log must continue it without a gap
   * @throws IOException if it is damaged where no crash can have damaged it; nothing was changed
   */
  static void run(Path root, Path folder, LogPosition snapshot) throws IOException {
    List<SegmentFile> segments = SegmentFile.list(folder);
    long next = -1;
    long[] termAtSnapshot = {snapshot.term()};
    SegmentScan last = null;
    SegmentFile lastFile = null;
    for (SegmentFile segment : segments) {
      if (next < 0) {
        checkBegin(root, segment, snapshot);
      } else if (segment.startIndex() != next) {
        throw damaged(root, segment, "should begin at " + next);
      }
      if (last != null && last.problem() != null) {
        throw damaged(root, lastFile, last.problem());
      }
      last =
          SegmentScan.of(
              segment,
              (entry, offset) -> {
                if (entry.getIndex() == snapshot.index()) {
                  termAtSnapshot[0] = entry.getTerm();
                }
              });
      lastFile = segment;
      if (last.problem() != null && !last.torn()) {
        throw damaged(root, segment, last.problem());
      }
      if (!segment.isOpen() && last.lastIndex() != segment.endIndex()) {
        throw damaged(root, segment, "ends at index " + last.lastIndex());
      }
      next = last.lastIndex() + 1;
    }
    if (last == null) {
      return;
    }
    if (last.problem() != null) {
      cutTail(lastFile.path(), last);
    }
    // Another term there: from there on nothing in this log was ever committed.
    if (last.lastIndex() < snapshot.index() || termAtSnapshot[0] != snapshot.term()) {
      dropCovered(folder, segments, snapshot);
    }
  }

  private static void checkBegin(Path root, SegmentFile first, LogPosition snapshot)
      throws IOException {
    if (first.startIndex() > snapshot.index() + 1) {
      throw MemberDirectory.refused(
          Reason.SNAPSHOT_TOO_OLD,
          root,
          "has a log that begins at " + first.startIndex() + ", the snapshot ends at " + snapshot);
    }
  }

  private static void cutTail(Path file, SegmentScan scan) throws IOException {
    long before = Files.size(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(scan.goodBytes());
      channel.force(true);
    }
    LOG.warn(
        "{} had a torn end ({}): cut from {} to {} bytes; what was there was never acknowledged",
        file,
        scan.problem(),
        before,
        scan.goodBytes());
  }

  /**
   * The snapshot reaches beyond the end of the log, or of what is right in it, and so contains
   * everything in it that is committed. Ratis would leave a hole between the two; it starts right
   * on an empty log.
   */
  private static void dropCovered(Path folder, List<SegmentFile> segments, LogPosition snapshot)
      throws IOException {
    // Newest first: a crash in between leaves a log that is again shorter than the snapshot.
    for (SegmentFile segment : segments.reversed()) {
      Files.delete(segment.path());
    }
    ChecksummedFile.forceDirectory(folder);
    LOG.warn("the log ended, or went another way, before snapshot {}: it is replaced", snapshot);
  }

  private static IOException damaged(Path root, SegmentFile segment, String what) {
    return MemberDirectory.refused(
        Reason.LOG_DAMAGED,
        root,
        "has a damaged log: "
            + segment.path().getFileName()
            + " "
            + what
            + "; remove this member and add it again under a new name");
  }
}
