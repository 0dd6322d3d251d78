package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.FlushListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.api.TxLogConfig;
import io.engramdb.txlog.sim.NoticeRecorder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A member whose log or listener is broken says so, and acknowledges nothing any more. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LogFailureTest {
  @TempDir Path root;

  @Test
  void aFailedDiskIsToldToTheListenerAndNothingIsCommittedAfterIt() throws Exception {
    assertFailureIsTold(
        () -> {
          throw new UncheckedIOException(new IOException("the disk of this test is broken"));
        });
  }

  @Test
  void aThreadOfTheLogThatEndsIsToldToTheListener() throws Exception {
    assertFailureIsTold(
        () -> {
          throw new IllegalStateException("a thread of this test is broken");
        });
  }

  private void assertFailureIsTold(Runnable fault) throws IOException {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      String leader = cluster.awaitLeader();
      cluster.awaitCommitted(leader, cluster.propose(leader, "good"));
      NoticeRecorder heard = cluster.heard.get(leader);
      cluster.logs.get(leader).bridge().beforeFlush(fault);
      LogPosition lost = cluster.propose(leader, "never flushed");
      RatisLogCluster.await("the failure", () -> heard.logFailure() != null);
      assertFalse(heard.positions().contains(lost.toString()));
    }
  }

  @Test
  void aListenerThatThrowsEndsTheLog() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a")) {
      NoticeRecorder heard =
          new NoticeRecorder() {
            @Override
            public void onLeaderReady(long term, long startIndex) {
              throw new IllegalStateException("the listener of this test is broken");
            }
          };
      try (RatisTxLog log = new RatisTxLog(cluster.config("a", true))) {
        log.start(heard);
        RatisLogCluster.await("the failure", () -> heard.logFailure() != null);
        assertEquals("the listener of this test is broken", heard.logFailure().getMessage());
      }
    }
  }

  @Test
  void closingIsNoFailureAndLeavesNothingOpen() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      String leader = cluster.awaitLeader();
      NoticeRecorder heard = cluster.heard.get(leader);
      RatisTxLog log = cluster.logs.get(leader);
      long term = heard.readyTerm();
      log.close();
      log.close();
      assertNull(heard.logFailure());
      TxLog.PositionHolder at = new TxLog.PositionHolder();
      assertEquals(ProposeResult.UNAVAILABLE, cluster.propose(leader, term, 1, "late", at));
      assertTrue(log.transferLeadership(null, 100).isCompletedExceptionally());
      assertFalse(log.status().leading());
    }
  }

  @Test
  void aMemberWithoutItsGuardDoesNotStart() throws Exception {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a")) {
      TxLogConfig config = cluster.config("a", true);
      try (RatisTxLog log =
          new RatisTxLog(
              config,
              FlushListener.NONE,
              properties -> properties.set("raft.rpc.type", OtherGuard.class.getName()))) {
        IOException refused = null;
        try {
          log.start(new NoticeRecorder());
        } catch (IOException e) {
          refused = e;
        }
        assertNotNull(refused);
        assertTrue(refused.getMessage().contains("not in the path"), refused.getMessage());
      }
      assertTrue(Files.exists(config.directory().resolve("identity")));
      // And it did not keep the directory.
      cluster.start("a", false);
    }
  }

  /** The transport with a guard that the member knows nothing of. */
  public static final class OtherGuard extends GuardedRpc {
    @Override
    AppendGuard guard(Parameters parameters) {
      return new AppendGuard();
    }
  }
}
