package io.engramdb.it.scenario;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.NodeProcess;
import io.engramdb.it.harness.SampleService;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every customer that the sample service answered with 201 is there, whatever happens to the
 * primary, and still there after all processes were killed at once.
 *
 * <p>{@code -Dengram.test.kills=20 -Dengram.test.paceMs=10 -Dengram.test.pauses=3
 * -Dengram.test.pauseSeconds=10} for the full run.
 */
@SharedCluster.Wants(SharedCluster.Kind.SECURED)
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class NoLossScenario {
  private static final int CUSTOMERS_BEFORE = 30;
  private static final int CUSTOMERS_AFTER = 10;

  @Test
  void nothingIsLostWhenThePrimaryIsKilledAgainAndAgain(Cluster cluster) {
    int kills = Settings.size("kills", 3);
    try (SampleService service = SampleService.start(cluster);
        CustomerLoad load = CustomerLoad.start(service)) {
      for (int i = 1; i <= kills; i++) {
        load.awaitMore(CUSTOMERS_BEFORE);
        int killed = cluster.killPrimary();
        load.awaitMore(CUSTOMERS_AFTER);
        load.pace().slowerDuring(cluster::heal);
        System.out.printf("kill %d of %d: primary on port %d%n", i, kills, killed);
      }
      finish(cluster, load);
    }
  }

  @Test
  void nothingIsLostWhenThePrimaryStandsStill(Cluster cluster) {
    int pauses = Settings.size("pauses", 1);
    Duration length = Duration.ofSeconds(Settings.size("pauseSeconds", 4));
    try (SampleService service = SampleService.start(cluster);
        CustomerLoad load = CustomerLoad.start(service)) {
      for (int i = 1; i <= pauses; i++) {
        load.awaitMore(CUSTOMERS_BEFORE);
        NodeProcess primary = cluster.process(cluster.awaitWritable());
        primary.pause();
        Await.passes(length);
        load.awaitMore(CUSTOMERS_AFTER);
        primary.resume();
        cluster.awaitHealthy();
        load.awaitMore(CUSTOMERS_AFTER);
      }
      finish(cluster, load);
    }
  }

  private static void finish(Cluster cluster, CustomerLoad load) {
    load.stop();
    load.verifyAllAreThere();
    cluster.killAll();
    cluster.up();
    load.verifyAllAreThere();
    System.out.printf(
        "%d customers acknowledged and all there after a full restart, %d POSTs answered 503%n",
        load.acknowledgedCount(), load.refusedCount());
  }
}
