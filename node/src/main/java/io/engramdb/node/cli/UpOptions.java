package io.engramdb.node.cli;

import io.engramdb.snapshot.objects.StoreUrl;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The settings of {@code engram up}. Null means "not said": the default for a new cluster, whatever
 * it was made with for an existing one.
 */
final class UpOptions {
  static final int DEFAULT_PORT = 7000;
  static final int DEFAULT_REPLICAS = 2;
  static final int DEFAULT_ELECTION_TIMEOUT_MS = 300;

  private static final int LOG_PORT_DISTANCE = 10_000;
  private static final int MAX_PORT = 65_535;
  private static final int MIN_ELECTION_TIMEOUT_MS = 50;
  private static final int MAX_ELECTION_TIMEOUT_MS = 60_000;

  private static final String SNAPSHOT_STORE = "snapshot-store";

  /** Each member runs in a directory of its own; a relative path means this one. */
  private static final Path HERE = Path.of("").toAbsolutePath();

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "address to listen on and to announce (default: 127.0.0.1)")
  @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "first client port; the others follow (default: 7000)")
  @Nullable Integer port;

  @Option(
      names = "--log-port",
      paramLabel = "P",
      description = "first port of the logs (default: the client port + 10000)")
  @Nullable Integer logPort;

  @Option(
      names = "--metrics-port",
      paramLabel = "P",
      description = "first HTTP port for figures and health of data nodes; 0: none (default: 0)")
  @Nullable Integer metricsPort;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = {
        "data nodes beside the primary (default: 2).",
        "A shard has at least three voters and an odd number of them; log-only voters fill up:",
        "0 gives one data node and two log-only voters, 1 gives two and one, 2 gives three data"
            + " nodes, 3 gives four and one log-only voter."
      })
  @Nullable Integer replicas;

  @Option(
      names = "--tls",
      arity = "0",
      description = "TLS only; makes an authority and certificates under DIR/tls")
  boolean tls;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "user that may do everything; the default user is off then")
  @Nullable String user;

  @Option(
      names = "--password",
      paramLabel = "PW",
      description = "password of --user, or of the default user",
      defaultValue = "${env:ENGRAM_PASSWORD}",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER)
  @Nullable String password;

  @Option(
      names = "--cluster-enabled",
      paramLabel = "yes|no",
      description = "Redis Cluster protocol (default: yes); no: 16 databases, keys anywhere")
  @Nullable YesNo clusterEnabled;

  @Option(
      names = "--election-timeout-ms",
      paramLabel = "MS",
      description = "silence after which a new primary is elected, at least (default: 300)")
  @Nullable Integer electionTimeoutMs;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "heap of a data node, for example 512m (default: by this machine's memory)")
  @Nullable String heap;

  @Option(
      names = "--snapshot-store",
      paramLabel = "URL",
      description = {
        "where data nodes bring a snapshot a day, and their log all the time: s3://bucket/prefix or"
            + " file:/directory (default: nowhere)"
      })
  @Nullable String snapshotStore;

  @Option(
      names = "--snapshotter",
      arity = "0",
      description = {
        "one more process that makes the snapshots and archives the log, so that data nodes need"
            + " not.",
        "It has the next client port, for INFO and its like; it serves no data and has no vote"
      })
  boolean snapshotter;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "another directive of data nodes that begins with snapshot- or archive, for example"
              + " snapshot-window=\"01:00-02:00\"; may be given several times")
  Map<String, String> directives = new TreeMap<>();

  /** Words as redis.conf has them. */
  enum YesNo {
    yes,
    no
  }

  /** Checks each value; what is wrong is the user's error. */
  void check() {
    require(port == null || port >= 1 && port <= MAX_PORT, "--port is from 1 to 65535", port);
    require(
        logPort == null || logPort >= 1 && logPort <= MAX_PORT,
        "--log-port is from 1 to 65535",
        logPort);
    require(
        metricsPort == null || metricsPort >= 0 && metricsPort <= MAX_PORT,
        "--metrics-port is from 0 to 65535",
        metricsPort);
    require(
        replicas == null || replicas >= 0 && replicas <= ClusterPlan.MAX_REPLICAS,
        "--replicas is from 0 to " + ClusterPlan.MAX_REPLICAS,
        replicas);
    require(
        electionTimeoutMs == null
            || electionTimeoutMs >= MIN_ELECTION_TIMEOUT_MS
                && electionTimeoutMs <= MAX_ELECTION_TIMEOUT_MS,
        "--election-timeout-ms is from 50 to 60000",
        electionTimeoutMs);
    require(
        user == null || user.matches("[^\\s\"'#\\\\]{1,128}"),
        "--user is a name without blanks and quotes",
        user);
    require(user == null || password != null, "--user needs --password", null);
    require(
        password == null || !password.isEmpty() && password.chars().allMatch(c -> c >= ' '),
        "--password is a text without control characters",
        null);
    for (Map.Entry<String, String> each : directives.entrySet()) {
      require(
          each.getKey().matches("(snapshot-|archive)[a-z-]*")
              && !each.getKey().equals(SNAPSHOT_STORE),
          "--set takes directives that begin with snapshot- or archive",
          each.getKey());
      require(
          each.getValue().chars().allMatch(c -> c >= ' '),
          "--set: a value is a text without control characters",
          null);
    }
    if (snapshotStore != null) {
      try {
        StoreUrl.absolute(snapshotStore, HERE);
      } catch (IllegalArgumentException wrong) {
        throw new ParameterException(
            spec.commandLine(), "--snapshot-store: " + wrong.getMessage(), wrong);
      }
    }
    try {
      require(
          heap == null || HeapSize.bytes(heap) >= HeapSize.MIN_BYTES,
          "--heap is 128m or more",
          heap);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--heap: " + wrong.getMessage());
    }
  }

  private void require(boolean condition, String rule, @Nullable Object value) {
    if (!condition) {
      String text = value == null ? rule : rule + ", not " + value;
      throw new ParameterException(spec.commandLine(), text);
    }
  }

  private Map<String, String> allDirectives() {
    Map<String, String> all = new TreeMap<>(directives);
    if (snapshotStore != null) {
      all.put(SNAPSHOT_STORE, StoreUrl.absolute(snapshotStore, HERE));
    }
    return all;
  }

  /** Settings of a new cluster. */
  ClusterSettings forNewCluster() {
    int count = Objects.requireNonNullElse(replicas, DEFAULT_REPLICAS) + 1;
    int clientPorts = ClusterPlan.clientPortCount(count, snapshotter);
    int members = ClusterPlan.memberCount(count, snapshotter);
    int first = Objects.requireNonNullElse(port, DEFAULT_PORT);
    int firstLog = logPort != null ? logPort : defaultLogPort(first, members);
    require(
        first + clientPorts - 1 <= MAX_PORT,
        "--port leaves no room for " + clientPorts + " ports",
        first);
    require(
        firstLog + members - 1 <= MAX_PORT,
        "--log-port leaves no room for " + members + " ports",
        firstLog);
    require(
        areApart(first, clientPorts, firstLog, members),
        "--port and --log-port need ranges that do not overlap",
        firstLog);
    int firstMetrics = Objects.requireNonNullElse(metricsPort, 0);
    require(
        firstMetrics + clientPorts - 1 <= MAX_PORT,
        "--metrics-port leaves no room for " + clientPorts + " ports",
        firstMetrics);
    require(
        firstMetrics == 0
            || (areApart(firstMetrics, clientPorts, first, clientPorts)
                && areApart(firstMetrics, clientPorts, firstLog, members)),
        "--metrics-port, --port and --log-port need ranges that do not overlap",
        firstMetrics);
    return new ClusterSettings(
        Objects.requireNonNullElse(host, "127.0.0.1"),
        first,
        firstLog,
        firstMetrics,
        count - 1,
        tls,
        user,
        password,
        clusterEnabled != YesNo.no,
        Objects.requireNonNullElse(electionTimeoutMs, DEFAULT_ELECTION_TIMEOUT_MS),
        Objects.requireNonNullElseGet(heap, HeapSize::byMachine),
        allDirectives(),
        snapshotter);
  }

  private static boolean areApart(int one, int oneCount, int other, int otherCount) {
    return one + oneCount <= other || other + otherCount <= one;
  }

  private static int defaultLogPort(int first, int members) {
    return first + LOG_PORT_DISTANCE + members - 1 <= MAX_PORT
        ? first + LOG_PORT_DISTANCE
        : first - LOG_PORT_DISTANCE;
  }

  /** Refuses an option that says something else than the cluster was made with. */
  void requireAgreement(ClusterDirectory directory, ClusterSettings made) throws CliException {
    agree(directory, "--host", host, made.host());
    agree(directory, "--port", port, made.port());
    agree(directory, "--log-port", logPort, made.logPort());
    agree(directory, "--metrics-port", metricsPort, made.metricsPort());
    agree(directory, "--replicas", replicas, made.replicas());
    agree(directory, "--tls", tls ? "yes" : null, made.tls() ? "yes" : "no");
    agree(
        directory, "--snapshotter", snapshotter ? "yes" : null, made.snapshotter() ? "yes" : "no");
    agree(directory, "--user", user, made.user() == null ? "none" : made.user());
    agree(
        directory,
        "--cluster-enabled",
        clusterEnabled == null ? null : clusterEnabled.name(),
        made.clusterEnabled() ? "yes" : "no");
    agree(directory, "--election-timeout-ms", electionTimeoutMs, made.electionTimeoutMs());
    agree(directory, "--heap", heap, made.heap());
    for (Map.Entry<String, String> each : allDirectives().entrySet()) {
      String now = made.directives().getOrDefault(each.getKey(), "nothing");
      boolean store = each.getKey().equals(SNAPSHOT_STORE);
      agree(directory, store ? "--" + SNAPSHOT_STORE : each.getKey(), each.getValue(), now);
    }
    if (password != null && !password.equals(made.password())) {
      throw new CliException(
          "the cluster in "
              + directory.root()
              + " was made with another --password, or without one");
    }
  }

  private static void agree(
      ClusterDirectory directory, String name, @Nullable Object said, Object made)
      throws CliException {
    if (said != null && !said.equals(made)) {
      throw new CliException(
          "the cluster in %s was made with %s %s, not %s; leave the flag out or use another --dir"
              .formatted(directory.root(), name, made, said));
    }
  }
}
