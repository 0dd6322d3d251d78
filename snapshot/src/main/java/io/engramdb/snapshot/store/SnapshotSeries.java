package io.engramdb.snapshot.store;

import java.util.Locale;

/** Why a snapshot is in a store, and so who may delete it. */
public enum SnapshotSeries {
  /** Made in the daily window; goes when its time is over. */
  AUTOMATIC,
  /** Made because somebody asked; goes when somebody asks. */
  MANUAL;

  /** First part of the names of its objects. */
  public String folder() {
    return name().toLowerCase(Locale.ROOT);
  }
}
