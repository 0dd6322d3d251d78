package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.FollowingClient;
import io.engramdb.it.harness.FollowingClient.Outcome;
import io.engramdb.it.harness.NodeProcess;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import io.engramdb.it.harness.Worker;
import io.engramdb.it.history.AddChecks;
import io.engramdb.it.history.HistoryRecorder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No read is stale and no write is lost or doubled, while the primary is killed or stands still.
 *
 * <p>{@code -Dengram.test.faults=20 -Dengram.test.pauseSeconds=10} for the full run.
 */
@SharedCluster.Wants(SharedCluster.Kind.OPEN)
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class LinearizabilityScenario {
  private static final int WRITES_BETWEEN = 200;
  private static final int TOKEN_LENGTH = 10;
  private static final int PAUSED_COMMANDS = 20;

  @Test
  void registersStayLinearizableUnderKills(Cluster cluster) {
    try (RegisterLoad load = RegisterLoad.start(cluster)) {
      for (int i = 0; i < Settings.size("faults", 2); i++) {
        load.awaitMore(WRITES_BETWEEN);
        cluster.killPrimary();
        load.awaitMore(WRITES_BETWEEN);
        load.pace().slowerDuring(cluster::heal);
      }
      load.awaitMore(WRITES_BETWEEN);
      load.finish(cluster);
    }
  }

  /**
   * Commands that reach the paused primary wait in its sockets. By the time it wakes up, others
   * have written through the new primary; an answer from its old memory would be a stale read, and
   * an OK for a write there a lost one.
   */
  @Test
  void aPrimaryThatWakesUpAnswersNothingStale(Cluster cluster) throws IOException {
    Duration length = Duration.ofSeconds(Settings.size("pauseSeconds", 4));
    try (RegisterLoad load = RegisterLoad.start(cluster)) {
      load.awaitMore(WRITES_BETWEEN);
      int port = cluster.awaitWritable();
      List<RespClient> readers = new ArrayList<>();
      List<RespClient> writers = new ArrayList<>();
      for (int i = 0; i < RegisterLoad.KEYS; i++) {
        readers.add(cluster.connect(port, Cluster.HEAL_LIMIT));
        writers.add(cluster.connect(port, Cluster.HEAL_LIMIT));
      }
      NodeProcess primary = cluster.process(port);
      primary.pause();
      cluster.awaitWritable(cluster.othersThan(port));
      load.awaitMore(WRITES_BETWEEN);
      HistoryRecorder history = load.history();
      long sentNs = history.nowNs();
      List<String> values = new ArrayList<>();
      for (int i = 0; i < RegisterLoad.KEYS; i++) {
        for (int n = 0; n < PAUSED_COMMANDS; n++) {
          readers.get(i).send("GET", RegisterLoad.key(i));
        }
        readers.get(i).flush();
        values.add(load.freshValue());
        writers.get(i).send("SET", RegisterLoad.key(i), values.get(i));
        writers.get(i).flush();
      }
      Await.passes(length);
      primary.resume();
      int answered = 0;
      for (int i = 0; i < RegisterLoad.KEYS; i++) {
        answered += collectReads(readers.get(i), RegisterLoad.key(i), history, sentNs);
        collectWrite(writers.get(i), RegisterLoad.key(i), values.get(i), history, sentNs);
      }
      cluster.awaitHealthy();
      load.awaitMore(WRITES_BETWEEN);
      load.finish(cluster);
      System.out.printf("the woken primary answered %d reads%n", answered);
    }
  }

  private static int collectReads(
      RespClient reader, String key, HistoryRecorder history, long sentNs) {
    int answered = 0;
    try (reader) {
      for (int n = 0; n < PAUSED_COMMANDS; n++) {
        Reply reply = reader.receive();
        if (!reply.isError()) {
          history.read(1000, key, reply.isNil() ? null : reply.text(), sentNs);
          answered++;
        }
      }
    } catch (IOException closed) {
      return answered;
    }
    return answered;
  }

  private static void collectWrite(
      RespClient writer, String key, String value, HistoryRecorder history, long sentNs) {
    try (writer) {
      Reply reply = writer.receive();
      if (reply.isOk()) {
        history.write(1001, key, value, sentNs);
      } else if (!reply.isError()) {
        throw new AssertionError("SET answered " + reply);
      }
    } catch (IOException closed) {
      history.unknownWrite(1001, key, value, sentNs);
    }
  }

  /** INCR, HSETNX-like adds and APPEND: what a doubled or lost effect would show in. */
  @Test
  void additionsAreNeitherLostNorDoubled(Cluster cluster) throws IOException {
    HistoryRecorder history = new HistoryRecorder();
    AtomicInteger tokens = new AtomicInteger();
    int clients = 4;
    FollowingClient[] following = new FollowingClient[clients];
    for (int i = 0; i < clients; i++) {
      following[i] = new FollowingClient(cluster, Duration.ofSeconds(1));
    }
    AtomicInteger known = new AtomicInteger();
    Pace pace = new Pace(Duration.ofMillis(1));
    try (Worker worker =
        Worker.start(
            "adds",
            clients,
            i -> {
              add(following[i], i, tokens.incrementAndGet(), history, known);
              pace.rest();
            })) {
      for (int fault = 0; fault < Settings.size("faults", 2); fault++) {
        awaitMore(worker, known);
        cluster.killPrimary();
        awaitMore(worker, known);
        pace.slowerDuring(cluster::heal);
      }
      awaitMore(worker, known);
      worker.stop();
    }
    for (FollowingClient client : following) {
      client.close();
    }
    checkAdditions(cluster, history);
  }

  private static void awaitMore(Worker worker, AtomicInteger known) {
    int goal = known.get() + WRITES_BETWEEN;
    Await.until(
        "more additions are acknowledged",
        Cluster.HEAL_LIMIT,
        () -> {
          worker.checkHealthy();
          return known.get() >= goal;
        });
  }

  private static void add(
      FollowingClient client, int index, int number, HistoryRecorder history, AtomicInteger known) {
    String token = "%0" + TOKEN_LENGTH + "d";
    String value = token.formatted(number);
    String[] command =
        switch (number % 3) {
          case 0 -> new String[] {"INCR", "counter"};
          case 1 -> new String[] {"HSET", "set", value, "1"};
          default -> new String[] {"APPEND", "list", value};
        };
    long invokedNs = history.nowNs();
    switch (client.call(command)) {
      case Outcome.Answered(Reply reply) -> {
        if (reply.isError()) {
          throw new AssertionError(String.join(" ", command) + " answered " + reply);
        }
        long result = reply.number();
        history.add(
            index, command[1], value, number % 3 == 2 ? result / TOKEN_LENGTH : result, invokedNs);
        known.incrementAndGet();
      }
      case Outcome.Unknown(String why) -> history.unknownAdd(index, command[1], value, invokedNs);
      case Outcome.Refused(String why) -> Await.pause();
    }
  }

  private static void checkAdditions(Cluster cluster, HistoryRecorder history) throws IOException {
    var byKey = history.byKey();
    try (RespClient client = cluster.connectPrimary()) {
      AddChecks.checkCounter(byKey.get("counter"), client.call("GET", "counter").number());
      AddChecks.checkSet(byKey.get("set"), Set.copyOf(client.call("HKEYS", "set").texts()));
      String list = client.call("GET", "list").text();
      List<String> found = new ArrayList<>();
      for (int i = 0; i + TOKEN_LENGTH <= list.length(); i += TOKEN_LENGTH) {
        found.add(list.substring(i, i + TOKEN_LENGTH));
      }
      assertTrue(list.length() % TOKEN_LENGTH == 0, "the list ends inside a token");
      AddChecks.checkAppendList(byKey.get("list"), found);
      System.out.printf("%d additions, none lost, none doubled%n", history.all().size());
    }
  }
}
