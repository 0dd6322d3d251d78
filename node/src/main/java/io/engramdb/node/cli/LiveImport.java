package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Fills a cluster from a server that goes on serving: as its replica it takes a snapshot of all
 * keys, then every command, until it is told to end, has caught up, or has cut over. What it holds
 * is bounded; if the target is slow, the source's connection waits.
 *
 * <p>One thread does the work; another one acknowledges and tells the progress.
 */
final class LiveImport implements AutoCloseable {
  /** What ends an import. */
  enum Until {
    /** All keys of the snapshot. */
    SNAPSHOT,
    /** Everything that the source had when it was asked. */
    CAUGHT_UP,
    /** Writes of the source were paused, and everything before that is here. */
    CUT_OVER,
    /** It is told to end. */
    TOLD
  }

  /** What is wanted. */
  record Order(
      ServerAddress source,
      DatabaseMap databases,
      Until until,
      boolean skipModules,
      int pauseMs,
      int reconnectMs) {}

  /** What has become of it. */
  record Result(
      String state,
      long keys,
      long expired,
      long functions,
      long modules,
      long pendingLeftOut,
      long commands,
      long missedTimes,
      String replicationId,
      long offset) {}

  /** What {@link #phase} may be. */
  private enum Phase {
    CONNECTING,
    SNAPSHOT,
    FOLLOWING,
    LOST
  }

  private static final int POLL_MS = 100;
  private static final long RETRY_MS = 500;
  private static final long TICK_MS = 1000;
  private static final int TIMEOUT_MS = 10_000;
  private static final int UNPAUSE_TIMEOUT_MS = 3000;

  /** Bytes behind the source at which writes are paused for a cut over. */
  private static final long CUT_OVER_LAG_BYTES = 1 << 20;

  private final Order order;
  private final ImportTarget target;
  private final InstantSource clock;
  private final ImportProgress progress;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final CountDownLatch tickerEnds = new CountDownLatch(1);

  private volatile @Nullable SourceLink link;
  private volatile Phase phase = Phase.CONNECTING;
  private volatile @Nullable RdbReader reading;
  private volatile String replicationId = "";
  private volatile @Nullable RespClient control;
  private @Nullable KeyWriter writer;
  private @Nullable StreamPlayer player;

  /** Writes of the source may be paused by us. */
  private final AtomicBoolean pauses = new AtomicBoolean();

  /** When writes of the source were paused, or before; 0: they were not. */
  private long pausedNs;

  /** Offset that ends it; -1: not known yet. */
  private long endOffset = -1;

  private long askedNs = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(POLL_MS);

  LiveImport(Order order, ImportTarget target, InstantSource clock, ImportProgress progress) {
    this.order = order;
    this.target = target;
    this.clock = clock;
    this.progress = progress;
  }

  /** Tells it to end as soon as what was received is in the target. */
  void stop() {
    stop.set(true);
  }

  /** Does all of it. */
  Result run() throws CliException {
    Thread ticker = Thread.ofPlatform().daemon().name("import-progress").start(this::tick);
    boolean done = false;
    try {
      takeSnapshot();
      if (order.until != Until.SNAPSHOT && !follow() && order.until != Until.TOLD) {
        throw new ImportException("it was told to end before it had what it was to wait for");
      }
      Objects.requireNonNull(writer).settle();
      target.drain();
      confirm();
      done = true;
      return result();
    } catch (SourceLink.RefusedException | ImportException e) {
      throw failed(String.valueOf(e.getMessage()), e);
    } catch (RdbException e) {
      throw failed("the snapshot of the source can't be read: " + e.getMessage(), e);
    } catch (IOException e) {
      throw failed("the source " + order.source + ": " + e.getMessage(), e);
    } finally {
      tickerEnds.countDown();
      LockSupport.unpark(ticker);
      if (!done) {
        unpause();
      }
    }
  }

