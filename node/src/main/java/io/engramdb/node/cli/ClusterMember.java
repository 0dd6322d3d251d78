package io.engramdb.node.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * One process of a local cluster.
 *
 * @param name name of the member and of its directory
 * @param zone the zone that it plays
 * @param role "data", "log-voter" or "snapshotter"
 * @param host address that clients and other members use
 * @param port client port, a snapshotter's for whoever looks after it; 0 for a log-only voter
 * @param logPort port of its log
 * @param nodeId 40 hexadecimal digits, the identity that cluster clients see
 */
record ClusterMember(
    String name, String zone, String role, String host, int port, int logPort, String nodeId) {
  static final String DATA = "data";
  static final String LOG_VOTER = "log-voter";
  static final String SNAPSHOTTER = "snapshotter";

  /** Whether the member serves data. */
  @JsonIgnore
  boolean holdsData() {
    return role.equals(DATA);
  }

  /** Whether the member has all data, snapshots of it, and a client port. */
  @JsonIgnore
  boolean keepsSnapshots() {
    return !role.equals(LOG_VOTER);
  }
}
