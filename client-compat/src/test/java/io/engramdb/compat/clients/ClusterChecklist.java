package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.SharedCluster;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The checklist for cluster clients: as for plain ones, and they follow a failover. */
@SharedCluster.Wants(SharedCluster.Kind.SECURED)
abstract class ClusterChecklist extends Checklist {
  @Test
  void goesOnByItselfAfterAFailover() {
    client.set("before", "acknowledged");
    cluster.awaitHealthy();
    try {
      int killed = cluster.killPrimary();
      long killedNs = System.nanoTime();
      Await.until(
          "the client writes to the new primary",
          RECONNECT_LIMIT,
          () -> {
            client.set("after", "1");
            return true;
          });
      System.out.printf(
          "%s writes again %d ms after kill -9%n",
          getClass().getSimpleName(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNs));
      assertNotEquals(killed, cluster.awaitWritable(), "a dead node took a write");
      assertEquals("acknowledged", client.get("before"));
    } finally {
      cluster.up();
      cluster.awaitHealthy();
    }
    assertEquals("acknowledged", client.get("before"));
    assertEquals("1", client.get("after"));
  }
}
