package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Election time-outs are minutes here: only what does not wait for one ends before the tests do.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LeaderWatchTest {
  private static final int NEVER_MS = 600_000;

  private static final TimeUnit UNIT = TimeUnit.MILLISECONDS;

  @TempDir Path root;

  private RatisLogCluster patient(String names) throws IOException {
    RatisLogCluster cluster = new RatisLogCluster(root, names);
    cluster.timeoutMinMs = NEVER_MS;
    cluster.timeoutMaxMs = NEVER_MS + 1000;
    cluster.overrides =
        properties -> {
          Rpc.setFirstElectionTimeoutMin(properties, TimeDuration.valueOf(300, UNIT));
          Rpc.setFirstElectionTimeoutMax(properties, TimeDuration.valueOf(900, UNIT));
        };
    return cluster;
  }

  @Test
  void aLeaderWhoseProcessEndedIsReplacedWithoutWaitingForATimeOut() throws Exception {
    try (RatisLogCluster cluster = patient("abc").startAll()) {
      String leader = cluster.awaitLeader();
      cluster.awaitCommitted(leader, cluster.propose(leader, "before"));
      cluster.stop(leader);
      String successor = cluster.awaitLeader();
      assertNotEquals(leader, successor);
      cluster.awaitCommitted(successor, cluster.propose(successor, "after"));
    }
  }

  @Test
  void afterTheEndOfAFollowerNobodyStandsForElection() throws Exception {
    try (RatisLogCluster cluster = patient("abc").startAll()) {
      String leader = cluster.awaitLeader();
      long term = cluster.heard.get(leader).readyTerm();
      cluster.awaitCommitted(leader, cluster.propose(leader, "before"));
      cluster.stop(cluster.other(leader));
      for (int i = 0; i < 50; i++) {
        cluster.awaitCommitted(leader, cluster.propose(leader, "after " + i));
      }
      assertEquals(term, cluster.logs.get(leader).status().term());
    }
  }
}
