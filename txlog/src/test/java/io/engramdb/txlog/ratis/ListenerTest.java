package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member that hears the log and has no vote: it may be away, come back, even with an empty disk,
 * and nobody waits for it.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ListenerTest {
  private static final String LISTENER = "l";
  private static final String KILOBYTE = "x".repeat(1024);

  @TempDir Path root;

  /** On a busy machine a leader must not lose its office for an answer that is a little late. */
  private static final int TIMEOUT_MS = 1500;

  /** A leader that hears no majority steps down after a time-out: until then a test may look. */
  private static final int LONE_LEADER_TIMEOUT_MS = 5000;

  private RatisLogCluster cluster(String voters) throws IOException {
    return cluster(voters, TIMEOUT_MS);
  }

  private RatisLogCluster cluster(String voters, int timeoutMinMs) throws IOException {
    RatisLogCluster cluster = new RatisLogCluster(root, voters);
    cluster.timeoutMinMs = timeoutMinMs;
    cluster.timeoutMaxMs = 2 * timeoutMinMs;
    cluster.members.add(RatisLogCluster.newMember(LISTENER, Member.Role.LISTENER));
    cluster.overrides =
        properties -> {
          RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("16KB"));
          RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("4KB"));
        };
    return cluster.startAll();
  }

  private static LogPosition write(RatisLogCluster cluster, String leader, int count) {
    LogPosition last = null;
    for (int i = 0; i < count; i++) {
      last = cluster.propose(leader, KILOBYTE);
    }
    cluster.awaitCommitted(leader, last);
    return last;
  }

  private static void loseDisk(RatisLogCluster cluster) throws IOException {
    try (Stream<Path> files = Files.walk(cluster.directory(LISTENER))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static LogStatus.Peer peer(RatisLogCluster cluster, String leader, String name) {
    return cluster.logs.get(leader).status().peers().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whileItIsAwayWritesGoOnAndItHearsOfThemLater() throws Exception {
    try (RatisLogCluster cluster = cluster("abc")) {
      String leader = cluster.awaitLeader();
      cluster.awaitCommittedEverywhere(write(cluster, leader, 5));
      assertFalse(peer(cluster, leader, LISTENER).votes());
      assertTrue(peer(cluster, leader, cluster.other(leader, LISTENER)).votes());
      cluster.stop(LISTENER);
      LogPosition last = write(cluster, leader, 50);
      cluster.start(LISTENER, false);
      cluster.awaitCommitted(LISTENER, last);
      assertEquals(55, cluster.heard.get(LISTENER).texts().size());
    }
  }

  /** The leader remembers what the lost log had; a voter would never be sent that again. */
  @Test
  void withAnEmptyDiskItHearsEverythingAgainFromTheSameLeader() throws Exception {
    try (RatisLogCluster cluster = cluster("abc")) {
      String leader = cluster.awaitLeader();
      cluster.awaitCommittedEverywhere(write(cluster, leader, 40));
      long term = cluster.heard.get(leader).readyTerm();
      cluster.stop(LISTENER);
      loseDisk(cluster);
      cluster.start(LISTENER, true);
      RatisLogCluster.await(
          "the listener to have everything",
          () -> cluster.heard.get(LISTENER).texts().size() == 40);
      cluster.awaitCommittedEverywhere(write(cluster, leader, 3));
      assertEquals(cluster.heard.get(leader).positions(), cluster.heard.get(LISTENER).positions());
      assertEquals(term, cluster.logs.get(leader).status().term(), "no other leader helped");
    }
  }

  @Test
  void withAnEmptyDiskBehindTheCutItGoesOnFromASnapshotOlderThanWhatItHad() throws Exception {
    try (RatisLogCluster cluster = cluster("abc")) {
      String leader = cluster.awaitLeader();
      LogPosition snapshot = write(cluster, leader, 60);
      cluster.awaitCommittedEverywhere(write(cluster, leader, 30));
      cluster.logs.get(leader).purge(snapshot.index());
      RatisLogCluster.await("purge", () -> cluster.logs.get(leader).status().firstIndex() > 10);
      cluster.stop(LISTENER);
      loseDisk(cluster);
      cluster.start(LISTENER, true);
      RatisLogCluster.await("word of it", () -> cluster.heard.get(LISTENER).has("too far behind"));
      cluster.stop(LISTENER);
      cluster.start(cluster.config(LISTENER, false).withSnapshot(snapshot));
      cluster.awaitCommittedEverywhere(write(cluster, leader, 3));
      List<String> positions = cluster.heard.get(LISTENER).positions();
      assertEquals(snapshot.term() + ":" + (snapshot.index() + 1), positions.getFirst());
      assertEquals(33, positions.size());
    }
  }

  @Test
  void whenTheLeaderIsGoneAVoterLeadsAndNeverTheListener() throws Exception {
    try (RatisLogCluster cluster = cluster("abc")) {
      for (int i = 0; i < 3; i++) {
        String leader = cluster.awaitLeader();
        cluster.awaitCommittedEverywhere(write(cluster, leader, 2));
        assertThrows(
            ExecutionException.class,
            () ->
                cluster
                    .logs
                    .get(leader)
                    .transferLeadership(LISTENER, 500)
                    .get(20, TimeUnit.SECONDS));
        cluster.stop(leader);
        String next = cluster.awaitLeader();
        assertTrue(!next.equals(LISTENER) && !next.equals(leader), next);
        LogPosition last = write(cluster, next, 2);
        cluster.start(leader, false);
        cluster.awaitCommitted(LISTENER, last);
      }
      List<String> heard = cluster.heard.get(LISTENER).notices();
      assertTrue(heard.stream().noneMatch(each -> each.startsWith("elected")), heard::toString);
    }
  }

  /** With the listener's disk there would be two of three. */
  @Test
  void whatItHasIsNoPartOfAMajority() throws Exception {
    try (RatisLogCluster cluster = cluster("ab", LONE_LEADER_TIMEOUT_MS)) {
      String leader = cluster.awaitLeader();
      LogPosition first = write(cluster, leader, 1);
      cluster.awaitCommittedEverywhere(first);
      cluster.stop(cluster.other(leader, LISTENER));
      LogPosition open = cluster.propose(leader, "no majority");
      RatisLogCluster.await(
          "the listener to have the record",
          () -> peer(cluster, leader, LISTENER).matchIndex() >= open.index());
      assertEquals(first, cluster.heard.get(leader).ahead().getLast());
      assertEquals(1, cluster.heard.get(LISTENER).texts().size());
    }
  }
}
