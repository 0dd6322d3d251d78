package io.engramdb.snapshot.rdb;

/** Hears how far a long reading is, on the thread that reads; must return at once. */
@FunctionalInterface
public interface ReadWatcher {

  /** Nobody. */
  ReadWatcher NONE = (keys, doneBytes) -> {};

  /**
   * So much is done.
   *
   * @param keys keys that were read; 0 while only bytes are
   * @param doneBytes bytes of the source that were read
   */
  void at(long keys, long doneBytes);
}