  private CliException failed(String reason, Exception cause) {
    unpause();
    try {
      // What came before may still be on its way.
      target.drain();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    if (writer == null) {
      return new CliException(reason + "; nothing was imported", cause);
    }
    String how =
        player == null
            ? "the target is incomplete"
            : "the target has what the source had at offset "
                + target.appliedOffset()
                + " of "
                + replicationId
                + ", and is incomplete";
    return new CliException(reason + "; " + how, cause);
  }

  private Result result() {
    KeyWriter keys = Objects.requireNonNull(writer);
    StreamPlayer played = player;
    String state =
        switch (order.until) {
          case SNAPSHOT -> "snapshot";
          case CAUGHT_UP -> "caught up";
          case CUT_OVER -> "cut over";
          case TOLD -> "stopped";
        };
    return new Result(
        state,
        keys.keys(),
        keys.expired(),
        keys.functions(),
        keys.modules(),
        target.leftOut(),
        played == null ? 0 : played.commands(),
        target.missedTimes(),
        replicationId,
        target.appliedOffset());
  }

  // --- everything at one moment

  private void takeSnapshot() throws IOException {
    SourceLink source = SourceLink.open(order.source);
    link = source;
    control = openControl();
    source.beginFullSync();
    replicationId = source.replicationId();
    long offset = source.offset();
    if (order.until == Until.CAUGHT_UP || order.until == Until.CUT_OVER) {
      // Whether it can be asked at all is better known before the work.
      offsetOfSource();
    }
    phase = Phase.SNAPSHOT;
    target.begin();
    boolean follows = order.until != Until.SNAPSHOT;
    KeyWriter keys = new KeyWriter(target, order.databases, clock, follows, offset, stop);
    writer = keys;
    progress.snapshot(source.snapshotBytes(), keysOfSource());
    RdbReader reader =
        RdbReader.of(
            source.snapshot(),
            RdbLimits.DEFAULT,
            order.skipModules ? ModulePolicy.SKIP : ModulePolicy.FAIL);
    reading = reader;
    reader.read(keys);
    target.drain();
    source.endFullSync(reader.unconsumed());
    player = new StreamPlayer(target, order.databases, source.offset(), keys.streamDatabase());
    phase = Phase.FOLLOWING;
    acknowledge();
    progress.snapshotEnds(keys);
  }

  // --- every command since

  /** True if there is nothing more to wait for, false if it was told to end. */
  private boolean follow() throws IOException {
    StreamPlayer playing = Objects.requireNonNull(player);
    long heardNs = System.nanoTime();
    while (!stop.get()) {
      try {
        if (isAtEnd()) {
          return true;
        }
        SourceLink source = Objects.requireNonNull(link);
        if (!source.hasBuffered()) {
          target.flush();
        }
        if (source.await(POLL_MS)) {
          heardNs = System.nanoTime();
          if (playing.play(source.next(), source.offset())) {
            target.drain();
            acknowledge();
          }
        } else if (System.nanoTime() - heardNs
            > TimeUnit.MILLISECONDS.toNanos(SourceLink.SILENCE_MS)) {
          throw new IOException("nothing was heard for " + SourceLink.SILENCE_MS / 1000 + " s");
        }
      } catch (ImportException | SourceLink.RefusedException | RespInput.MalformedException e) {
        throw e;
      } catch (IOException e) {
        reconnect(playing, e);
        heardNs = System.nanoTime();
      }
    }
    return false;
  }

  /** Goes on behind the last whole command, if the source still has what follows it. */
  private void reconnect(StreamPlayer playing, IOException why) throws IOException {
    phase = Phase.LOST;
    closeLink();
    progress.say("the connection to the source was lost (" + why.getMessage() + ")");
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(order.reconnectMs);
    IOException last = why;
    while (!stop.get() && System.nanoTime() < deadlineNs) {
      try {
        link = SourceLink.resumed(order.source, replicationId, playing.position());
        playing.resume();
        replicationId = Objects.requireNonNull(link).replicationId();
        closeControl();
        control = openControl();
        // It may be another server now, or one that has begun anew: nobody waits there for us.
        pausedNs = 0;
        endOffset = -1;
        phase = Phase.FOLLOWING;
        progress.say("connected again, going on at offset " + playing.position());
        return;
      } catch (SourceLink.RefusedException | RespInput.MalformedException e) {
        throw e;
      } catch (IOException e) {
        last = e;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MS));
      }
    }
    if (!stop.get()) {
      throw new ImportException(
          "the source "
              + order.source
              + " can't be reached for "
              + TimeUnit.MILLISECONDS.toSeconds(order.reconnectMs)
              + " s: "
              + last.getMessage());
    }
  }

  // --- the end

  /** Whether there is nothing more to wait for. Asks the source while that is not known. */
  private boolean isAtEnd() throws IOException {
    if (order.until == Until.TOLD) {
      return false;
    }
    if (endOffset < 0 && phase == Phase.FOLLOWING && isTimeToAsk()) {
      if (order.until == Until.CAUGHT_UP) {
        endOffset = offsetOfSource();
      } else if (offsetOfSource() - target.appliedOffset() <= CUT_OVER_LAG_BYTES) {
        pause();
        endOffset = offsetOfSource();
      }
    }
    if (endOffset >= 0) {
      checkPause();
      if (target.appliedOffset() >= endOffset) {
        return true;
      }
      target.flush();
    }
    return false;
  }

  /** Looks once more whether it is still the source, and its writers wait. */
  private void confirm() throws IOException {
    if (order.until == Until.CUT_OVER) {
      offsetOfSource();
      checkPause();
    }
  }

  private boolean isTimeToAsk() {
    if (System.nanoTime() - askedNs < TimeUnit.MILLISECONDS.toNanos(POLL_MS)) {
      return false;
    }
    askedNs = System.nanoTime();
    return true;
  }

  /** The source answers its writers again after a while, whatever becomes of us. */
  private void pause() throws IOException {
    // Of the time that the source counts nothing may be missed.
    pausedNs = System.nanoTime();
    pauses.set(true);
    try {
      askControl("CLIENT", "PAUSE", Integer.toString(order.pauseMs), "WRITE");
    } catch (RespClient.ErrorReply e) {
      pauses.set(false);
      throw new ImportException("the source can't pause its writers: " + e.getMessage());
    }
    progress.say(
        "writes of the source are paused for "
            + TimeUnit.MILLISECONDS.toSeconds(order.pauseMs)
            + " s");
  }

  /** Half of the pause belongs to whoever redirects the clients. */
  private void checkPause() throws IOException {
    long limitNs = TimeUnit.MILLISECONDS.toNanos(order.pauseMs / 2);
    if (pausedNs != 0 && System.nanoTime() - pausedNs > limitNs) {
      throw new ImportException("the target did not catch up in half of the pause; it is over");
    }
  }

  /** Lets writers of the source go on, if that can be done. On a connection of its own. */
  void unpause() {
    if (pauses.getAndSet(false)) {
      try (RespClient client = RespClient.connect(order.source, UNPAUSE_TIMEOUT_MS)) {
        client.call("CLIENT", "UNPAUSE");
      } catch (IOException e) {
        progress.say("the source can't be told to go on: its pause ends by itself");
      }
    }
  }

  /**
   * The source's offset, in the history that is followed: it may be another server than the one
   * that sends the stream, or may serve no writers, whose pause would mean nothing.
   */
  private long offsetOfSource() throws IOException {
    Map<String, String> facts;
    try {
      facts = factsOfSource("replication");
    } catch (RespClient.ErrorReply e) {
      throw new ImportException("the source does not answer INFO: " + e.getMessage());
    }
    if (!replicationId.equals(facts.get("master_replid"))) {
      throw new ImportException(
          "INFO of the source tells another replication id than its stream has, so nobody knows"
              + " when everything is here; follow it and end with Ctrl-C");
    }
    if (order.until == Until.CUT_OVER && !"master".equals(facts.get("role"))) {
      throw new ImportException(
          "the source is a replica: pausing its writers stops nobody; cut over from its primary");
    }
    String text = facts.get("master_repl_offset");
    if (text == null || !text.matches("[0-9]{1,18}")) {
      throw new ImportException("the source does not say its offset in INFO replication");
    }
    return Long.parseLong(text);
  }

  private long keysOfSource() {
    try {
      long keys = 0;
      for (Map.Entry<String, String> each : factsOfSource("keyspace").entrySet()) {
        String digits = each.getKey().replaceFirst("^db", "");
        String count = each.getValue().replaceFirst("^keys=([0-9]{1,18}),.*", "$1");
        if (digits.matches("[0-9]{1,9}") && count.matches("[0-9]{1,18}")) {
          keys += order.databases.isWanted(Long.parseLong(digits)) ? Long.parseLong(count) : 0;
        }
      }
      return keys;
    } catch (IOException e) {
      // Only the progress needs it.
      return 0;
    }
  }

  private Map<String, String> factsOfSource(String section) throws IOException {
    return ClusterProbe.facts(askControl("INFO", section));
  }

  private @Nullable String askControl(String... words) throws IOException {
    RespClient present = control;
    if (present == null) {
      throw new ImportException("the source does not answer questions on a second connection");
    }
    synchronized (present) {
      return present.call(words);
    }
  }

  /** A second connection, for questions; without it there is no end by itself. */
  private @Nullable RespClient openControl() {
    try {
      return RespClient.connect(order.source, TIMEOUT_MS);
    } catch (IOException e) {
      return null;
    }
  }

  // --- beside the work

  /** Tells the source how far we are, once a second, and whoever looks. */
  private void tick() {
    while (tickerEnds.getCount() > 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TICK_MS));
      if (tickerEnds.getCount() == 0) {
        return;
      }
      RdbReader reader = reading;
      KeyWriter keys = writer;
      if (phase == Phase.SNAPSHOT && reader != null && keys != null) {
        progress.inSnapshot(keys, reader.offset());
      } else if (phase == Phase.FOLLOWING) {
        try {
          acknowledge();
        } catch (IOException e) {
          // Whoever reads that connection will see it.
        }
        progress.following(target.appliedOffset(), newestOffset());
      }
    }
  }

  /** Of the source; or of what was received, if it does not say. */
  private long newestOffset() {
    try {
      return Math.max(target.sentOffset(), offsetOfSource());
    } catch (IOException e) {
      return target.sentOffset();
    }
  }

  private void acknowledge() throws IOException {
    SourceLink source = link;
    if (source != null && phase == Phase.FOLLOWING) {
      source.acknowledge(target.appliedOffset());
    }
  }

  private void closeLink() {
    SourceLink present = link;
    if (present != null) {
      present.close();
    }
  }

  private void closeControl() {
    RespClient present = control;
    if (present != null) {
      present.close();
    }
  }

  @Override
  public void close() {
    closeLink();
    closeControl();
    target.close();
  }
}
