package io.engramdb.snapshot.restore;

import io.engramdb.snapshot.archive.ArchivedRecord;

/** Looks for something in records that come in the order of the log. */
public interface RecordSearch {

  /** The next record comes from elsewhere in the log, behind a whole run. */
  void restart();

  /**
   * Looks at the next record.
   *
   * @return index of the first record of the run that ends here and has what is wanted; -1 if none
   *     does
   */
  long look(ArchivedRecord record);
}
