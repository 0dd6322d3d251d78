package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.MemberDirectoryException;
import io.engramdb.txlog.api.MemberDirectoryException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A log that was cut goes on: on its own member, and for members that were away. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PurgeTest {
  private static final String KILOBYTE = "x".repeat(1024);

  @TempDir Path root;

  private RatisLogCluster smallSegments(String names) throws IOException {
    RatisLogCluster cluster = new RatisLogCluster(root, names);
    cluster.overrides =
        properties -> {
          RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("16KB"));
          RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("4KB"));
        };
    return cluster;
  }

  private LogPosition write(RatisLogCluster cluster, String leader, int count) {
    LogPosition last = null;
    for (int i = 0; i < count; i++) {
      last = cluster.propose(leader, KILOBYTE);
    }
    cluster.awaitCommitted(leader, last);
    return last;
  }

  private static long firstIndex(RatisLogCluster cluster, String name) {
    return cluster.logs.get(name).status().firstIndex();
  }

  @Test
  void aPurgedMemberRestartsFromItsSnapshotAndNotWithout() throws Exception {
    try (RatisLogCluster cluster = smallSegments("a").startAll()) {
      cluster.awaitLeader();
      LogPosition snapshot = write(cluster, "a", 100);
      LogPosition last = write(cluster, "a", 30);
      cluster.logs.get("a").purge(snapshot.index());
      RatisLogCluster.await("purge", () -> firstIndex(cluster, "a") > 0);
      assertTrue(firstIndex(cluster, "a") <= snapshot.index() + 1, "no more than was allowed");
      assertThrows(IOException.class, () -> cluster.logs.get("a").replay(0, 1, (t, i, k, p) -> {}));
      cluster.stop("a");

      MemberDirectoryException e =
          assertThrows(MemberDirectoryException.class, () -> cluster.start("a", false));
      assertEquals(Reason.SNAPSHOT_TOO_OLD, e.reason());

      cluster.start(cluster.config("a", false).withSnapshot(snapshot));
      cluster.awaitCommitted("a", last);
      List<String> positions = cluster.heard.get("a").positions();
      assertEquals(snapshot.term() + ":" + (snapshot.index() + 1), positions.getFirst());
      cluster.awaitCommitted("a", cluster.propose(cluster.awaitLeader(), "on"));
    }
  }

  @Test
  void aMemberThatWasAwayCatchesUpFromTheFirstRetainedEntry() throws Exception {
    try (RatisLogCluster cluster = smallSegments("abc").startAll()) {
      String leader = cluster.awaitLeader();
      String away = cluster.other(leader);
      LogPosition known = write(cluster, leader, 40);
      cluster.awaitCommittedEverywhere(known);
      cluster.stop(away);
      // A new term closes the segment exactly where the absent member's log ends: what it needs
      // next
      // is the first retained entry, and what stands before that is known only from the floor.
      String next = cluster.other(leader);
      cluster.logs.get(leader).transferLeadership(next, 5_000).get(20, TimeUnit.SECONDS);
      assertEquals(next, cluster.awaitLeader());
      LogPosition last = write(cluster, next, 10);
      cluster.logs.get(next).purge(known.index());
      RatisLogCluster.await("purge", () -> firstIndex(cluster, next) == known.index() + 1);
      cluster.start(away, false);
      cluster.awaitCommitted(away, last);
      assertEquals(cluster.heard.get(next).positions(), cluster.heard.get(away).positions());
    }
  }

  @Test
  void aMemberWhoseLogEndsBeforeTheLeadersBeginsGoesOnFromASnapshot() throws Exception {
    try (RatisLogCluster cluster = smallSegments("abc").startAll()) {
      String leader = cluster.awaitLeader();
      String away = cluster.other(leader);
      cluster.awaitCommittedEverywhere(write(cluster, leader, 5));
      cluster.stop(away);
      LogPosition snapshot = write(cluster, leader, 100);
      cluster.logs.get(leader).purge(snapshot.index());
      RatisLogCluster.await("purge", () -> firstIndex(cluster, leader) > 10);
      LogPosition last = write(cluster, leader, 10);
      cluster.start(away, false);
      RatisLogCluster.await("word of it", () -> cluster.heard.get(away).has("too far behind"));
      cluster.stop(away);
      cluster.start(cluster.config(away, false).withSnapshot(snapshot));
      cluster.awaitCommitted(away, last);
      List<String> positions = cluster.heard.get(away).positions();
      assertEquals(snapshot.term() + ":" + (snapshot.index() + 1), positions.getFirst());

      // And once more from its own, now different, log.
      cluster.stop(away);
      cluster.start(cluster.config(away, false).withSnapshot(snapshot));
      cluster.awaitCommitted(away, cluster.propose(leader, "on"));
    }
  }
}
