package io.engramdb.it.store;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Worker;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client that writes all the time and knows what was acknowledged. A write whose answer was
 * lost is written again, so between two writes the state of the cluster is known exactly.
 */
public final class AcknowledgedWrites implements AutoCloseable {
  private static final long PACE_NS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Cluster cluster;
  private final int keys;
  private final String body;
  private final Map<String, String> state = new TreeMap<>();
  private final Worker worker;
  private @Nullable RespClient client;
  private long written;
  private String lastAnswer = "";

  /** Begins to write; each of so many keys in turn. */
  public AcknowledgedWrites(Cluster cluster, int keys, int valueBytes) {
    this.cluster = cluster;
    this.keys = keys;
    this.body = "v".repeat(valueBytes);
    worker = Worker.start("writes", 1, index -> step());
  }

  /** Holds the lock from before a write is sent until it is acknowledged. */
  private void step() {
    synchronized (this) {
      String key = "key" + written % keys;
      String value = written + body;
      long endNs = System.nanoTime() + Cluster.HEAL_LIMIT.toNanos();
      while (!acknowledged(key, value)) {
        disconnect();
        if (System.nanoTime() > endNs) {
          throw new AssertionError(
              "SET %s is not acknowledged within %s: %s"
                  .formatted(key, Cluster.HEAL_LIMIT, lastAnswer));
        }
      }
      state.put(key, value);
      written++;
    }
    LockSupport.parkNanos(PACE_NS);
  }

  private boolean acknowledged(String key, String value) {
    try {
      if (client == null) {
        client = cluster.connectPrimary();
      }
      Reply reply = client.call("SET", key, value);
      lastAnswer = reply.toString();
      return !reply.isError();
    } catch (IOException closed) {
      lastAnswer = closed.toString();
      return false;
    }
  }

  private void disconnect() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  /** How many writes were acknowledged. */
  public synchronized long count() {
    worker.checkHealthy();
    return written;
  }

  /** What was acknowledged, at a moment with nothing on its way, for as long as the rest takes. */
  public synchronized Map<String, String> stateAndRest(Runnable rest) {
    rest.run();
    return new TreeMap<>(state);
  }

  @Override
  public void close() {
    worker.stop();
    disconnect();
  }
}
