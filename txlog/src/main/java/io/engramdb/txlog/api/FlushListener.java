package io.engramdb.txlog.api;

/** Told how long each flush of a member's log to its disk took; for statistics. */
@FunctionalInterface
public interface FlushListener {

  /** For those who do not care. */
  FlushListener NONE = elapsedNs -> {};

  /**
   * One flush has ended. Runs on the log's writing thread, one flush at a time: what is done here
   * delays the next one.
   *
   * @param elapsedNs its duration, nanoseconds
   */
  void flushed(long elapsedNs);
}
