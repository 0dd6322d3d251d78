package io.engramdb.snapshot.restore;

import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One snapshot, the segments of the archived log behind it, and where to stop.
 *
 * @param target what was wanted, in words
 * @param base null if the log has everything from its first record on
 * @param segments in the order of the log, without gaps from the base to the end
 * @param lastIndex last log index that counts
 * @param lastTimeMs time of the newest DATA record up to there, Unix milliseconds; 0: none
 */
public record RestorePlan(
    LogArchive.History history,
    String target,
    @Nullable StoredSnapshot base,
    List<SegmentHead> segments,
    long lastIndex,
    long lastTimeMs) {

  public RestorePlan {
    segments = List.copyOf(segments);
  }

  /** First log index that is needed. */
  public long fromIndex() {
    if (base != null) {
      return base.manifest().index() + 1;
    }
    return segments.isEmpty() ? 0 : segments.getFirst().firstIndex();
  }

  /** The plan, a line for each step. */
  public List<String> text() {
    List<String> lines = new ArrayList<>();
    lines.add(target + ", history " + history);
    lines.add(
        base == null
            ? "begin without keys"
            : "load snapshot %s: %d keys, index %d"
                .formatted(base.path(), base.manifest().keys(), base.manifest().index()));
    long bytes = segments.stream().mapToLong(SegmentHead::sizeBytes).sum();
    if (!segments.isEmpty()) {
      lines.add(
          "read %d segments of the archived log, %d bytes, from index %d"
              .formatted(segments.size(), bytes, fromIndex()));
    }
    lines.add(
        "stop behind index %d%s"
            .formatted(
                lastIndex,
                lastTimeMs == 0
                    ? ""
                    : ", whose newest write is of " + Instant.ofEpochMilli(lastTimeMs)));
    return lines;
  }
}
