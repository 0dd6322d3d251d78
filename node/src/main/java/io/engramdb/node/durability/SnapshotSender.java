package io.engramdb.node.durability;

import io.engramdb.node.durability.SnapshotMessage.Place;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.LogPosition;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives pieces of this node's snapshots to members that ask for them, one piece at a time to each.
 * A snapshot that somebody reads is not deleted, and holds the log behind it, until the reader says
 * that it is done or has not asked for long. Shard thread only; files are read elsewhere.
 */
final class SnapshotSender {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSender.class);

  /** How long a snapshot is kept for a reader that does not ask: it may be loading it. */
  private static final long PIN_MS = 600_000;

  private final ShardScheduler scheduler;
  private final SnapshotDirectory directory;
  private final SnapshotPeers peers;
  private final Supplier<List<SnapshotManifest>> kept;

  /** Who reads which snapshot, until when it is kept for that. */
  private record Reader(String member, SnapshotManifest snapshot) {}

  private final Map<Reader, Long> pins = new HashMap<>();

  /** Members whose piece is being read. */
  private final Set<String> reading = new HashSet<>();

  private long sentBytes;

  SnapshotSender(
      ShardScheduler scheduler,
      SnapshotDirectory directory,
      SnapshotPeers peers,
      Supplier<List<SnapshotManifest>> kept) {
    this.scheduler = scheduler;
    this.directory = directory;
    this.peers = peers;
    this.kept = kept;
  }

  /** Bytes of snapshots given to others. */
  long sentBytes() {
    return sentBytes;
  }

  /** The oldest snapshot that somebody reads, or null. */
  @Nullable SnapshotManifest oldestRead() {
    SnapshotManifest oldest = null;
    for (Reader each : pins.keySet()) {
      if (oldest == null || each.snapshot().index() < oldest.index()) {
        oldest = each.snapshot();
      }
    }
    return oldest;
  }

  void tick(long nowMs) {
    Iterator<Map.Entry<Reader, Long>> all = pins.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Reader, Long> pin = all.next();
      if (pin.getValue() < nowMs) {
        all.remove();
        directory.unpin(pin.getKey().snapshot());
      }
    }
  }

  /** A member needs the snapshot no more. */
  void done(String from, LogPosition position) {
    pins.keySet()
        .removeIf(
            each -> {
              boolean over =
                  each.member().equals(from)
                      && SnapshotMessage.position(each.snapshot()).equals(position);
              if (over) {
                directory.unpin(each.snapshot());
              }
              return over;
            });
  }

  void read(String from, Place place, long nowMs) {
    if (!peers.dataMembers().contains(from) || reading.contains(from)) {
      return;
    }
    SnapshotManifest snapshot = find(place.snapshot());
    if (snapshot == null || place.offset() < 0 || place.offset() >= snapshot.sizeBytes()) {
      peers.messages().send(from, SnapshotMessage.about(SnapshotMessage.GONE, place.snapshot()));
      return;
    }
    if (pins.put(new Reader(from, snapshot), nowMs + PIN_MS) == null) {
      directory.pin(snapshot);
      LOG.info("{} fetches snapshot {}", from, snapshot.name());
    }
    reading.add(from);
    peers.reader().execute(() -> send(from, snapshot, place));
  }

  private @Nullable SnapshotManifest find(LogPosition position) {
    for (SnapshotManifest each : kept.get()) {
      if (SnapshotMessage.position(each).equals(position)) {
        return each;
      }
    }
    for (Reader each : pins.keySet()) {
      if (SnapshotMessage.position(each.snapshot()).equals(position)) {
        return each.snapshot();
      }
    }
    return null;
  }

  /** On the thread that reads. */
  private void send(String to, SnapshotManifest snapshot, Place place) {
    byte[] bytes = null;
    try {
      bytes = directory.piece(snapshot, place.offset(), SnapshotMessage.PIECE_BYTES);
      peers.messages().send(to, SnapshotMessage.piece(place.snapshot(), place.offset(), bytes));
    } catch (IOException e) {
      LOG.error("snapshot {} can't be read for {}", snapshot.name(), to, e);
      peers.messages().send(to, SnapshotMessage.about(SnapshotMessage.GONE, place.snapshot()));
    }
    int sent = bytes == null ? 0 : bytes.length;
    scheduler.execute(
        () -> {
          reading.remove(to);
          sentBytes += sent;
        });
  }
}
