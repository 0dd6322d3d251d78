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
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
   */
  public record Request(boolean partial, boolean endMark, boolean functionsOnly) {}

  /** Indexes that are read at once: the largest records must fit. */
  private static final int INDEXES_PER_READ = 16;

  /** Bytes that are sent at once, but for a larger record's. */
  private static final int PIECE_BYTES = 64 << 10;

  private static final int MARK_BYTES = 40;
  private static final long IDLE_MS = 2;
  private static final long ACKNOWLEDGED_POLL_MS = 10;
  private static final long SNAPSHOT_LIMIT_MS = 600_000;
  private static final int ATTEMPTS = 3;

  private final Member member;
  private final Peer peer;
  private final Request request;
  private final String replicationId;
  private final ReplicaCommands commands = new ReplicaCommands();
  private final EffectReader effects = new EffectReader();

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
    long index = sendSnapshot();
    while (request.endMark && !peer.hasAcknowledged()) {
      // It finds the mark only if nothing follows it.
      pause(ACKNOWLEDGED_POLL_MS);
    }
    long next = index + 1;
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
      }
      if (commands.sizeBytes() > PIECE_BYTES || (commands.sizeBytes() > 0 && next > committed)) {
        peer.send(commands.take());
        saidNs = System.nanoTime();
      }
    }
  }

  private void say(long term, long index, RecordKind kind, byte[] payload) {
    if (kind == RecordKind.DATA) {
      commands.say(effects.read(term, payload));
    }
  }

  // --- the snapshot

  private long sendSnapshot() throws IOException, InterruptedException {
    for (int i = 0; i < ATTEMPTS; i++) {
      SnapshotManifest snapshot = snapshot();
      try (RdbReader reader = open(snapshot)) {
        if (request.partial) {
          send("+FULLRESYNC " + replicationId + " " + snapshot.index() + "\r\n");
        }
        boolean expires = reachesVersion12(snapshot);
        if (request.endMark) {
          String mark = mark(snapshot);
          send("$EOF:" + mark + "\r\n");
          write(reader, expires, new Pieces());
          send(mark);
        } else {
          Counter counter = new Counter();
          write(reader, expires, counter);
          send("$" + counter.sizeBytes + "\r\n");
          try (RdbReader again = open(snapshot)) {
            write(again, expires, new Pieces());
          }
        }
        return snapshot.index();
      } catch (NoSuchFileException e) {
        // It was the older of two a moment later.
        continue;
      }
    }
    throw new IOException("snapshots come faster than they are read");
  }

  private RdbReader open(SnapshotManifest snapshot) throws IOException {
    return RdbReader.open(member.file(snapshot), RdbLimits.DEFAULT, ModulePolicy.FAIL);
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

  /** A snapshot that holds at least what had been applied when this was called. */
  private SnapshotManifest snapshot() throws IOException, InterruptedException {
    long wanted = member.appliedIndex();
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
        if (refusal != null) {
          throw new IOException(refusal);
        }
        begun = true;
      }
      pause(IDLE_MS);
    }
    throw new IOException("a snapshot takes too long");
  }

  private static void pause(long ms) throws InterruptedException {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private void write(RdbReader from, boolean expires, OutputStream to) throws IOException {
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
      for (int at = 0; at < length; at += PIECE_BYTES) {
        int end = offset + Math.min(length, at + PIECE_BYTES);
        peer.send(Arrays.copyOfRange(bytes, offset + at, end));
      }
    }
  }

  /** Counts what is written. */
  private static final class Counter extends OutputStream {
    private long sizeBytes;

    @Override
    public void write(int b) {
      sizeBytes++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      sizeBytes += length;
    }
  }
}
