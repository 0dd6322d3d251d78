package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.net.HttpEndpoint;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start and stop of a data node, or of a snapshotter, which is one that never leads.
 *
 * <p>Start: the client ports first, so that one that is taken refuses the start before anything is
 * made; then the log. Clients that come before the data is there hear -LOADING. Stop: a primary
 * hands over, then clients' connections, then the log.
 */
final class NodeServer {
  private static final Logger LOG = LoggerFactory.getLogger(NodeServer.class);

  /** How long a hand-over may take at the end of a primary, milliseconds. */
  private static final long HAND_OVER_MS = 3000;

  /** How long a deposed primary stays to help its successor, milliseconds. */
  private static final long SUCCESSOR_MS = 2000;

  private static final long SUCCESSOR_POLL_MS = 5;

  /** How soon after its data a node says that it is ready, milliseconds. */
  private static final long READY_POLL_MS = 10;

  /** Beyond this an orderly end is given up and the process just ends, milliseconds. */
  private static final long STOP_LIMIT_MS = 10_000;

  private final Configuration configuration;
  private final MemberSetting.Role role;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch beginsAnew = new CountDownLatch(1);
  private final AtomicBoolean stopping = new AtomicBoolean();

  /** SHUTDOWN ABORT came while the hand-over ran. */
  private volatile boolean aborted;

  /** From here on a stop can't be taken back. */
  private volatile boolean pastHandOver;

  private volatile NodeWiring.@Nullable Parts parts;
  private volatile @Nullable HttpEndpoint monitoring;

  /** A data node. */
  NodeServer(Configuration configuration) {
    this(configuration, MemberSetting.Role.DATA);
  }

  /**
   * A member with all data.
   *
   * @param role what the configuration must say that it is
   */
  NodeServer(Configuration configuration, MemberSetting.Role role) {
    this.configuration = configuration;
    this.role = role;
  }

  void start() throws ConfigException, IOException {
    LogSettings settings = LogSettings.of(configuration);
    if (settings.self().role() != role) {
      throw new ConfigException(otherCommand(settings.self()));
    }
    NodeWiring.Parts built =
        NodeWiring.build(configuration, settings, new ProcessStopper(), beginsAnew::countDown);
    parts = built;
    built.ports().bind();
    monitor(built.pages());
    built.durable().start();
    built.sampler().start();
    built.diskWatch().start();
    built.storeDay().start();
    built.storeArchive().start();
    built.pauses().start();
    LOG.info(
        "Process {} listens on {} port {}, TLS port {}",
        ProcessHandle.current().pid(),
        configuration.text("bind"),
        configuration.number("port"),
        configuration.number("tls-port"));
    built.scheduler().execute(() -> announceReady(built));
  }

  /** What to say to whoever started a member by the command of another role. */
  static String otherCommand(MemberSetting self) {
    return switch (self.role()) {
      case DATA -> self.name() + " is a data node; start it with: engram node";
      case LOG_VOTER -> self.name() + " is a log-only voter; start it with: engram log-voter";
      case SNAPSHOTTER -> self.name() + " is a snapshotter; start it with: engram snapshotter";
    };
  }

  /** Says once that clients get answers now; until then they hear -LOADING. */
  private void announceReady(NodeWiring.Parts built) {
    if (built.durable().shard().state().showsData()) {
      LOG.info(
          role == MemberSetting.Role.DATA
              ? "Ready to accept connections"
              : "Ready to make snapshots");
    } else if (parts == built) {
      built.scheduler().schedule(() -> announceReady(built), READY_POLL_MS);
    }
  }

  private void monitor(MonitoringPages pages) throws IOException {
    String host = configuration.text("metrics-bind");
    int port = (int) configuration.number("metrics-port");
    if (port != 0) {
      monitoring = new HttpEndpoint(host, port, pages.byPath());
      LOG.info("Figures and health at http://{}:{}/metrics", host, port);
    }
  }

  private void closeMonitoring() {
    HttpEndpoint open = monitoring;
    if (open != null) {
      open.close();
    }
  }

  /** What runs; for tests. */
  NodeWiring.Parts parts() {
    return Objects.requireNonNull(parts);
  }

  /**
   * Waits until the node has to begin anew, with what its directory holds by then. A node that is
   * told to stop never returns from here: its process ends.
   */
  void awaitNewBeginning() throws InterruptedException {
    beginsAnew.await();
  }

  /** Ends without a hand-over and leaves the process alive; idempotent. */
  void close() {
    NodeWiring.Parts built = parts;
    parts = null;
    if (built != null) {
      closeAll(built);
      built.release().run();
    }
  }

  private void closeAll(NodeWiring.Parts built) {
    closeMonitoring();
    built.ports().close();
    built.storeDay().close();
    built.storeArchive().close();
    built.diskWatch().close();
    built.pauses().close();
    built.sampler().close();
    built.durable().close();
  }

  /** SIGTERM: ends in order, within bounds. */
  void stopAndHalt() {
    stopAndHalt(true);
  }

  private void stopAndHalt(boolean handOver) {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    aborted = false;
    LOG.info("Stopping");
    NodeWiring.Parts built = parts;
    if (built != null) {
      if (handOver) {
        handOver(built);
        if (aborted) {
          stopping.set(false);
          LOG.info("Going on: the stop was taken back");
          return;
        }
        awaitSuccessor(built.durable());
      }
      pastHandOver = true;
      Thread limit = new Thread(this::haltIfLate, "shutdown-limit");
      limit.setDaemon(true);
      limit.start();
      closeAll(built);
      closed.countDown();
    }
    LOG.info("Stopped");
    ProcessEnd.halt(ProcessEnd.STOPPED);
  }

  private void haltIfLate() {
    try {
      if (!closed.await(STOP_LIMIT_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("not stopped within {} ms, ending all the same", STOP_LIMIT_MS);
        ProcessEnd.halt(ProcessEnd.STOPPED);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until this node leads no more, or can't be rid of it. */
  private static void handOver(NodeWiring.Parts built) {
    CountDownLatch ended = new CountDownLatch(1);
    DurableShard durable = built.durable();
    built
        .scheduler()
        .execute(
            () -> {
              boolean begun =
                  durable.handOver(
                      null,
                      HAND_OVER_MS,
                      handedOver -> {
                        LOG.info(handedOver ? "handed over" : "could not hand over");
                        ended.countDown();
                      });
              if (!begun) {
                ended.countDown();
              }
            });
    try {
      if (!ended.await(2 * HAND_OVER_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("the hand-over did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The successor needs a majority for its first entry, and this member is a quick part of it: it
   * stays until that entry is committed. It also goes on telling clients where to go.
   */
  private static void awaitSuccessor(DurableShard durable) {
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SUCCESSOR_MS);
    while (durable.hasHandedOver()
        && !durable.successorLeads()
        && System.nanoTime() < deadlineNanos) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SUCCESSOR_POLL_MS));
    }
  }

  private final class ProcessStopper implements ShardOperations.Stopper {
    @Override
    public void begin(boolean now) {
      new Thread(() -> stopAndHalt(!now), "shutdown").start();
    }

    @Override
    public boolean isRunning() {
      return stopping.get();
    }

    @Override
    public boolean abort() {
      NodeWiring.Parts built = parts;
      if (built == null || !stopping.get() || pastHandOver || !built.durable().abortHandOver()) {
        return false;
      }
      aborted = true;
      return true;
    }
  }
}
