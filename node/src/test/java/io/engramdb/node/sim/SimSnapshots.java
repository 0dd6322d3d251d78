package io.engramdb.node.sim;

import io.engramdb.node.durability.ShardRestorer;
import io.engramdb.node.durability.SnapshotPeers;
import io.engramdb.node.durability.SnapshotSettings;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.rdb.KeyspacesToRdb;
import io.engramdb.node.shard.ReplayExecutor;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.MemberMessages;
import io.engramdb.txlog.api.RecordKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Snapshots of the nodes of a world, on a real disk. The nodes cut their logs, and bring snapshots
 * to each other; the world itself remembers the whole log, so that at the end each snapshot can be
 * judged by what the log makes up to its index.
 */
final class SimSnapshots {

  private static final UUID SHARD = new UUID(0, 1);

  /** A node makes one by itself after so many bytes of records. */
  private static final long LOG_SIZE_BYTES = 4000;

  private static final long MAX_PAUSE_NANOS = 20_000_000;
  private static final long FETCH_BYTES_PER_SECOND = 1 << 20;

  private final SimWorld world;
  private final Path root;

  SimSnapshots(SimWorld world) {
    this.world = world;
    try {
      root = Files.createTempDirectory("engram-sim");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SnapshotDirectory directory(SimNode node) {
    try {
      return SnapshotDirectory.open(root.resolve(node.name()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Keyspaces empty() {
    return new Keyspaces(SimNode.DATABASES, null);
  }

  SnapshotSettings settings(SimNode node, SimScheduler scheduler, Random random) {
    SnapshotDirectory directory = directory(node);
    long[] busyUntilNs = {0};
    return new SnapshotSettings(
        directory,
        task -> {
          // One task after the other, each after a while, as on a thread of its own.
          long now = world.log().nowNs();
          busyUntilNs[0] = Math.max(now, busyUntilNs[0]) + random.nextLong(MAX_PAUSE_NANOS) + 1;
          world.log().schedule(busyUntilNs[0] - now, () -> scheduler.execute(task));
        },
        new ShardRestorer(directory, SHARD, SimSnapshots::empty, new ValueLimits()),
        SHARD,
        () -> LOG_SIZE_BYTES,
        peers(node, scheduler, random));
  }

  private SnapshotPeers peers(SimNode node, SimScheduler scheduler, Random random) {
    MemberMessages messages = world.log().messages(node.name());
    messages.receive(
        (from, message, done) ->
            scheduler.execute(
                () -> {
                  node.durable().received(from, message);
                  done.run();
                }));
    List<String> others = new ArrayList<>();
    for (SimNode each : world.nodes()) {
      if (each != node) {
        others.add(each.name());
      }
    }
    return new SnapshotPeers(
        messages,
        others,
        false,
        task -> world.log().schedule(random.nextLong(MAX_PAUSE_NANOS), () -> onNode(node, task)),
        () -> FETCH_BYTES_PER_SECOND,
        () -> world.beginAnew(node));
  }

  private void onNode(SimNode node, Runnable task) {
    if (node.isRunning()) {
      world.log().runOn(node.name(), task);
    }
  }

  /** Every snapshot that exists is what the log makes up to its index. Returns how many do. */
  int judge(SimNode node) {
    int found = 0;
    try {
      for (SnapshotManifest each : directory(node).list()) {
        found++;
        Keyspaces keyspaces = empty();
        ReplayExecutor replay = new ReplayExecutor(world.table(), keyspaces);
        world
            .log()
            .replayAgreed(
                each.index(),
                (term, index, kind, payload) -> {
                  if (kind == RecordKind.DATA) {
                    replay.apply(term, payload);
                  }
                });
        String expected = digest(keyspaces);
        if (!expected.equals(each.digest())
            || replay.hasOpenRun()
            || replay.runningChecksum() != each.runningChecksum()
            || replay.lastStampMs() != each.timeMs()) {
          world.violation(
              node.name() + ": snapshot " + each + " is not the log's state " + expected);
        }
      }
    } catch (IOException e) {
      world.violation(node.name() + ": " + e);
    }
    return found;
  }

  private static String digest(Keyspaces keyspaces) {
    RdbDigest digest = new RdbDigest();
    KeyspacesToRdb.say(keyspaces, digest);
    return digest.value();
  }

  /** A bit of a node's file turns, while the node is down; 0 is the newest. */
  void damage(SimNode node, int place) throws IOException {
    SnapshotDirectory directory = directory(node);
    Path file = directory.file(directory.list().get(place));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
  }

  void delete() {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
