package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.StoreUrl;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 service in memory that checks signatures, on a free port of this machine. */
public final class S3Server {
  public static final String BUCKET = "backups";
  public static final String KEY = "AKIDEXAMPLE";
  public static final String SECRET = "a secret of the tests";

  /** The smallest that S3 takes. */
  static final int PART_SIZE_BYTES = 5 << 20;

  private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static @Nullable S3Server shared;

  private final S3Proxy server;

  private S3Server() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("s3proxy.endpoint", "http://127.0.0.1:0");
    properties.setProperty("s3proxy.authorization", "aws-v4");
    properties.setProperty("s3proxy.identity", KEY);
    properties.setProperty("s3proxy.credential", SECRET);
    server =
        S3Proxy.Builder.fromProperties(properties).blobStore(new TransientNio2BlobStore()).build();
    server.start();
    awaitStart();
    try (S3Client client = client(settings(port(), ""), SECRET)) {
      client.createBucket(r -> r.bucket(BUCKET));
    }
  }

  /** The one of this process; it ends with it. */
  public static synchronized S3Server shared() throws Exception {
    S3Server present = shared;
    if (present == null) {
      present = new S3Server();
      shared = present;
    }
    return present;
  }

  private void awaitStart() {
    long end = System.nanoTime() + START_TIMEOUT_NANOS;
    while (!server.getState().equals("STARTED")) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the S3 server is " + server.getState());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  public int port() {
    return server.getPort();
  }

  /** The address of a prefix in the bucket, with endpoint. */
  public String url(String prefix) {
    return url(port(), prefix);
  }

  static String url(int port, String prefix) {
    return "s3://" + BUCKET + "/" + prefix + "?endpoint=http://127.0.0.1:" + port;
  }

  static S3Settings settings(int port, String prefix) {
    return S3Settings.of(StoreUrl.parse(url(port, prefix))).withPartSizeBytes(PART_SIZE_BYTES);
  }

  static S3Client client(S3Settings settings, @Nullable String secret) {
    return S3Clients.of(
        settings, StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, secret)));
  }

  /** A store that goes through a port, which may be that of a proxy. */
  static S3Objects store(int port, String prefix) {
    S3Settings settings = settings(port, prefix);
    return new S3Objects(client(settings, SECRET), settings);
  }
}
