package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.StoreUrl;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * How a service is spoken to, from the options of an address.
 *
 * @param bucket where objects are
 * @param prefix before each name; empty or ending in a slash
 * @param endpoint of the service; null: Amazon's, or what the environment says
 * @param region null: what the client finds
 * @param pathStyle whether the bucket stands in the path
 * @param encryption {@code AES256} or {@code aws:kms}, done by the service; null: as the bucket
 *     says
 * @param kmsKey with which key; null: the account's
 * @param storageClass null: the service's default
 * @param attemptTimeoutMs for one attempt of one request
 * @param partSizeBytes of one part of a large object, at least
 */
record S3Settings(
    String bucket,
    String prefix,
    @Nullable URI endpoint,
    @Nullable String region,
    boolean pathStyle,
    @Nullable String encryption,
    @Nullable String kmsKey,
    @Nullable String storageClass,
    long attemptTimeoutMs,
    int partSizeBytes) {

  /** What a part of 8 MiB takes at 140 KB/s. */
  private static final long DEFAULT_ATTEMPT_TIMEOUT_MS = 60_000;

  private static final String DEFAULT_REGION = "us-east-1";

  static S3Settings of(StoreUrl url) {
    String endpoint = url.option("endpoint");
    String region = url.option("region");
    String pathStyle = url.option("path-style");
    String timeout = url.option("attempt-timeout-ms");
    try {
      return new S3Settings(
          url.place(),
          url.prefix(),
          endpoint == null ? null : URI.create(endpoint),
          region == null && endpoint != null ? DEFAULT_REGION : region,
          pathStyle == null ? endpoint != null : pathStyle.equals("yes"),
          url.option("sse"),
          url.option("kms-key"),
          url.option("storage-class"),
          timeout == null ? DEFAULT_ATTEMPT_TIMEOUT_MS : Long.parseLong(timeout),
          S3Objects.PART_SIZE_BYTES);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("attempt-timeout-ms is a number, not " + timeout, e);
    }
  }

  S3Settings withPartSizeBytes(int bytes) {
    return new S3Settings(
        bucket,
        prefix,
        endpoint,
        region,
        pathStyle,
        encryption,
        kmsKey,
        storageClass,
        attemptTimeoutMs,
        bytes);
  }
}
