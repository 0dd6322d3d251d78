package io.engramdb.node.durability;

import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.rdb.RdbTee;
import io.engramdb.node.shard.EffectReader;
import io.engramdb.snapshot.rdb.KeyVisitor;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Serves one replica of another make: a snapshot of this node's own that is not older than the
 * request, as an RDB file, then the committed records behind it, read from this node's log and said
 * as commands ({@link ReplicaCommands}). So nothing leaves that is not committed, the shard does
 * nothing for it but the snapshot, and nothing is held in memory but one piece at a time: a replica
 * that is slow makes this thread wait, and if the log is cut meanwhile, the connection ends.
 *
 * <p>One thread of its own, which blocks.
 */
public final class ReplicaFeed {

  /** What it needs of its node; any thread. */
  public interface Member {
    /** Newest index whose effect memory holds, acknowledged or not. */
    long appliedIndex();

    /** Newest committed index that can be read. */
    long committedIndex();

    /** Oldest index that can be read. */
    long firstIndex();

    SnapshotStatus snapshots();

    /** Begins a snapshot; null, or why it can't. */
    @Nullable String startSnapshot();

    /** The newest snapshot of this history; null without one. */
    @Nullable SnapshotManifest newest() throws IOException;

    Path file(SnapshotManifest snapshot);

    /** Reads committed records of this node's log. */
    void read(long firstIndex, long lastIndex, TxLog.ReplayConsumer to) throws IOException;

    /** How long nothing may happen before the replica is told so. */
    long pingMs();
  }

  /** The connection. */
  public interface Peer {
    /**
     * Sends bytes, and waits while too much waits for the replica.
     *
     * @throws IOException if it is gone
     */
    void send(byte[] bytes) throws IOException;

    /**
     * Whether the replica has said how far it is.
     *
     * @throws IOException if it is gone
     */
    boolean hasAcknowledged() throws IOException;
  }

  /**
   * What the replica has asked for.
   *
   * @param partial by PSYNC, not by SYNC
   * @param endMark it takes a snapshot of which nobody knows the length
   * @param functionsOnly of the snapshot, and nothing behind it
   * @param server it serves clients itself, so it wants what is behind the snapshot
   */
  public record Request(boolean partial, boolean endMark, boolean functionsOnly, boolean server) {}

  /** Indexes that are read at once: the largest records must fit. */
  private static final int INDEXES_PER_READ = 16;

  /** Bytes that are sent at once, but for a larger record's. */
  private static final int PIECE_BYTES = 64 << 10;

  private static final int MARK_BYTES = 40;
  private static final long IDLE_MS = 2;
  private static final long ACKNOWLEDGED_POLL_MS = 10;
  private static final long SNAPSHOT_POLL_MS = 100;
  private static final long SNAPSHOT_LIMIT_MS = 600_000;

  /** How long a replica may load a snapshot. */
  private static final long LOADING_LIMIT_MS = 3_600_000;

  /** How often a replica that waits is told that we are there, and looked for. */
  private static final long ALIVE_MS = 1000;

  /** Age up to which a snapshot serves several replicas: each one of its own cuts the log. */
  private static final long YOUNG_MS = 60_000;

  private static final int ATTEMPTS = 3;

  private final Member member;
  private final Peer peer;
  private final Request request;
  private final String replicationId;
  private final EffectReader effects = new EffectReader();
  private ReplicaCommands commands = new ReplicaCommands(false);
  private long aliveNs = System.nanoTime();

  /**
   * A feed.
   *
   * @param replicationId 40 hexadecimal digits
   */
  public ReplicaFeed(Member member, Peer peer, Request request, String replicationId) {
    this.member = member;
    this.peer = peer;
    this.request = request;
    this.replicationId = replicationId;
  }

