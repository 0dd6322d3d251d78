package io.engramdb.it.scenario;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.FollowingClient;
import io.engramdb.it.harness.FollowingClient.Outcome;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.Worker;
import io.engramdb.it.history.HistoryRecorder;
import io.engramdb.it.history.LinearizabilityChecker;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that read and write a few registers through whoever is the primary; all is recorded. */
final class RegisterLoad implements AutoCloseable {
  static final int KEYS = 6;
  private static final int CLIENTS = 5;
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(1);

  private final HistoryRecorder history = new HistoryRecorder();
  private final AtomicInteger acknowledgedWrites = new AtomicInteger();
  private final AtomicInteger sequence = new AtomicInteger();
  private final FollowingClient[] clients = new FollowingClient[CLIENTS];
  private final Random[] randoms = new Random[CLIENTS];
  private final Pace pace = new Pace(Duration.ofMillis(2));
  private final Worker worker;

  private RegisterLoad(Cluster cluster, long seed) {
    for (int i = 0; i < CLIENTS; i++) {
      clients[i] = new FollowingClient(cluster, REPLY_LIMIT);
      randoms[i] = new Random(seed + i);
    }
    worker = Worker.start("registers", CLIENTS, this::step);
  }

  static RegisterLoad start(Cluster cluster) {
    long seed = Long.getLong("engram.seed", System.nanoTime());
    System.out.println("register load: -Dengram.seed=" + seed);
    return new RegisterLoad(cluster, seed);
  }

  static String key(int number) {
    return "register:" + number;
  }

  /** A value that no other write has. */
  String freshValue() {
    return "v" + sequence.incrementAndGet();
  }

  Pace pace() {
    return pace;
  }

  HistoryRecorder history() {
    return history;
  }

  private void step(int index) {
    String key = key(randoms[index].nextInt(KEYS));
    if (randoms[index].nextBoolean()) {
      write(index, key, freshValue());
    } else {
      read(index, key);
    }
    pace.rest();
  }

  private void write(int index, String key, String value) {
    long invokedNs = history.nowNs();
    switch (clients[index].call("SET", key, value)) {
      case Outcome.Answered(Reply reply) -> {
        reply.orFail();
        history.write(index, key, value, invokedNs);
        acknowledgedWrites.incrementAndGet();
      }
      case Outcome.Unknown(String why) -> history.unknownWrite(index, key, value, invokedNs);
      case Outcome.Refused(String why) -> Await.pause();
    }
  }

  private void read(int index, String key) {
    long invokedNs = history.nowNs();
    switch (clients[index].call("GET", key)) {
      case Outcome.Answered(Reply reply) when reply.isError() ->
          throw new AssertionError("GET answered " + reply);
      case Outcome.Answered(Reply reply) ->
          history.read(index, key, reply.isNil() ? null : reply.text(), invokedNs);
      case Outcome.Unknown(String why) -> Await.pause();
      case Outcome.Refused(String why) -> Await.pause();
    }
  }

  /** Waits until so many more writes were acknowledged. */
  void awaitMore(int count) {
    int goal = acknowledgedWrites.get() + count;
    Await.until(
        count + " more writes are acknowledged",
        Cluster.HEAL_LIMIT,
        () -> {
          worker.checkHealthy();
          return acknowledgedWrites.get() >= goal;
        });
  }

  /** Stops, reads every register once more and checks the whole history. */
  void finish(Cluster cluster) {
    worker.stop();
    int primary = cluster.awaitWritable();
    try (FollowingClient last = new FollowingClient(cluster, List.of(primary), REPLY_LIMIT)) {
      for (int i = 0; i < KEYS; i++) {
        long invokedNs = history.nowNs();
        if (last.call("GET", key(i)) instanceof Outcome.Answered(Reply reply)) {
          history.read(CLIENTS, key(i), reply.isNil() ? null : reply.text(), invokedNs);
        } else {
          throw new AssertionError("no final read of " + key(i));
        }
      }
    }
    var all = history.all();
    new LinearizabilityChecker().check(all);
    System.out.printf(
        "linearizable: %d operations, %d of them writes of unknown outcome%n",
        all.size(), all.stream().filter(op -> !op.isKnown()).count());
  }

  @Override
  public void close() {
    worker.close();
  }
}
