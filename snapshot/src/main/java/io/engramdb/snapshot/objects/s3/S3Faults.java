package io.engramdb.snapshot.objects.s3;

import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import java.io.IOException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** What the client's exceptions mean. */
final class S3Faults {
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int FIRST_OF_SERVER = 500;
  private static final int NOT_IMPLEMENTED = 501;
  private static final int SERVICE_UNAVAILABLE = 503;

  private S3Faults() {}

  /** A failure of the service or on the way to it; {@code what} says what was tried. */
  static StoreException of(String what, SdkException failure) {
    if (failure instanceof AwsServiceException said) {
      String code = said.awsErrorDetails() == null ? "" : said.awsErrorDetails().errorCode();
      String text = said.awsErrorDetails() == null ? "" : said.awsErrorDetails().errorMessage();
      String why =
          String.format("%s (%d %s)", text == null ? "" : text, said.statusCode(), code).strip();
      return new StoreException(kind(said.statusCode(), code), what + ": " + why, failure);
    }
    StoreFault kind = kind(failure);
    return new StoreException(kind, what + ": " + words(kind, failure), failure);
  }

  static boolean isNotFound(AwsServiceException said) {
    return said.statusCode() == NOT_FOUND;
  }

  /** Whether a failure says that an object ends before the range that was asked for. */
  static boolean isBehindEnd(StoreException failure) {
    return failure.getCause() instanceof AwsServiceException said
        && said.statusCode() == RANGE_NOT_SATISFIABLE;
  }

  /** Whether a service says that it has no conditional writes. */
  static boolean isNotImplemented(AwsServiceException said) {
    return said.statusCode() == NOT_IMPLEMENTED;
  }

  private static StoreFault kind(int status, String code) {
    return switch (status) {
      case UNAUTHORIZED, FORBIDDEN -> StoreFault.DENIED;
      case NOT_FOUND -> StoreFault.NOT_FOUND;
      case PRECONDITION_FAILED -> StoreFault.EXISTS;
      case TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE -> StoreFault.SLOW;
      // Somebody else changes the same object.
      case CONFLICT -> StoreFault.UNREACHABLE;
      case BAD_REQUEST -> isDamage(code) ? StoreFault.DAMAGED : StoreFault.REFUSED;
      default -> status >= FIRST_OF_SERVER ? StoreFault.UNREACHABLE : StoreFault.REFUSED;
    };
  }

  private static boolean isDamage(String code) {
    return code.equals("BadDigest")
        || code.equals("InvalidDigest")
        || code.startsWith("XAmzContent");
  }

  private static StoreFault kind(SdkException failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof ApiCallAttemptTimeoutException
          || each instanceof ApiCallTimeoutException
          || each instanceof java.net.SocketTimeoutException) {
        return StoreFault.SLOW;
      }
      if (each instanceof IOException) {
        return StoreFault.UNREACHABLE;
      }
    }
    String message = String.valueOf(failure.getMessage());
    return message.contains("credentials") ? StoreFault.DENIED : StoreFault.REFUSED;
  }

  private static String words(StoreFault kind, SdkException failure) {
    String message = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    return kind == StoreFault.SLOW ? "no answer in time (" + message + ")" : message;
  }
}
