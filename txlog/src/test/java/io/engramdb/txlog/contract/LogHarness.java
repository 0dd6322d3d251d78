package io.engramdb.txlog.contract;

import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.ratis.Partition;
import io.engramdb.txlog.ratis.RatisLogCluster;
import io.engramdb.txlog.sim.NoticeRecorder;
import io.engramdb.txlog.sim.SimLogCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Three members of one shard, real or simulated: all that the contract's tests may touch. */
interface LogHarness extends AutoCloseable {
  Map<String, ? extends TxLog> logs();

  Map<String, NoticeRecorder> heard();

  void await(String what, BooleanSupplier condition);

  /** Nothing goes in or out of a member until {@link #heal()}. */
  void isolate(String name);

  void heal();

  /** Ends a member's process and starts it again on the same disk. */
  void restart(String name) throws IOException;

  @Override
  void close();

  /** On Ratis, real disks and connections. */
  static LogHarness real(Path root) throws IOException {
    RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll();
    Partition network = new Partition();
    return new LogHarness() {
      @Override
      public Map<String, ? extends TxLog> logs() {
        return cluster.logs;
      }

      @Override
      public Map<String, NoticeRecorder> heard() {
        return cluster.heard;
      }

      @Override
      public void await(String what, BooleanSupplier condition) {
        RatisLogCluster.await(what, condition);
      }

      @Override
      public void isolate(String name) {
        network.isolate(name);
      }

      @Override
      public void heal() {
        network.heal();
      }

      @Override
      public void restart(String name) throws IOException {
        cluster.stop(name);
        cluster.start(name, false);
      }

      @Override
      public void close() {
        network.close();
        cluster.close();
      }
    };
  }

  /** In memory, on a virtual clock. */
  static LogHarness simulated(long seed) throws IOException {
    SimLogCluster cluster = SimLogCluster.ofDataMembers(seed, 3);
    Map<String, TxLog> logs = new LinkedHashMap<>();
    Map<String, NoticeRecorder> heard = new LinkedHashMap<>();
    LogHarness harness =
        new LogHarness() {
          @Override
          public Map<String, ? extends TxLog> logs() {
            return logs;
          }

          @Override
          public Map<String, NoticeRecorder> heard() {
            return heard;
          }

          @Override
          public void await(String what, BooleanSupplier condition) {
            if (!cluster.runUntil(condition, 60_000_000_000L)) {
              throw new AssertionError("waited in vain for " + what);
            }
          }

          @Override
          public void isolate(String name) {
            cluster.isolate(name);
          }

          @Override
          public void heal() {
            cluster.heal();
          }

          @Override
          public void restart(String name) throws IOException {
            if (logs.containsKey(name)) {
              logs.get(name).close();
            }
            TxLog log = cluster.open(name);
            NoticeRecorder recorder = new NoticeRecorder();
            log.start(recorder);
            logs.put(name, log);
            heard.put(name, recorder);
          }

          @Override
          public void close() {}
        };
    for (int i = 1; i <= 3; i++) {
      harness.restart("n" + i);
    }
    return harness;
  }
}
