package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.LogPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member has on disk, and what of it would survive a crash: term and vote always (they are
 * forced at once), of the log its first {@code durableCount} entries.
 */
final class SimDisk {
  long term;
  @Nullable String vote;
  final List<SimEntry> log = new ArrayList<>();

  /** Entries from the front of {@code log} that are forced; never above its size. */
  int durableCount;

  /** What was purged, by position of its last entry. Entries stay in {@code log}, out of reach. */
  LogPosition purged = LogPosition.NONE;

  long lastIndex() {
    return log.size() - 1L;
  }

  long termAt(long index) {
    return index < 0 ? 0 : log.get((int) index).term();
  }
}
