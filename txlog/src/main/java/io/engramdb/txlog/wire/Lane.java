package io.engramdb.txlog.wire;

import org.jspecify.annotations.Nullable;

/** What a connection is for; each lane has a thread of its own at both ends. */
public enum Lane {
  /** Entries of the log and their acknowledgements: bulk, may wait for disks and locks. */
  APPENDS(1),
  /** Heartbeats, votes and whatever else is small and must not wait behind bulk. */
  CONTROL(2),
  /** What is in no log and may be lost: bulk that must hold up neither of the others. */
  MESSAGES(3);

  private final int code;

  Lane(int code) {
    this.code = code;
  }

  /** The byte that stands for it in a hello. */
  public int code() {
    return code;
  }

  static @Nullable Lane of(int code) {
    for (Lane lane : values()) {
      if (lane.code == code) {
        return lane;
      }
    }
    return null;
  }
}
