package io.engramdb.it.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.Command;
import io.engramdb.it.harness.FreePorts;
import io.engramdb.it.harness.Reply;
import io.engramdb.it.harness.RespClient;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.store.AcknowledgedWrites;
import io.engramdb.it.store.S3Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clusters whose snapshots and log are in S3, under load all the time: days with their windows, the
 * loss of everything else, a store that lets nobody in, and one that is away.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class S3Scenario {
  private static final int KEYS = Settings.size("s3Keys", 400);
  private static final int VALUE_BYTES = 4 << 10;

  /** So slow that an upload goes on for some seconds. */
  private static final long SLOW_BYTES_PER_SECOND = KEYS * VALUE_BYTES / 4;

  /** The window is in so many hours; only the snapshotter's clock is put forward. */
  private static final Duration TO_WINDOW = Duration.ofHours(6);

  /** Nothing is written around the moment that is wanted: clocks differ by less. */
  private static final Duration QUIET = Duration.ofMillis(300);

  @TempDir Path temp;

  @Test
  void daysOfAClusterTheLossOfAllOfItAndTwoRestores() throws IOException {
    try (S3Service s3 = S3Service.start()) {
      String store = s3.url("shop");
      Instant moment;
      Map<String, String> atMoment;
      Map<String, String> atEnd;
      try (Cluster cluster = Cluster.start(archiving(store))) {
        cluster.awaitHealthy();
        try (AcknowledgedWrites load = new AcknowledgedWrites(cluster, KEYS, VALUE_BYTES)) {
          awaitWrites(load, KEYS);
          firstDay(cluster, s3, load);
          day(cluster, 3);
          day(cluster, 9);
          retentionHasKept(store);
          awaitWrites(load, 100);
          Instant[] now = new Instant[1];
          atMoment =
              load.stateAndRest(
                  () -> {
                    Await.passes(QUIET);
                    now[0] = Instant.now().truncatedTo(ChronoUnit.MILLIS);
                    Await.passes(QUIET);
                  });
          moment = now[0];
          awaitWrites(load, 2L * KEYS);
          atEnd = load.stateAndRest(() -> awaitArchived(cluster));
        }
      }
      assertNotEquals(atMoment, atEnd);
      restored(store, atEnd, "--to-time", "newest");
      restored(store, atMoment, "--to-time", moment.toString());
      Command.Result verified = engram("snapshot", "verify", "--all", store).orFail();
      System.out.println("s3: " + verified.out().strip().replace("\n", "\ns3: "));
    }
  }

  /** The primary dies while the snapshot is on its way. */
  private static void firstDay(Cluster cluster, S3Service s3, AcknowledgedWrites load) {
    s3.gate().slow(SLOW_BYTES_PER_SECOND);
    restartSnapshotter(cluster, 1);
    int own = snapshotterPort(cluster);
    Await.until(
        "the upload is on its way",
        Cluster.HEAL_LIMIT,
        () -> number(cluster, own, "snapshot_store_uploading") == 1);
    s3.gate().hold();
    cluster.killPrimary();
    awaitWrites(load, 20);
    s3.gate().free();
    awaitUpload(cluster, 1);
    cluster.startMissing();
  }

  private static void day(Cluster cluster, int day) {
    restartSnapshotter(cluster, day);
    awaitUpload(cluster, 1);
    assertEquals(0, number(cluster, snapshotterPort(cluster), "snapshot_store_missed_windows"));
  }

  private static void awaitUpload(Cluster cluster, int uploads) {
    Await.until(
        "the snapshot is in the store",
        Cluster.HEAL_LIMIT,
        () -> number(cluster, snapshotterPort(cluster), "snapshot_store_uploads") >= uploads);
  }

  /** Of days 1, 3 and 9, the first one is more than seven days old on the last. */
  private static void retentionHasKept(String store) {
    List<String> left = new ArrayList<>();
    Await.until(
        "retention has deleted one",
        Cluster.HEAL_LIMIT,
        () -> {
          left.clear();
          engram("snapshot", "list", store)
              .orFail()
              .out()
              .lines()
              .filter(line -> line.contains(" automatic/"))
              .map(line -> line.split("\\s+")[0])
              .forEach(left::add);
          return left.size() == 2;
        });
    long days =
        Duration.between(Instant.parse(left.getLast()), Instant.parse(left.getFirst())).toDays();
    assertEquals(6, days, left::toString);
  }

  @Test
  void aStoreThatLetsNobodyInMakesNoClusterAndHarmsNone() throws IOException {
    try (S3Service s3 = S3Service.start()) {
      String store = s3.url("shop");
      Map<String, String> content;
      try (Cluster cluster =
          Cluster.start(
              ClusterOptions.plain()
                  .withReplicas(0)
                  .withEnvironment(S3Service.credentials())
                  .with("--cluster-enabled", "no"))) {
        try (AcknowledgedWrites load = new AcknowledgedWrites(cluster, KEYS, VALUE_BYTES)) {
          awaitWrites(load, KEYS);
        }
        content = content(cluster);
        engram("snapshot", "create", "--dir", cluster.directory() + "", store).orFail();

        Path none = temp.resolve("none");
        refused(none, store, S3Service.wrongCredentials(), "403");
        s3.gate().shutAfter(KEYS * VALUE_BYTES / 2);
        refused(none, store, S3Service.credentials(), "can't restore");
        s3.gate().free();
        // A cluster that is there is not touched.
        Command.Result over =
            run(
                S3Service.credentials(),
                "up",
                "--dir",
                cluster.directory() + "",
                "--restore",
                store);
        assertEquals(1, over.exitCode(), over::toString);
        assertEquals(content, content(cluster));
      }
      try (Cluster cluster =
          Cluster.start(
              archiving(store).withReplicas(0).withEnvironment(S3Service.wrongCredentials()))) {
        cluster.awaitHealthy();
        int own = snapshotterPort(cluster);
        Await.until(
            "the archive says that it is not let in",
            Cluster.HEAL_LIMIT,
            () -> text(cluster, own, "archive_status").equals("failing"));
        try (RespClient client = cluster.connectPrimary()) {
          client.call("SET", "key", "value").orFail();
        }
      }
      restored(store, content);
    }
  }

  /** Neither a cluster nor anything that looks like one. */
  private static void refused(
      Path directory, String store, Map<String, String> environment, String why)
      throws IOException {
    Command.Result up =
        run(
            environment,
            "up",
            "--dir",
            directory.toString(),
            "--port",
            "" + FreePorts.consecutive(3),
            "--restore",
            store);
    assertEquals(1, up.exitCode(), up::toString);
    assertTrue(up.err().toLowerCase().matches("(?s).*(" + why + ").*"), up::toString);
    assertEquals(1, up.err().lines().count(), up::toString);
    if (Files.exists(directory)) {
      try (Stream<Path> left = Files.list(directory)) {
        assertEquals(
            List.of(), left.filter(each -> !each.endsWith(".lock")).toList(), "left behind");
      }
    }
  }

  @Test
  void whenTheStoreIsAwayWritesGoOnAndTheArchiveCatchesUp() throws IOException {
    try (S3Service s3 = S3Service.start()) {
      String store = s3.url("shop");
      try (Cluster cluster = Cluster.start(archiving(store).withReplicas(0))) {
        cluster.awaitHealthy();
        int own = snapshotterPort(cluster);
        try (AcknowledgedWrites load = new AcknowledgedWrites(cluster, KEYS, VALUE_BYTES)) {
          awaitWrites(load, 10);
          engramCreates(cluster, store);
          s3.gate().shut();
          Await.until(
              "the archive says that the store is away",
              Cluster.HEAL_LIMIT,
              () -> text(cluster, own, "archive_status").equals("failing"));
          awaitWrites(load, 2L * KEYS);
          Await.until(
              "it says how much is missing",
              Cluster.HEAL_LIMIT,
              () -> number(cluster, own, "archive_lag_bytes") > KEYS * VALUE_BYTES);
          s3.gate().free();
          load.stateAndRest(() -> awaitArchived(cluster));
          assertEquals("ok", text(cluster, own, "archive_status"));
          engramCreates(cluster, store);
        }
      }
      Command.Result verified = engram("snapshot", "verify", "--all", "--replay", store).orFail();
      assertTrue(verified.out().contains("replayed from"), verified::toString);
    }
  }

  private static void engramCreates(Cluster cluster, String store) {
    engram("snapshot", "create", "--dir", cluster.directory() + "", store).orFail();
  }

  // ---- how

  private static ClusterOptions archiving(String store) {
    return ClusterOptions.plain()
        .withoutClusterMode()
        .withEnvironment(S3Service.credentials())
        .with("--snapshotter", "--snapshot-store", store, "--set", "archive-interval-ms=1000")
        .with("--set", "snapshot-window=" + window());
  }

  private static String window() {
    LocalTime from = LocalTime.now(ZoneOffset.UTC).plus(TO_WINDOW);
    LocalTime to = from.plusHours(2);
    return "%02d:%02d-%02d:%02d"
        .formatted(from.getHour(), from.getMinute(), to.getHour(), to.getMinute());
  }

  /** Its clock shows a moment in the window of that day from then on. */
  private static void restartSnapshotter(Cluster cluster, int day) {
    cluster.process(snapshotterPort(cluster)).kill();
    long shiftMs = TO_WINDOW.plusMinutes(20).plusDays(day).toMillis();
    String options = "-Dengram.testSwitches=true -Dengram.snapshot.clockShiftMs=" + shiftMs;
    cluster.startMissing(Map.of("ENGRAM_JAVA_OPTS", options));
  }

  private static int snapshotterPort(Cluster cluster) {
    return cluster.firstPort() + cluster.options().replicas() + 1;
  }

  private static Command.Result run(Map<String, String> environment, String... arguments) {
    List<String> all = new ArrayList<>(List.of(Settings.launcher().toString()));
    all.addAll(List.of(arguments));
    return Command.run(Cluster.UP_LIMIT, Settings.root(), environment, all);
  }

  private static Command.Result engram(String... arguments) {
    return run(S3Service.credentials(), arguments);
  }

  private static void awaitWrites(AcknowledgedWrites load, long more) {
    long enough = load.count() + more;
    Await.until("writes go on", Cluster.HEAL_LIMIT, () -> load.count() >= enough);
  }

  /** Until the archive covers this moment, at which nothing is written. */
  private static void awaitArchived(Cluster cluster) {
    int own = snapshotterPort(cluster);
    long nowSec = Instant.now().getEpochSecond() + 1;
    Await.until(
        "the archive has everything",
        Cluster.HEAL_LIMIT,
        () -> number(cluster, own, "archive_covered_time") >= nowSec);
    assertEquals(0, number(cluster, own, "archive_gaps"));
  }

  private static void restored(String store, Map<String, String> expected, String... moment)
      throws IOException {
    try (Cluster cluster =
        Cluster.start(
            ClusterOptions.plain()
                .withoutClusterMode()
                .withEnvironment(S3Service.credentials())
                .withReplicas(0)
                .with("--restore", store)
                .with(moment))) {
      assertEquals(expected, content(cluster));
      System.out.printf("s3: %d keys restored %s%n", expected.size(), String.join(" ", moment));
    }
  }

  private static Map<String, String> content(Cluster cluster) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (RespClient client = cluster.connectPrimary()) {
      for (Reply key : client.call("KEYS", "key*").items()) {
        found.put(key.text(), client.call("GET", key.text()).text());
      }
    }
    assertFalse(found.isEmpty());
    return found;
  }

  private static long number(Cluster cluster, int port, String field) {
    String text = text(cluster, port, field);
    return text.isEmpty() ? -1 : Long.parseLong(text);
  }

  /** Empty while the node does not answer. */
  private static String text(Cluster cluster, int port, String field) {
    try (RespClient client = cluster.connect(port)) {
      Reply info = client.call("INFO", "persistence");
      if (info.isError()) {
        return "";
      }
      for (String line : info.text().split("\r\n")) {
        if (line.startsWith(field + ":")) {
          return line.substring(field.length() + 1);
        }
      }
    } catch (IOException notYet) {
      return "";
    }
    throw new AssertionError("no " + field);
  }
}
