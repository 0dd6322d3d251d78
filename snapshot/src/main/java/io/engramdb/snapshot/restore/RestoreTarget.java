package io.engramdb.snapshot.restore;

import java.time.Instant;

/** Which moment is wanted. */
public sealed interface RestoreTarget {

  /** In words. */
  String text();

  /** Everything that was acknowledged by then, and nothing that began later. */
  record Time(long ms) implements RestoreTarget {
    @Override
    public String text() {
      return "as of " + Instant.ofEpochMilli(ms);
    }
  }

  /** Everything up to a log index. */
  record Index(long index) implements RestoreTarget {
    @Override
    public String text() {
      return "as of index " + index;
    }
  }

  /** Everything that is archived. */
  record Newest() implements RestoreTarget {
    @Override
    public String text() {
      return "as of the end of the archive";
    }
  }
}
