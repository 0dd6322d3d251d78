package io.engramdb.node.session;

import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.ConnectedClient.Kind;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.metrics.NodeMetrics;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much output may wait for a client ({@code client-output-buffer-limit}): above the hard limit,
 * or for too long above the soft one, its connection closes, and nothing of what waits leaves.
 * Whoever only asks needs none, since its requests are not taken any more, and has none unless it
 * is configured. Shard thread only.
 */
public final class OutputLimits {

  private static final Logger LOG = LoggerFactory.getLogger(OutputLimits.class);

  /** Bound for those whose class has no limit of its own, bytes: nothing grows for ever. */
  static final long UNLIMITED_BYTES = 256L << 20;

  private static final long MS_PER_SECOND = 1000;

  /** Limits of one class of clients; 0 for none. */
  private record Limit(long hardBytes, long softBytes, long softMs) {}

  private final NodeMetrics metrics;
  private Limit normal = new Limit(0, 0, 0);
  private Limit pubsub = new Limit(32L << 20, 8L << 20, 60 * MS_PER_SECOND);
  private Limit replica = new Limit(256L << 20, 64L << 20, 60 * MS_PER_SECOND);

  /** Sessions above their soft limit. */
  private int overSoftLimit;

  OutputLimits(NodeMetrics metrics) {
    this.metrics = metrics;
  }

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
        default -> replica = limit;
      }
    }
  }

  /** Whether replies, and not only messages, are limited. */
  boolean limitsReplies() {
    return normal.hardBytes > 0 || normal.softBytes > 0;
  }

  /**
   * What the reply of a command may take at most while it runs, bytes. Only of one that reads: what
   * has changed something must not fail any more.
   */
  long replyBytes(@Nullable CommandSpec spec, Kind kind) {
    if (spec == null || !spec.onlyReads()) {
      return Long.MAX_VALUE;
    }
    boolean limited = kind == Kind.NORMAL && normal.hardBytes > 0;
    return Math.min(limited ? normal.hardBytes : Long.MAX_VALUE, ReplyBuffer.MAX_READ_BYTES);
  }

  /** Whether any session has to be looked at as time goes by. */
  boolean anyOverSoftLimit() {
    return overSoftLimit > 0;
  }

  /** That session has ended. */
  void gone(Session session) {
    overSoftLimit -= session.overSoftLimitSinceMs == 0 ? 0 : 1;
    session.overSoftLimitSinceMs = 0;
  }

  /** Whether this session's connection must close because of a reply; a reply alone may be huge. */
  boolean exceededByReply(Kind kind, long outputBytes, Session session, long nowMs) {
    return exceeded(limit(kind), 0, outputBytes, session, nowMs);
  }

  /** Whether this session's connection must close because of a message. */
  boolean exceeded(Kind kind, long outputBytes, Session session, long nowMs) {
    return exceeded(limit(kind), UNLIMITED_BYTES, outputBytes, session, nowMs);
  }

  private Limit limit(Kind kind) {
    return switch (kind) {
      case PUBSUB -> pubsub;
      case REPLICA -> replica;
      default -> normal;
    };
  }

  private boolean exceeded(
      Limit limit, long otherwiseBytes, long outputBytes, Session session, long nowMs) {
    long hardBytes = limit.hardBytes == 0 ? otherwiseBytes : limit.hardBytes;
    boolean overSoft = limit.softBytes > 0 && outputBytes > limit.softBytes;
    if (!overSoft) {
      gone(session);
    } else if (session.overSoftLimitSinceMs == 0) {
      session.overSoftLimitSinceMs = nowMs;
      overSoftLimit++;
    }
    boolean tooLong = overSoft && nowMs - session.overSoftLimitSinceMs > limit.softMs;
    boolean exceeded = (hardBytes > 0 && outputBytes > hardBytes) || tooLong;
    if (exceeded) {
      metrics.outputLimitDisconnections++;
      LOG.warn(
          "client {} closed: {} bytes wait for it, more than its class may have",
          session.state().address,
          outputBytes);
    }
    return exceeded;
  }
}
