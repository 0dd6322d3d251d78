package io.engramdb.node.engine;

/** What a look-up does with a key whose time has passed. */
public enum ExpiryMode {
  /** Removes it and says so: on a primary, to observe an expired key is a write. */
  PRIMARY,
  /** Hides it but leaves it: on a replica only the primary's logged removal removes a key. */
  REPLICA_READ,
  /** Does not look at time at all: a record may hold turns of different times. */
  REPLAY
}
