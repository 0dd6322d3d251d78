package io.engramdb.node.durability;

import io.engramdb.node.durability.SnapshotMessage.Piece;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotUpload;
import io.engramdb.txlog.api.LogPosition;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one snapshot of another member into this node's directory: piece after piece, one in
 * memory at a time, no faster than was allowed. It exists here only when the whole file has the
 * checksum and its keys have the digest that the manifest names. What a crash leaves is a file
 * without a meaning, which the next start removes. Shard thread only, but for the files.
 */
final class SnapshotFetch {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFetch.class);
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long NANOS_PER_MICRO = 1_000;

  /** How long a piece is waited for before it is asked for again. */
  private static final long PIECE_PATIENCE_MS = 3000;

  /** How often the same piece is asked for. */
  private static final int ATTEMPTS = 5;

  private final ShardScheduler scheduler;
  private final SnapshotSettings settings;
  private final SnapshotPeers peers;

  private @Nullable String from;
  private @Nullable SnapshotManifest what;
  private @Nullable SnapshotUpload upload;
  private BiConsumer<@Nullable List<SnapshotManifest>, String> onEnd = (kept, why) -> {};
  private long offset;
  private long startNanos;
  private int attempts;

  /** Grows with each request and each answer: what belongs to an older one is late. */
  private long turn;

  private boolean writing;
  private long fetched;
  private long fetchedBytes;

  SnapshotFetch(ShardScheduler scheduler, SnapshotSettings settings, SnapshotPeers peers) {
    this.scheduler = scheduler;
    this.settings = settings;
    this.peers = peers;
  }

  boolean isRunning() {
    return what != null;
  }

  /** Snapshots that were fetched. */
  long fetched() {
    return fetched;
  }

  /** Bytes of snapshots that were fetched, also in vain. */
  long fetchedBytes() {
    return fetchedBytes;
  }

  /**
   * Begins.
   *
   * @param whenOver gets the snapshots that this node has then, or null and why it failed
   */
  void start(
      String member,
      SnapshotManifest snapshot,
      BiConsumer<@Nullable List<SnapshotManifest>, String> whenOver) {
    LOG.info("fetching snapshot {} of {}, {} bytes", snapshot.name(), member, snapshot.sizeBytes());
    from = member;
    what = snapshot;
    onEnd = whenOver;
    offset = 0;
    attempts = 0;
    startNanos = scheduler.nanoTime();
    long mine = ++turn;
    settings
        .writer()
        .execute(
            () -> {
              try {
                SnapshotUpload begun = settings.directory().begin();
                scheduler.execute(
                    () -> {
                      upload = begun;
                      request();
                    });
              } catch (IOException e) {
                scheduler.execute(() -> failIf(turn == mine, "no file: " + e.getMessage()));
              }
            });
  }

  private void request() {
    SnapshotManifest wanted = what;
    String member = from;
    if (wanted == null || member == null) {
      return;
    }
    if (attempts++ == ATTEMPTS) {
      fail(member + " does not answer");
      return;
    }
    long mine = ++turn;
    peers.messages().send(member, SnapshotMessage.read(SnapshotMessage.position(wanted), offset));
    scheduler.schedule(
        () -> {
          if (turn == mine) {
            request();
          }
        },
        PIECE_PATIENCE_MS);
  }

  void piece(String member, Piece piece) {
    SnapshotManifest wanted = what;
    SnapshotUpload to = upload;
    if (wanted == null
        || to == null
        || writing
        || !member.equals(from)
        || !piece.place().snapshot().equals(SnapshotMessage.position(wanted))
        || piece.place().offset() != offset) {
      return;
    }
    byte[] bytes = piece.bytes();
    if (bytes.length == 0 || offset + bytes.length > wanted.sizeBytes()) {
      fail(member + " sends more, or less, than the snapshot has");
      return;
    }
    long mine = ++turn;
    writing = true;
    settings
        .writer()
        .execute(
            () -> {
              try {
                to.write(bytes, bytes.length);
                scheduler.execute(() -> written(bytes.length));
              } catch (IOException e) {
                scheduler.execute(() -> failIf(turn == mine, "can't write: " + e.getMessage()));
              }
            });
  }

  private void written(int sizeBytes) {
    writing = false;
    SnapshotManifest wanted = what;
    SnapshotUpload complete = upload;
    if (wanted == null || complete == null) {
      return;
    }
    attempts = 0;
    offset += sizeBytes;
    fetchedBytes += sizeBytes;
    if (offset < wanted.sizeBytes()) {
      long pauseMicros = pauseMicros();
      if (pauseMicros > 0) {
        scheduler.scheduleMicros(this::request, pauseMicros);
      } else {
        request();
      }
      return;
    }
    settings.writer().execute(() -> publish(wanted, complete));
  }

  /** Until the bytes so far are no more than was allowed for the time so far. */
  private long pauseMicros() {
    long perSecond = peers.bytesPerSecond().getAsLong();
    if (perSecond <= 0) {
      return 0;
    }
    long dueMicros = (long) ((double) offset * MICROS_PER_SECOND / perSecond);
    return dueMicros - (scheduler.nanoTime() - startNanos) / NANOS_PER_MICRO;
  }

  /** On the thread of snapshots. */
  private void publish(SnapshotManifest wanted, SnapshotUpload complete) {
    try {
      complete.complete();
      settings.directory().verify(complete, wanted);
      settings.directory().publish(complete, wanted);
      List<SnapshotManifest> kept =
          settings.directory().retain(wanted.incarnation(), ShardSnapshotter.KEPT);
      scheduler.execute(() -> published(kept));
    } catch (IOException | RuntimeException e) {
      complete.abort();
      scheduler.execute(() -> fail("it does not hold: " + e.getMessage()));
    }
  }

  private void published(List<SnapshotManifest> kept) {
    SnapshotManifest got = what;
    if (got == null) {
      return;
    }
    fetched++;
    LOG.info("snapshot {} of {} is here and verified", got.name(), from);
    over();
    onEnd.accept(kept, "");
  }

  /** The other member has it no more. */
  void gone(String member, LogPosition position) {
    SnapshotManifest wanted = what;
    if (wanted != null
        && !writing
        && member.equals(from)
        && SnapshotMessage.position(wanted).equals(position)) {
      fail(member + " has it no more");
    }
  }

  private void failIf(boolean mine, String why) {
    if (mine) {
      fail(why);
    }
  }

  private void fail(String why) {
    SnapshotManifest wanted = what;
    if (wanted == null) {
      return;
    }
    LOG.warn("snapshot {} of {} was not fetched: {}", wanted.name(), from, why);
    SnapshotUpload begun = upload;
    if (begun != null) {
      settings.writer().execute(begun::abort);
    }
    over();
    onEnd.accept(null, why);
  }

  private void over() {
    turn++;
    from = null;
    what = null;
    upload = null;
    writing = false;
  }
}
