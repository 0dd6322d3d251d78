package io.engramdb.snapshot.objects.s3;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/** Makes clients; every bound on what they do stands here. */
final class S3Clients {

  /** Attempts of one request, the first one included; the client waits longer before each. */
  static final int MAX_ATTEMPTS = 4;

  /** Requests at once. */
  private static final int MAX_CONNECTIONS = 8;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** All attempts of a request and the pauses between them, at most as many times one attempt. */
  private static final int CALL_TIMEOUT_ATTEMPTS = MAX_ATTEMPTS + 1;

  private S3Clients() {}

  /**
   * A client.
   *
   * @param credentials null: the default chain
   */
  static S3Client of(S3Settings settings, @Nullable AwsCredentialsProvider credentials) {
    Duration attempt = Duration.ofMillis(settings.attemptTimeoutMs());
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(MAX_CONNECTIONS)
                    .connectionTimeout(CONNECT_TIMEOUT)
                    .socketTimeout(attempt))
            .credentialsProvider(
                credentials == null ? DefaultCredentialsProvider.builder().build() : credentials)
            .forcePathStyle(settings.pathStyle())
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
            .overrideConfiguration(
                o ->
                    o.retryStrategy(
                            AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(MAX_ATTEMPTS)
                                .build())
                        .apiCallAttemptTimeout(attempt)
                        .apiCallTimeout(attempt.multipliedBy(CALL_TIMEOUT_ATTEMPTS)));
    if (settings.endpoint() != null) {
      builder.endpointOverride(settings.endpoint());
    }
    if (settings.region() != null) {
      builder.region(Region.of(settings.region()));
    }
    return builder.build();
  }
}
