package io.engramdb.node.session;

import io.engramdb.node.command.ConnectedClient.Kind;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much output may wait for a client that is sent what it has not asked for ({@code
 * client-output-buffer-limit}): above the hard limit, or for too long above the soft one, its
 * connection closes. Whoever only asks needs none: its requests are not taken any more. Shard
 * thread only.
 */
public final class OutputLimits {

  private static final Logger LOG = LoggerFactory.getLogger(OutputLimits.class);

  /** Bound for those whose class has no limit of its own, bytes: nothing grows for ever. */
  static final long UNLIMITED_BYTES = 256L << 20;

  private static final long MS_PER_SECOND = 1000;

  /** Limits of one class of clients; 0 for none. */
  private record Limit(long hardBytes, long softBytes, long softMs) {}

  private Limit normal = new Limit(0, 0, 0);
  private Limit pubsub = new Limit(32L << 20, 8L << 20, 60 * MS_PER_SECOND);

  /** The directive's words: class, hard limit, soft limit and seconds, again and again. */
  public void set(List<String> words) {
    for (int i = 0; i + 3 < words.size(); i += 4) {
      Limit limit =
          new Limit(
              Long.parseLong(words.get(i + 1)),
              Long.parseLong(words.get(i + 2)),
              Long.parseLong(words.get(i + 3)) * MS_PER_SECOND);
      switch (words.get(i)) {
        case "normal" -> normal = limit;
        case "pubsub" -> pubsub = limit;
        default -> {
          // There are no replicas of that kind here.
        }
      }
    }
  }

  /** Whether this session's connection must close. */
  boolean exceeded(Kind kind, long outputBytes, Session session, long nowMs) {
    Limit limit = kind == Kind.PUBSUB ? pubsub : normal;
    long hardBytes = limit.hardBytes == 0 ? UNLIMITED_BYTES : limit.hardBytes;
    boolean overSoft = limit.softBytes > 0 && outputBytes > limit.softBytes;
    if (!overSoft) {
      session.overSoftLimitSinceMs = 0;
    } else if (session.overSoftLimitSinceMs == 0) {
      session.overSoftLimitSinceMs = nowMs;
    }
    boolean tooLong = overSoft && nowMs - session.overSoftLimitSinceMs > limit.softMs;
    boolean exceeded = outputBytes > hardBytes || tooLong;
    if (exceeded) {
      LOG.warn(
          "client {} closed: {} bytes wait for it, more than its class may have",
          session.state().address,
          outputBytes);
    }
    return exceeded;
  }
}
