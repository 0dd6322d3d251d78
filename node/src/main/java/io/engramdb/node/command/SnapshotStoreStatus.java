package io.engramdb.node.command;

/**
 * What this node knows of its shard's snapshots in the store.
 *
 * @param configured whether there is a store and a window
 * @param uploading this node brings one there just now
 * @param newestMs when the newest one that was seen there was made, Unix milliseconds; 0: none
 * @param verifiedMs when the newest one that this node has read back was made; 0: none
 * @param stored how many this process has brought there
 * @param missedWindows windows that ended without one since this process began
 * @param lastError what went wrong last; empty if the last attempt succeeded
 */
public record SnapshotStoreStatus(
    boolean configured,
    boolean uploading,
    long newestMs,
    long verifiedMs,
    long stored,
    long missedWindows,
    String lastError) {

  /** Of a node without a store. */
  public static final SnapshotStoreStatus NONE =
      new SnapshotStoreStatus(false, false, 0, 0, 0, 0, "");

  /** Of a node that has one and has not looked yet. */
  public static final SnapshotStoreStatus CONFIGURED =
      new SnapshotStoreStatus(true, false, 0, 0, 0, 0, "");

  /** One that was made then is there. */
  public SnapshotStoreStatus seen(long madeMs) {
    return new SnapshotStoreStatus(
        configured,
        uploading,
        Math.max(newestMs, madeMs),
        verifiedMs,
        stored,
        missedWindows,
        lastError);
  }

  public SnapshotStoreStatus uploading(boolean now) {
    return new SnapshotStoreStatus(
        configured, now, newestMs, verifiedMs, stored, missedWindows, lastError);
  }

  /** This node has brought one there, and read it back. */
  public SnapshotStoreStatus stored(long madeMs) {
    return new SnapshotStoreStatus(
        configured, uploading, Math.max(newestMs, madeMs), madeMs, stored + 1, missedWindows, "");
  }

  public SnapshotStoreStatus failed(String why) {
    return new SnapshotStoreStatus(
        configured, uploading, newestMs, verifiedMs, stored, missedWindows, oneLine(why));
  }

  public SnapshotStoreStatus missed(String why) {
    return new SnapshotStoreStatus(
        configured, uploading, newestMs, verifiedMs, stored, missedWindows + 1, oneLine(why));
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\r\\n]+", " ");
  }
}
