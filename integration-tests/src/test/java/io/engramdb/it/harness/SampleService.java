package io.engramdb.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sample REST service as a real process in front of a cluster with TLS and a user. */
public final class SampleService implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";
  private static final String PACKAGES = "python3-flask python3-flask-restful python3-redis";
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);

  private final Process process;
  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final ObjectMapper json = new ObjectMapper();

  private SampleService(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  /** Starts it; fails with one line that names the Debian packages if they are missing. */
  public static SampleService start(Cluster cluster) {
    requirePackages();
    Path directory = Settings.root().resolve("client-compat/sample-service");
    // Debian's redis-py tells of an exception in a destructor at each end of a process.
    File errors = Settings.root().resolve("integration-tests/target/sample-service.err").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(PYTHON, "-B", "-m", "customers")
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(errors));
    ClusterOptions options = cluster.options();
    if (options.user() == null || options.password() == null || !options.tls()) {
      throw new AssertionError("the sample service wants TLS and a user");
    }
    builder
        .environment()
        .putAll(
            Map.of(
                "REDIS_NODES",
                cluster.dataPorts().stream()
                    .map(port -> "127.0.0.1:" + port)
                    .collect(Collectors.joining(",")),
                "REDIS_USER",
                options.user(),
                "REDIS_PASSWORD",
                options.password(),
                "REDIS_CA_FILE",
                cluster.caFile().toString(),
                "LISTEN_PORT",
                "0"));
    try {
      Process process = builder.start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String line = out.readLine();
      if (line == null || !line.startsWith("listening on ")) {
        process.destroyForcibly();
        throw new AssertionError("the sample service did not start: " + line + ", see " + errors);
      }
      return new SampleService(process, line.substring("listening on ".length()));
    } catch (IOException e) {
      throw new AssertionError("cannot start the sample service", e);
    }
  }

  private static void requirePackages() {
    if (!Files.isExecutable(Path.of(PYTHON))
        || Command.run(Duration.ofSeconds(30), PYTHON, "-c", "import flask, flask_restful, redis")
                .exitCode()
            != 0) {
      throw new AssertionError("missing on this machine: apt-get install " + PACKAGES);
    }
  }

  /** Status code and body; a connection that breaks is an IOException. */
  public record Answer(int status, JsonNode body) {}

  public Answer post(Map<String, String> customer) throws IOException {
    return send("POST", "/customers", json.writeValueAsString(customer));
  }

  public Answer get(String path) throws IOException {
    return send("GET", path, null);
  }

  private Answer send(String method, String path, @Nullable String body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(REQUEST_LIMIT)
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), json.readTree(response.body()));
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted in " + method + " " + path, e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    process.destroyForcibly();
    process.onExit().join();
  }
}
