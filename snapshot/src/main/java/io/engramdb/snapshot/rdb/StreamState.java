package io.engramdb.snapshot.rdb;

/**
 * What a stream knows beside its entries. Files before version 10 hold length and last id alone;
 * the reader derives the rest as a server does.
 *
 * @param length entries that are not deleted, as the stream says; a few old files hold others than
 *     that, because their server had miscounted
 * @param lastId highest id ever given
 * @param firstId id of the first entry; 0-0 if there is none, or, derived, the last id there is
 * @param maxDeletedId highest id that was deleted
 * @param entriesAdded entries that were ever added
 */
public record StreamState(
    long length, StreamId lastId, StreamId firstId, StreamId maxDeletedId, long entriesAdded) {

  /** A group's count of read entries when nobody knows it. */
  public static final long UNKNOWN_ENTRIES_READ = -1;

  /**
   * How many entries were added up to an id, if that can be told without counting.
   *
   * @return that number, or {@link #UNKNOWN_ENTRIES_READ}
   */
  long estimateEntriesUpTo(StreamId id) {
    if (entriesAdded == 0) {
      return 0;
    }
    int toLast = id.compareTo(lastId);
    if (length == 0 && toLast <= 0) {
      return entriesAdded;
    }
    if (toLast == 0) {
      return entriesAdded;
    }
    if (toLast > 0) {
      return UNKNOWN_ENTRIES_READ;
    }
    boolean wholeAfterFirst =
        maxDeletedId.equals(StreamId.ZERO) || maxDeletedId.compareTo(firstId) < 0;
    int toFirst = id.compareTo(firstId);
    if (wholeAfterFirst && toFirst <= 0) {
      return entriesAdded - length + (toFirst == 0 ? 1 : 0);
    }
    return UNKNOWN_ENTRIES_READ;
  }
}
