package io.engramdb.it.scenario;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.NodeProcess;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An ordinary client beside a bad one: it must go on being served. Also watches the memory of all
 * nodes.
 */
final class Bystander implements AutoCloseable {
  /** Longer than any other client should ever make it wait, even on a busy test machine. */
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(15);

  private static final long PACE_NS = Duration.ofMillis(10).toNanos();

  private final Duration replyLimit;
  private final RespClient client;
  private final List<NodeProcess> nodes;
  private final Map<Long, Long> baseBytes = new LinkedHashMap<>();
  private final AtomicLong worstGrowthBytes = new AtomicLong();
  private final AtomicLong worstNs = new AtomicLong();
  private final AtomicInteger served = new AtomicInteger();
  private final Worker worker;

  Bystander(Cluster cluster, int port) throws IOException {
    this(cluster, port, Duration.ZERO);
  }

  /**
   * @param waits how much longer a write may take because it stands in the log behind something
   */
  Bystander(Cluster cluster, int port, Duration waits) throws IOException {
    replyLimit = REPLY_LIMIT.plus(waits);
    client = cluster.connect(port, replyLimit);
    nodes = cluster.processes();
    nodes.forEach(node -> baseBytes.put(node.pid(), node.residentBytes()));
    worker = Worker.start("bystander", 1, index -> step());
  }

  private void step() throws IOException {
    long startNs = System.nanoTime();
    client.call("SET", "bystander", "1").orFail();
    if (!client.call("GET", "bystander").text().equals("1")) {
      throw new AssertionError("bystander reads something else");
    }
    worstNs.accumulateAndGet(System.nanoTime() - startNs, Math::max);
    for (NodeProcess node : nodes) {
      long growth = node.residentBytes() - baseBytes.getOrDefault(node.pid(), 0L);
      worstGrowthBytes.accumulateAndGet(growth, Math::max);
    }
    served.incrementAndGet();
    Await.pause(PACE_NS);
  }

  /** Waits until the bystander was served so many times more. */
  void awaitServed(int count) {
    int goal = served.get() + count;
    Await.until(
        "other clients are served",
        replyLimit.multipliedBy(2),
        () -> {
          worker.checkHealthy();
          return served.get() >= goal;
        });
  }

  /** Stops; prints what was seen and fails if a node grew beyond the limit. */
  void finish(String name, long growthLimitBytes) {
    worker.stop();
    System.out.printf(
        "%s: others served %d times, worst %d ms for a SET and a GET; a node grew by %d MiB%n",
        name,
        served.get(),
        TimeUnit.NANOSECONDS.toMillis(worstNs.get()),
        worstGrowthBytes.get() >> 20);
    if (worstGrowthBytes.get() > growthLimitBytes) {
      throw new AssertionError(
          "a node grew by %d MiB, limit %d MiB"
              .formatted(worstGrowthBytes.get() >> 20, growthLimitBytes >> 20));
    }
  }

  @Override
  public void close() {
    worker.close();
    client.close();
  }
}