  /**
   * Serves the replica as long as it is there.
   *
   * @throws IOException if it has gone, or can't be served any more
   * @throws InterruptedException the node ends
   */
  public void run() throws IOException, InterruptedException {
    long next = sendSnapshot() + 1;
    awaitLoaded();
    long saidNs = System.nanoTime();
    while (true) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long committed = member.committedIndex();
      if (next <= committed) {
        long last = Math.min(committed, next + INDEXES_PER_READ - 1);
        member.read(next, last, this::say);
        next = last + 1;
      } else {
        pause(IDLE_MS);
        long idleMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - saidNs);
        if (idleMs >= member.pingMs()) {
          commands.ping();
        }
        if (isTimeForAlive()) {
          // Fails if the connection is gone.
          peer.hasAcknowledged();
        }
      }
      if (commands.sizeBytes() > PIECE_BYTES || (commands.sizeBytes() > 0 && next > committed)) {
        byte[] said = commands.take();
        sendPieces(said, 0, said.length);
        saidNs = System.nanoTime();
      }
    }
  }

  /** A replica finds the end mark only if nothing follows it. */
  private void awaitLoaded() throws IOException, InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOADING_LIMIT_MS);
    while (request.endMark && !peer.hasAcknowledged()) {
      if (System.nanoTime() > endNs) {
        throw new IOException("it does not say that it has loaded the snapshot");
      }
      pause(ACKNOWLEDGED_POLL_MS);
    }
  }

  private boolean isTimeForAlive() {
    long nowNs = System.nanoTime();
    if (nowNs - aliveNs < TimeUnit.MILLISECONDS.toNanos(ALIVE_MS)) {
      return false;
    }
    aliveNs = nowNs;
    return true;
  }

  /** An empty line before the snapshot means nothing, but that we are there. */
  private void sayAlive() throws IOException {
    if (isTimeForAlive()) {
      send("\n");
    }
  }

  private void say(long term, long index, RecordKind kind, byte[] payload) {
    if (kind == RecordKind.DATA) {
      commands.say(effects.read(term, payload));
    }
  }

  // --- the snapshot

  /** A snapshot and its file, which stays readable if it is removed meanwhile. */
  private record Opened(SnapshotManifest snapshot, FileChannel file) {}

  private long sendSnapshot() throws IOException, InterruptedException {
    Opened opened = open();
    SnapshotManifest snapshot = opened.snapshot;
    boolean expires = reachesVersion12(snapshot);
    commands = new ReplicaCommands(expires);
    try (FileChannel file = opened.file) {
      if (request.partial) {
        send("+FULLRESYNC " + replicationId + " " + Math.max(0, snapshot.index()) + "\r\n");
      }
      if (request.endMark) {
        String mark = mark(snapshot);
        send("$EOF:" + mark + "\r\n");
        write(file, expires, new Pieces());
        send(mark);
      } else {
        Counter counter = new Counter();
        write(file, expires, counter);
        send("$" + counter.sizeBytes + "\r\n");
        write(file, expires, new Pieces());
      }
    }
    return snapshot.index();
  }

  private Opened open() throws IOException, InterruptedException {
    for (int i = 0; i < ATTEMPTS; i++) {
      SnapshotManifest snapshot = snapshot();
      try {
        FileChannel file = FileChannel.open(member.file(snapshot), StandardOpenOption.READ);
        return new Opened(snapshot, file);
      } catch (NoSuchFileException e) {
        // It was the older of two a moment later.
        continue;
      }
    }
    throw new IOException("snapshots come faster than they are read");
  }

  /** Only where it is needed: Redis 7.0 and 7.2 can't load it. */
  private static boolean reachesVersion12(SnapshotManifest snapshot) {
    return snapshot.rdbVersion() >= RdbVersion.REDIS_7_4;
  }

  private static String mark(SnapshotManifest snapshot) {
    String digits =
        snapshot.digest() + Long.toHexString(System.nanoTime()) + "0".repeat(MARK_BYTES);
    return digits.substring(0, MARK_BYTES);
  }

  /**
   * A snapshot that holds at least what had been applied when this was called: tools may want
   * nothing but that. A server gets what is missing from the log, so a young one does.
   */
  private SnapshotManifest snapshot() throws IOException, InterruptedException {
    long wanted = member.appliedIndex();
    SnapshotManifest present = member.newest();
    if (present != null && request.server && isYoung(present)) {
      return present;
    }
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SNAPSHOT_LIMIT_MS);
    boolean begun = false;
    while (System.nanoTime() < endNs) {
      SnapshotStatus status = member.snapshots();
      if (status.savedIndex() >= wanted) {
        SnapshotManifest newest = member.newest();
        if (newest != null && newest.index() >= wanted) {
          return newest;
        }
      }
      if (!status.running()) {
        if (begun && status.lastFailed()) {
          throw new IOException("no snapshot can be made");
        }
        String refusal = member.startSnapshot();
        if (refusal != null && !refusal.equals(ShardSnapshotter.IN_PROGRESS)) {
          throw new IOException(refusal);
        }
        begun |= refusal == null;
      }
      sayAlive();
      pause(SNAPSHOT_POLL_MS);
    }
    throw new IOException("a snapshot takes too long");
  }

  private boolean isYoung(SnapshotManifest snapshot) {
    long ageMs = System.currentTimeMillis() - snapshot.createdMs();
    return ageMs >= 0 && ageMs < YOUNG_MS && member.firstIndex() <= snapshot.index() + 1;
  }

  private static void pause(long ms) throws InterruptedException {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private void write(FileChannel file, boolean expires, OutputStream to) throws IOException {
    RdbReader from =
        RdbReader.of(
            Channels.newInputStream(file.position(0)), RdbLimits.DEFAULT, ModulePolicy.FAIL);
    try (OutputStream buffered = new BufferedOutputStream(to, PIECE_BYTES)) {
      int version = expires ? RdbVersion.REDIS_7_4 : RdbVersion.REDIS_7_0;
      RdbWriter writer = new RdbWriter(buffered, version, false);
      writer.header(writer.version());
      RdbVisitor wanted = request.functionsOnly ? new Functions(writer::function) : writer;
      // Remarks of ours and hints stay behind.
      from.read(new RdbTee(wanted, new Functions(source -> {}), (name, value) -> {}));
      writer.end();
    }
  }

  private void sendPieces(byte[] bytes, int offset, int length) throws IOException {
    for (int at = 0; at < length; at += PIECE_BYTES) {
      int end = offset + Math.min(length, at + PIECE_BYTES);
      peer.send(Arrays.copyOfRange(bytes, offset + at, end));
    }
  }

  private void send(String text) throws IOException {
    peer.send(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Takes the source of a function library. */
  private interface Library {
    void take(byte[] source) throws IOException;
  }

  /** Takes function libraries and no keys. */
  private static final class Functions extends KeyVisitor {
    private final Library to;

    Functions(Library to) {
      this.to = to;
    }

    @Override
    public void function(byte[] source) throws IOException {
      to.take(source);
    }

    @Override
    protected void begin(RdbKey key, Kind kind, long count) {}
  }

  /** Sends what is written, a piece at a time. */
  private final class Pieces extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      sendPieces(bytes, offset, length);
    }
  }

  /** Counts what is written. */
  private final class Counter extends OutputStream {
    private long sizeBytes;

    @Override
    public void write(int b) {
      sizeBytes++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      sizeBytes += length;
      sayAlive();
    }
  }
}
