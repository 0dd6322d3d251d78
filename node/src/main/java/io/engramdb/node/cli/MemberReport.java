package io.engramdb.node.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What one member said about itself, or that it said nothing.
 *
 * @param role primary, replica, log-voter or snapshotter
 * @param state up, starting (its process runs but does not serve) or down
 * @param port client port; 0 for a log-only voter
 * @param pid null if no process runs
 * @param term Raft term it is in; -1 if unknown
 * @param commitIndex -1 if unknown
 * @param appliedIndex -1 if unknown or if it applies nothing
 * @param detail why it is not up
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record MemberReport(
    String name,
    String zone,
    String role,
    String state,
    String host,
    int port,
    int logPort,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable Long pid,
    long term,
    long commitIndex,
    long appliedIndex,
    @Nullable String detail) {
  static final String PRIMARY = "primary";
  static final String REPLICA = "replica";
  static final String LOG_VOTER = "log-voter";
  static final String SNAPSHOTTER = "snapshotter";
  static final String UP = "up";
  static final String STARTING = "starting";
  static final String DOWN = "down";

  /** What a member is as long as it does not lead. */
  static String roleOf(ClusterMember member) {
    return switch (member.role()) {
      case ClusterMember.DATA -> REPLICA;
      case ClusterMember.SNAPSHOTTER -> SNAPSHOTTER;
      default -> LOG_VOTER;
    };
  }

  /** A member that gave no answer. */
  static MemberReport silent(ClusterMember member, @Nullable Long pid, String detail) {
    return new MemberReport(
        member.name(),
        member.zone(),
        roleOf(member),
        pid == null ? DOWN : STARTING,
        member.host(),
        member.port(),
        member.logPort(),
        pid,
        -1,
        -1,
        -1,
        detail);
  }

  @JsonIgnore
  boolean isUp() {
    return state.equals(UP);
  }

  @JsonIgnore
  boolean isPrimary() {
    return role.equals(PRIMARY);
  }

  /** The same member as a replica: one that still thinks it is primary while a later one is. */
  MemberReport asReplica() {
    return new MemberReport(
        name,
        zone,
        REPLICA,
        state,
        host,
        port,
        logPort,
        pid,
        term,
        commitIndex,
        appliedIndex,
        "believes it is primary of an earlier term");
  }
}
