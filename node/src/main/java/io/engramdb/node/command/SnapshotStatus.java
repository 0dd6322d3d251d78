package io.engramdb.node.command;

/**
 * What this node knows of its own snapshots, for INFO and its like.
 *
 * @param running one is being made
 * @param startedMs when it began, Unix milliseconds
 * @param shownKeys keys of it that are written
 * @param totalKeys keys that there were when it began
 * @param lastSavedMs when the newest one was complete, or the process began
 * @param lastFailed whether the last attempt failed
 * @param lastTookMs how long the last one took; -1 if there was none
 * @param saves how many this process has made
 * @param savedChanges changes of the data that the newest one contains
 * @param savedIndex log index that it contains; -1 if there is none
 * @param savedSizeBytes bytes of its file
 */
public record SnapshotStatus(
    boolean running,
    long startedMs,
    long shownKeys,
    long totalKeys,
    long lastSavedMs,
    boolean lastFailed,
    long lastTookMs,
    long saves,
    long savedChanges,
    long savedIndex,
    long savedSizeBytes) {

  /** Of a node that keeps none. */
  public static final SnapshotStatus NONE =
      new SnapshotStatus(false, 0, 0, 0, 0, false, -1, 0, 0, -1, 0);
}
