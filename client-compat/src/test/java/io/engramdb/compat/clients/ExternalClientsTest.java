package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.ClusterOptions;
import io.engramdb.it.harness.Command;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.SharedCluster;
import io.engramdb.it.harness.SharedCluster.Kind;
import io.engramdb.it.harness.SharedCluster.Wants;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * redis-py, ioredis and node-redis, plain and cluster, and queues of jobs that are built on them,
 * by the programs in {@code clients/}.
 */
@ExtendWith(SharedCluster.class)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ExternalClientsTest {
  private static final Duration INSTALL_LIMIT = Duration.ofMinutes(5);
  private static final Duration EXIT_LIMIT = Duration.ofMinutes(3);
  private static final String PYTHON = "/usr/bin/python3";
  private static final int LEAST_NODE_VERSION = 20;
  private static final List<String> NODE_FILES =
      List.of("package.json", "checks.mjs", "ioredis.mjs", "node-redis.mjs", "bullmq.mjs");
  private static final List<String> PYTHON_CHECKS =
      List.of(
          "strings",
          "hashes",
          "keys",
          "expiry",
          "transactions",
          "pipelines",
          "scan",
          "big_values",
          "errors",
          "messages",
          "reconnect");
  private static final List<String> NODE_CHECKS =
      PYTHON_CHECKS.stream()
          .filter(name -> !name.equals("messages"))
          .map(name -> name.replace("big_values", "bigValues"))
          .toList();

  private static final List<String> BULLMQ_CHECKS =
      List.of(
          "many",
          "priorities",
          "delays",
          "retries",
          "duplicates",
          "flows",
          "schedules",
          "cleaning");
  private static final List<String> RQ_CHECKS =
      List.of("many", "failures", "dependencies", "schedules", "workers");

  @Test
  void redisPy(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    requirePython("redis.cluster", "python3-redis");
    check(cluster, PYTHON_CHECKS, PYTHON, "-B", clients().resolve("python/checklist.py") + "");
  }

  @Test
  void redisPyCluster(@Wants(Kind.SECURED) Cluster cluster) throws Exception {
    requirePython("redis.cluster", "python3-redis");
    check(cluster, PYTHON_CHECKS, PYTHON, "-B", clients().resolve("python/checklist.py") + "");
  }

  @Test
  void ioredis(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    check(cluster, NODE_CHECKS, "node", nodeClients().resolve("ioredis.mjs") + "");
  }

  @Test
  void ioredisCluster(@Wants(Kind.SECURED) Cluster cluster) throws Exception {
    check(cluster, NODE_CHECKS, "node", nodeClients().resolve("ioredis.mjs") + "");
  }

  @Test
  void nodeRedis(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    check(cluster, NODE_CHECKS, "node", nodeClients().resolve("node-redis.mjs") + "");
  }

  @Test
  void nodeRedisCluster(@Wants(Kind.SECURED) Cluster cluster) throws Exception {
    check(cluster, NODE_CHECKS, "node", nodeClients().resolve("node-redis.mjs") + "");
  }

  @Test
  void queuesOfBullMq(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    check(cluster, BULLMQ_CHECKS, "node", nodeClients().resolve("bullmq.mjs") + "");
  }

  @Test
  void queuesOfRq(@Wants(Kind.SINGLE) Cluster cluster) throws Exception {
    requirePython("rq", "python3-rq");
    check(cluster, RQ_CHECKS, PYTHON, "-B", clients().resolve("python/rq_queue.py") + "");
  }

  private static Path clients() {
    return Settings.root().resolve("client-compat/clients");
  }

  private static void requirePython(String module, String debianPackage) {
    if (!Files.isExecutable(Path.of(PYTHON))
        || Command.run(EXIT_LIMIT, PYTHON, "-c", "import " + module).exitCode() != 0) {
      throw new AssertionError("missing on this machine: apt-get install " + debianPackage);
    }
  }

  /** The programs with their packages beside them, installed once into target/. */
  private static synchronized Path nodeClients() throws IOException {
    requireNode();
    Path installed = Settings.target().resolve("node-clients");
    Files.createDirectories(installed);
    for (String file : NODE_FILES) {
      Files.copy(
          clients().resolve("node").resolve(file),
          installed.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.isDirectory(installed.resolve("node_modules/redis"))
        || !Files.isDirectory(installed.resolve("node_modules/bullmq"))) {
      Command.run(
              INSTALL_LIMIT,
              installed,
              Map.of(),
              List.of("npm", "install", "--no-audit", "--no-fund", "--no-package-lock"))
          .orFail();
    }
    return installed;
  }

  private static void requireNode() {
    String version;
    try {
      version = Command.run(EXIT_LIMIT, "node", "--version").orFail().out().strip();
    } catch (AssertionError missing) {
      throw new AssertionError("missing on this machine: nodejs 20 or newer and npm", missing);
    }
    if (Integer.parseInt(version.substring(1).split("\\.")[0]) < LEAST_NODE_VERSION) {
      throw new AssertionError("node " + version + " is too old: 20 or newer, please");
    }
  }

  private static void check(Cluster cluster, List<String> expected, String... command)
      throws Exception {
    boolean isCluster = cluster.options().clusterEnabled();
    List<String> wanted = new ArrayList<>(expected);
    if (isCluster) {
      wanted.add("failover");
    }
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment(cluster));
    Process process = builder.start();
    List<String> passed = new ArrayList<>();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals("ready")) {
          cluster.killPrimary();
          process.outputWriter().write("killed\n");
          process.outputWriter().flush();
        } else if (line.startsWith("ok ")) {
          passed.add(line.substring(3));
        }
      }
      if (!process.waitFor(EXIT_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(command[1] + " does not end");
      }
    } finally {
      process.destroyForcibly();
      if (isCluster) {
        cluster.up();
        cluster.awaitHealthy();
      }
    }
    assertEquals(wanted, passed);
    assertEquals(0, process.exitValue());
  }

  private static Map<String, String> environment(Cluster cluster) {
    Map<String, String> environment = new HashMap<>();
    ClusterOptions options = cluster.options();
    if (options.clusterEnabled()) {
      environment.put("MODE", "cluster");
      environment.put("USER_NAME", SharedCluster.USER);
      environment.put("PASSWORD", SharedCluster.PASSWORD);
      environment.put("CA_FILE", cluster.caFile().toString());
      environment.put(
          "NODES",
          cluster.dataPorts().stream()
              .map(port -> "127.0.0.1:" + port)
              .collect(Collectors.joining(",")));
    } else {
      environment.put("MODE", "plain");
      environment.put("NODES", "127.0.0.1:" + cluster.awaitWritable());
    }
    return environment;
  }
}
