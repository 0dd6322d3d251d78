package io.engramdb.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A three-zone Engram cluster on this machine, spoken to in verbs.
 *
 * <p>It ends only processes that its own {@code up} started, and {@link #close} leaves neither a
 * process nor a file behind. Nodes are named by their client port.
 */
public final class Cluster implements AutoCloseable {
  public static final int ZONES = 3;
  public static final Duration UP_LIMIT = Duration.ofSeconds(90);
  public static final Duration CLI_LIMIT = Duration.ofSeconds(60);

  /** How long a cluster may take to heal itself before we call it stuck; no performance goal. */
  public static final Duration HEAL_LIMIT = Duration.ofSeconds(60);

  private static final Duration PROBE_LIMIT = Duration.ofMillis(700);
  private static final String PROBE_KEY = "harness:probe";

  private final Path directory;
  private final @Nullable Path ownedDirectory;
  private final int firstPort;
  private final ClusterOptions options;
  private final Map<Integer, NodeProcess> processes = new LinkedHashMap<>();
  private final List<NodeProcess> everStarted = new CopyOnWriteArrayList<>();
  private @Nullable Endpoint endpoint;

  /** Nothing survives an interrupted run either. */
  private final Thread atExit = new Thread(this::killEverStarted);

  private Cluster(Path directory, @Nullable Path owned, int firstPort, ClusterOptions options) {
    Runtime.getRuntime().addShutdownHook(atExit);
    this.directory = directory;
    this.ownedDirectory = owned;
    this.firstPort = firstPort;
    this.options = options;
  }

  /** Makes and starts a cluster in a new temporary directory. */
  public static Cluster start(ClusterOptions options) {
    try {
      Path owned = Files.createTempDirectory("engram-it-");
      return startIn(new Cluster(owned.resolve("cluster"), owned, ports(), options));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes and starts a cluster in a directory that belongs to the caller. */
  public static Cluster startIn(Path directory, ClusterOptions options) {
    return startIn(new Cluster(directory, null, ports(), options));
  }

  private static Cluster startIn(Cluster cluster) {
    try {
      cluster.up();
      return cluster;
    } catch (Throwable failed) {
      cluster.close();
      throw failed;
    }
  }

  private static int ports() {
    // One more than zones: a snapshotter may come on top.
    return FreePorts.consecutive(ZONES + 1);
  }

  // ---- the command line

  /** Runs {@code engram COMMAND --dir DIR ARGUMENTS}. */
  public Command.Result cli(String command, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(Settings.launcher().toString(), command, "--dir", directory.toString()));
    all.addAll(Arrays.asList(arguments));
    return run(command.equals("up") ? UP_LIMIT : CLI_LIMIT, options.environment(), all);
  }

  private static Command.Result run(
      Duration limit, Map<String, String> environment, List<String> all) {
    return Command.run(limit, Settings.root(), environment, all);
  }

  /** Starts whatever does not run; returns when the cluster takes writes. */
  public void up() {
    List<String> flags = new ArrayList<>(List.of("--port", "" + firstPort));
    flags.addAll(options.flags());
    try {
      cli("up", flags.toArray(String[]::new)).orFail();
    } finally {
      adoptProcesses();
    }
  }

  /** As {@link #up} of a cluster that exists, without the flags that it was made with. */
  public void startMissing() {
    startMissing(Map.of());
  }

  /** The same, with more variables for what is started. */
  public void startMissing(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(options.environment());
    environment.putAll(more);
    List<String> all = List.of(Settings.launcher().toString(), "up", "--dir", directory.toString());
    try {
      run(UP_LIMIT, environment, all).orFail();
    } finally {
      adoptProcesses();
    }
  }

  public ClusterStatus status() {
    return ClusterStatus.parse(cli("status", "-o", "json").out());
  }

  /** Stops all nodes in good order. */
  public void down() {
    cli("down").orFail();
    processes.values().forEach(NodeProcess::awaitExit);
  }

  private void adoptProcesses() {
    if (!Files.isDirectory(directory)) {
      return;
    }
    ClusterStatus status = status();
    for (int i = 0; i < status.nodes().size(); i++) {
      ClusterStatus.Node node = status.nodes().get(i);
      int name = node.port() == 0 ? firstPort + i : node.port();
      NodeProcess known = processes.get(name);
      boolean isNew = known == null || !known.isAlive() || known.pid() != node.pid();
      if (node.pid() > 0 && isNew && ProcessHandle.of(node.pid()).isPresent()) {
        NodeProcess process = NodeProcess.of(node.pid());
        processes.put(name, process);
        everStarted.add(process);
      }
    }
  }

  // ---- talking to it

  public Path directory() {
    return directory;
  }

  public int firstPort() {
    return firstPort;
  }

  public ClusterOptions options() {
    return options;
  }

  public Path caFile() {
    return directory.resolve("tls/ca.crt");
  }

  /** Client ports of the data nodes. */
  public List<Integer> dataPorts() {
    int dataNodes = Math.min(ZONES, options.replicas() + 1);
    return IntStream.range(firstPort, firstPort + dataNodes).boxed().toList();
  }

  public Endpoint endpoint(int port) {
    if (endpoint == null) {
      endpoint =
          new Endpoint(
              "127.0.0.1",
              port,
              options.tls() ? Endpoint.trusting(caFile()) : null,
              options.user(),
              options.password());
    }
    return endpoint.withPort(port);
  }

  public RespClient connect(int port) throws IOException {
    return RespClient.connect(endpoint(port));
  }

  public RespClient connect(int port, Duration limit) throws IOException {
    return RespClient.connect(endpoint(port), limit);
  }

  /** The port of the node that says it is the primary and takes a write. */
  public int awaitWritable() {
    return awaitWritable(dataPorts());
  }

  /** The same among some nodes, so that a paused one costs no time. */
  public int awaitWritable(List<Integer> candidates) {
    Map<Integer, String> last = new HashMap<>();
    return Await.value(
        () -> "a node takes a write, last answers " + last,
        HEAL_LIMIT,
        () -> candidates.stream().filter(port -> takesWrite(port, last)).findFirst());
  }

  private boolean takesWrite(int port, Map<Integer, String> last) {
    try (RespClient client = connect(port, PROBE_LIMIT)) {
      Reply reply = client.call("SET", PROBE_KEY, "1");
      last.put(port, reply.toString());
      return reply.isOk();
    } catch (IOException e) {
      last.put(port, e.toString());
      return false;
    }
  }

  /** All data nodes know the primary and have caught up with it, and log-only voters are up. */
  public void awaitHealthy() {
    int primary = awaitWritable();
    // Only status can see a voter; replicas say themselves how they are, which costs less.
    boolean hasVoters = dataPorts().size() < ZONES;
    Await.until(
        "all replicas have caught up and voters are up",
        HEAL_LIMIT,
        () ->
            othersThan(primary).stream().allMatch(this::isCaughtUpReplica)
                && (!hasVoters || status().state().equals("ok")));
  }

  /** Starts what does not run, and waits until everything is healthy. */
  public void heal() {
    if (processes.isEmpty() || !processes.values().stream().allMatch(NodeProcess::isAlive)) {
      up();
    }
    awaitHealthy();
  }

  private boolean isCaughtUpReplica(int port) {
    try (RespClient client = connect(port, PROBE_LIMIT)) {
      Reply role = client.call("ROLE");
      return !role.isError()
          && role.items().getFirst().text().equals("slave")
          && role.items().get(3).text().equals("connected");
    } catch (IOException notYet) {
      return false;
    }
  }

  public RespClient connectPrimary() throws IOException {
    return connect(awaitWritable());
  }

  // ---- hurting it

  public NodeProcess process(int port) {
    return Optional.ofNullable(processes.get(port))
        .orElseThrow(() -> new AssertionError("no process known for " + port + ": " + processes));
  }

  public List<NodeProcess> processes() {
    return List.copyOf(processes.values());
  }

  /** kill -9 of the primary; gives its port. */
  public int killPrimary() {
    int primary = awaitWritable();
    process(primary).kill();
    return primary;
  }

  /** kill -9 of everything, as near to "at once" as one thread gets. */
  public void killAll() {
    processes.values().forEach(NodeProcess::kill);
  }

  public List<Integer> othersThan(int port) {
    return dataPorts().stream().filter(other -> other != port).toList();
  }

  private void killEverStarted() {
    for (NodeProcess process : everStarted) {
      if (process.isAlive()) {
        process.kill();
      }
    }
  }

  @Override
  public void close() {
    killEverStarted();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      return;
    }
    if (ownedDirectory == null) {
      return;
    }
    if (Settings.size("keep", 0) == 1) {
      System.out.println("kept: " + ownedDirectory);
      return;
    }
    deleteTree(ownedDirectory);
  }

  static void deleteTree(Path directory) {
    try (Stream<Path> tree = Files.walk(directory)) {
      tree.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.deleteIfExists(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (IOException | UncheckedIOException e) {
      System.err.println("left behind: " + directory + ": " + e.getMessage());
    }
  }
}
