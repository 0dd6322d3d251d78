package io.engramdb.node.net;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.KeyTransfers;
import io.engramdb.node.metrics.NodeMetrics;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections to servers that keys are brought to (MIGRATE), each delivery on a thread of its own.
 * A connection is kept for a while after its delivery, for the next one of the same login. Any
 * thread.
 *
 * <p>As in Redis, a connection that was kept may have been closed by the target meanwhile: then,
 * and only if nothing was answered, the delivery is tried on a new one.
 */
public final class RestoreSockets implements KeyTransfers {

  /** Connections that are kept. */
  private static final int MAX_IDLE = 64;

  private static final long IDLE_LIMIT_NANOS = 10_000_000_000L;
  private static final CommandError NO_CONNECTION =
      new CommandError("IOERR", "error or timeout connecting to the client");
  private static final CommandError NOT_WRITTEN =
      new CommandError("IOERR", "error or timeout writing to target instance");
  private static final CommandError NOT_READ =
      new CommandError("IOERR", "error or timeout reading to target instance");

  /** Whose connections can be used for each other. */
  private record Target(String host, int port, @Nullable Bytes user, @Nullable Bytes password) {}

  private static final class Idle {
    private final Target target;
    private final RestoreConnection connection;
    private final long sinceNanos = System.nanoTime();

    Idle(Target target, RestoreConnection connection) {
      this.target = target;
      this.connection = connection;
    }
  }

  private final NodeMetrics metrics;

  /** Oldest first. */
  private final Deque<Idle> idle = new ArrayDeque<>();

  /**
   * @param metrics is told how many connections are kept
   */
  public RestoreSockets(NodeMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public Transfer begin(Delivery delivery) {
    Run run = new Run(delivery);
    Thread.ofPlatform().name("migrate").daemon().start(run);
    return run;
  }

  /** Closes what was kept for long enough; to be called now and then. */
  public synchronized void closeIdle() {
    long nowNanos = System.nanoTime();
    while (!idle.isEmpty() && nowNanos - idle.peekFirst().sinceNanos > IDLE_LIMIT_NANOS) {
      idle.removeFirst().connection.close();
    }
    metrics.keptMigrationSockets = idle.size();
  }

  /** Closes everything that is kept. */
  public synchronized void close() {
    idle.forEach(each -> each.connection.close());
    idle.clear();
  }

  private synchronized @Nullable RestoreConnection take(Target target) {
    for (Iterator<Idle> all = idle.descendingIterator(); all.hasNext(); ) {
      Idle each = all.next();
      if (each.target.equals(target)) {
        all.remove();
        metrics.keptMigrationSockets = idle.size();
        return each.connection;
      }
    }
    return null;
  }

  private synchronized void keep(Target target, RestoreConnection connection) {
    if (idle.size() == MAX_IDLE) {
      idle.removeFirst().connection.close();
    }
    idle.addLast(new Idle(target, connection));
    metrics.keptMigrationSockets = idle.size();
  }

  /** One delivery. */
  private final class Run implements Transfer, Runnable {
    private final Delivery delivery;
    private final Target target;
    private final BitSet taken = new BitSet();
    private volatile @Nullable Result result;
    private volatile boolean aborted;
    private volatile @Nullable RestoreConnection open;

    Run(Delivery delivery) {
      this.delivery = delivery;
      target = new Target(delivery.host(), delivery.port(), delivery.user(), delivery.password());
    }

    @Override
    public @Nullable Result result() {
      return result;
    }

    @Override
    public void abort() {
      aborted = true;
      RestoreConnection present = open;
      if (present != null) {
        present.close();
      }
    }

    @Override
    public void run() {
      CommandError failure = NOT_READ;
      try {
        RestoreConnection kept = take(target);
        failure = kept == null ? fresh() : reused(kept);
      } finally {
        result = new Result(taken, failure);
      }
    }

    private @Nullable CommandError reused(RestoreConnection kept) {
      open = kept;
      if (!kept.isQuiet()) {
        open = null;
        kept.close();
        return fresh();
      }
      CommandError failure = deliver(kept);
      return failure != null && kept.isWorthAnother() && !aborted ? fresh() : failure;
    }

    private @Nullable CommandError fresh() {
      RestoreConnection connection;
      try {
        connection = new RestoreConnection();
      } catch (IOException e) {
        return NO_CONNECTION;
      }
      open = connection;
      try {
        // Whoever aborts sees the connection, or is seen here.
        if (!aborted) {
          connection.connect(target.host, target.port, delivery.timeoutMs());
        }
      } catch (IOException e) {
        open = null;
        connection.close();
        return NO_CONNECTION;
      }
      return deliver(connection);
    }

    /** Ends with the connection kept or closed. */
    private @Nullable CommandError deliver(RestoreConnection connection) {
      try {
        return aborted ? NOT_READ : exchange(connection);
      } finally {
        open = null;
        if (connection.isUsable() && !aborted) {
          keep(target, connection);
        } else {
          connection.close();
        }
      }
    }

    private @Nullable CommandError exchange(RestoreConnection connection) {
      List<String> refusals = new ArrayList<>(1);
      boolean answered = false;
      boolean writing = true;
      try {
        int preparations = connection.writePreparations(delivery);
        writing = false;
        for (int i = 0; i < preparations; i++) {
          note(connection.readLine(delivery.timeoutMs()), refusals);
          answered = true;
        }
        if (!refusals.isEmpty()) {
          connection.settled(RestoreConnection.UNKNOWN);
          return refusal(refusals);
        }
        writing = true;
        BitSet written = connection.writeItems(delivery);
        writing = false;
        for (int i = written.nextSetBit(0); i >= 0; i = written.nextSetBit(i + 1)) {
          taken.set(i, note(connection.readLine(delivery.timeoutMs()), refusals));
          answered = true;
        }
      } catch (IOException e) {
        connection.failed(e, answered);
        return refusals.isEmpty() ? (writing ? NOT_WRITTEN : NOT_READ) : refusal(refusals);
      }
      connection.settled(refusals.isEmpty() ? delivery.database() : RestoreConnection.UNKNOWN);
      return refusals.isEmpty() ? null : refusal(refusals);
    }

    /**
     * Whether the target has done it; what it refuses is noted.
     *
     * @throws ProtocolException if that is no answer to what was asked: nothing that follows is one
     */
    private boolean note(String line, List<String> refusals) throws ProtocolException {
      if (line.equals("+OK")) {
        return true;
      }
      if (!line.startsWith("-")) {
        throw new ProtocolException("not the answer of such a server");
      }
      refusals.add(line.substring(1));
      return false;
    }

    private CommandError refusal(List<String> refusals) {
      return CommandError.err("Target instance replied with error: " + refusals.getFirst());
    }
  }
}
