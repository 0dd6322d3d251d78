package io.engramdb.node.session;

import io.engramdb.node.metrics.NodeMetrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all connections together may take for what they have sent and not been given ({@code
 * maxmemory-clients}): above it those that take the most are closed. Shard thread only.
 *
 * <p>A session's share is counted when its turn ends or bytes of a request arrive. What leaves by
 * the socket is not noticed, so the sum is never too small by more than one turn, but may be too
 * large: everything is counted anew before anybody is closed.
 *
 * <p>Without a limit only those are counted that are sent messages. A client's requests wait while
 * it does not read its replies, but messages come whether listeners read them or not, and many
 * listeners that do not read could take the whole heap, each within its own limit.
 */
public final class ClientMemory {

  private static final Logger LOG = LoggerFactory.getLogger(ClientMemory.class);

  private final Collection<Session> sessions;
  private final NodeMetrics metrics;

  /** Share of the heap that clients may take if nothing is configured. */
  private static final int HEAP_SHARE = 4;

  /** Where there is no other limit, bytes. */
  private static final long HEAP_BYTES = Runtime.getRuntime().maxMemory() / HEAP_SHARE;

  /** What is configured, bytes; 0 for nothing. */
  private long limitBytes;

  private long countedBytes;

  ClientMemory(Collection<Session> sessions, NodeMetrics metrics) {
    this.sessions = sessions;
    this.metrics = metrics;
  }

  /** Sets the limit, bytes; 0 for none. */
  public void limit(long newLimitBytes) {
    limitBytes = newLimitBytes;
    evict();
  }

  boolean isLimited() {
    return limitBytes > 0;
  }

  /** Counts what a session takes now: if there is a limit, or after a message. */
  void changed(Session session) {
    long bytes = session.memoryBytes();
    countedBytes += bytes - session.countedMemoryBytes;
    session.countedMemoryBytes = bytes;
    if (countedBytes > (limitBytes > 0 ? limitBytes : HEAP_BYTES)) {
      evict();
    }
  }

  /** What the session was counted with is free again. */
  void gone(Session session) {
    countedBytes -= session.countedMemoryBytes;
    session.countedMemoryBytes = 0;
  }

  private void recount() {
    countedBytes = 0;
    for (Session session : sessions) {
      session.countedMemoryBytes = session.isDoomed() ? 0 : session.memoryBytes();
      countedBytes += session.countedMemoryBytes;
    }
  }

  private void evict() {
    long allowedBytes = limitBytes > 0 ? limitBytes : HEAP_BYTES;
    recount();
    if (countedBytes <= allowedBytes) {
      return;
    }
    List<Session> largestFirst = new ArrayList<>(sessions);
    largestFirst.removeIf(session -> session.state().noEvict || session.isDoomed());
    largestFirst.sort(
        Comparator.comparingLong((Session session) -> session.countedMemoryBytes).reversed());
    for (Session session : largestFirst) {
      if (countedBytes <= allowedBytes) {
        break;
      }
      LOG.info(
          "client {} closed: {} bytes, the most while all clients together exceed {}",
          session.state().address,
          session.countedMemoryBytes,
          allowedBytes);
      gone(session);
      metrics.evictedClients++;
      session.doom();
    }
  }
}
