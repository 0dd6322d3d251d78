package io.engramdb.node.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a cluster is: the answer of {@code engram status}.
 *
 * @param state ok: every member is up and a primary serves; degraded: a primary serves, a member is
 *     missing; down: no primary serves
 */
record ClusterReport(String state, List<Shard> shards) {
  static final String OK = "ok";
  static final String DEGRADED = "degraded";
  static final String DOWN = "down";

  private static final String ALL_SLOTS = "0-16383";

  /** One shard. */
  record Shard(String id, String slots, long term, List<MemberReport> nodes) {}

  /** Draws the conclusion from what the members of the only shard said. */
  static ClusterReport of(String shardId, List<MemberReport> answers) {
    long primaryTerm = -1;
    long term = -1;
    for (MemberReport answer : answers) {
      term = Math.max(term, answer.term());
      if (answer.isPrimary()) {
        primaryTerm = Math.max(primaryTerm, answer.term());
      }
    }
    List<MemberReport> nodes = new ArrayList<>();
    boolean primary = false;
    boolean all = true;
    for (MemberReport answer : answers) {
      boolean real = answer.isPrimary() && !primary && answer.term() == primaryTerm;
      primary |= real;
      all &= answer.isUp();
      nodes.add(answer.isPrimary() && !real ? answer.asReplica() : answer);
    }
    String state = !primary ? DOWN : all ? OK : DEGRADED;
    return new ClusterReport(state, List.of(new Shard(shardId, ALL_SLOTS, term, nodes)));
  }

  @JsonIgnore
  List<MemberReport> members() {
    return shards.getFirst().nodes();
  }

  @JsonIgnore
  Optional<MemberReport> primary() {
    return members().stream().filter(MemberReport::isPrimary).findFirst();
  }

  /** Whether a primary serves and everybody is up who votes. */
  @JsonIgnore
  boolean isServed() {
    return !state.equals(DOWN)
        && members().stream()
            .filter(each -> !each.role().equals(MemberReport.SNAPSHOTTER))
            .allMatch(MemberReport::isUp);
  }

  /** What {@code status} ends with. */
  @JsonIgnore
  int exitCode() {
    return switch (state) {
      case OK -> ExitCode.OK;
      case DEGRADED -> ExitCode.DEGRADED;
      default -> ExitCode.DOWN;
    };
  }
}
