package io.engramdb.node.command;

/**
 * One member of a shard, as configured. Immutable.
 *
 * @param name the member's name, unique in the shard
 * @param nodeId 40 hexadecimal digits, the identity that cluster clients see
 * @param zone availability zone, empty if none is configured
 * @param role what it does
 * @param host address that clients are told
 * @param port port that clients are told; 0 for a log-only voter
 */
public record ShardMember(
    String name, String nodeId, String zone, Role role, String host, int port) {

  /** What a member does. */
  public enum Role {
    /** Votes and serves data. */
    DATA("data"),
    /** Votes, keeps the log alone and serves no client. */
    LOG_VOTER("log-voter"),
    /** Makes snapshots and archives the log; has no vote and serves no data. */
    SNAPSHOTTER("snapshotter");

    private final String word;

    Role(String word) {
      this.word = word;
    }

    /** As INFO and the configuration have it. */
    public String word() {
      return word;
    }
  }

  /** Whether clients find data there. */
  public boolean holdsData() {
    return role == Role.DATA;
  }

  /** Whether what it has on disk counts. */
  public boolean votes() {
    return role != Role.SNAPSHOTTER;
  }
}
