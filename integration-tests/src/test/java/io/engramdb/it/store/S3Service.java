package io.engramdb.it.store;

import io.engramdb.it.harness.Await;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;

/**
 * An S3 service in this process that keeps everything in memory and checks signatures, with one
 * bucket. Clusters reach it through a {@link TcpGate}.
 */
public final class S3Service implements AutoCloseable {
  private static final String BUCKET = "backups";
  private static final String KEY = "AKIDOFSCENARIOS";
  private static final String SECRET = "a secret of the scenarios";
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final S3Proxy server;
  private final TcpGate gate;

  private S3Service(S3Proxy server, TcpGate gate) {
    this.server = server;
    this.gate = gate;
  }

  /** Starts one on a free port. */
  public static S3Service start() {
    Properties properties = new Properties();
    properties.setProperty("s3proxy.endpoint", "http://127.0.0.1:0");
    properties.setProperty("s3proxy.authorization", "aws-v4");
    properties.setProperty("s3proxy.identity", KEY);
    properties.setProperty("s3proxy.credential", SECRET);
    TransientNio2BlobStore objects = new TransientNio2BlobStore();
    objects.createContainer(CreateBucketRequest.builder().bucket(BUCKET).build());
    try {
      S3Proxy server = S3Proxy.Builder.fromProperties(properties).blobStore(objects).build();
      server.start();
      Await.until("the S3 service starts", START_LIMIT, () -> server.getState().equals("STARTED"));
      return new S3Service(server, TcpGate.to(server.getPort()));
    } catch (Exception e) {
      throw new AssertionError("no S3 service", e);
    }
  }

  /** The network before it. */
  public TcpGate gate() {
    return gate;
  }

  /** The address of a prefix in its bucket, by way of the gate. */
  public String url(String prefix) {
    return "s3://%s/%s?endpoint=http://127.0.0.1:%d&region=us-east-1&attempt-timeout-ms=20000"
        .formatted(BUCKET, prefix, gate.port());
  }

  /** What a process needs in its environment to be let in. */
  public static Map<String, String> credentials() {
    return credentials(SECRET);
  }

  /** Of somebody who is not let in. */
  public static Map<String, String> wrongCredentials() {
    return credentials("not the secret");
  }

  private static Map<String, String> credentials(String secret) {
    return Map.of("AWS_ACCESS_KEY_ID", KEY, "AWS_SECRET_ACCESS_KEY", secret);
  }

  @Override
  public void close() {
    gate.close();
    try {
      server.stop();
    } catch (Exception e) {
      System.err.println("the S3 service did not stop: " + e);
    }
  }
}
