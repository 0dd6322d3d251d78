package io.engramdb.snapshot.retention;

import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.objects.StoredObject;
import io.engramdb.snapshot.objects.UnfinishedUpload;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which automatic snapshots of a shard a store need not keep any longer, and what was left behind
 * by uploads of it that never ended. Data: it can be printed, and carried out as often as one
 * likes.
 *
 * <p>The archived log goes with the snapshots: what ends before the oldest one that is kept.
 *
 * <p>Never in it: what somebody asked for by hand, what belongs to other shards, the newest
 * snapshot of each history, and the last one that was verified.
 *
 * @param steps in the order in which they are carried out
 */
public record RetentionPlan(List<Step> steps) {

  /** Steps of one plan at most; the next one goes on. */
  private static final int MAX_STEPS = 1000;

  /** An upload that has not ended by then will not; the time of a window and more. */
  private static final long ABANDONED_AFTER_MS = Duration.ofDays(2).toMillis();

  /** One thing to do. */
  public sealed interface Step {
    /** For people. */
    String text();

    /** Does it; without effect if it is done. */
    void run(SnapshotStore store) throws IOException;
  }

  private record Delete(StoredSnapshot snapshot, int days) implements Step {
    @Override
    public String text() {
      return "delete " + snapshot.path() + ": older than " + days + " days";
    }

    @Override
    public void run(SnapshotStore store) throws IOException {
      store.delete(snapshot);
    }
  }

  private record DeleteFile(StoredObject file) implements Step {
    @Override
    public String text() {
      return "delete " + file.name() + ": no manifest says that it is a snapshot";
    }

    @Override
    public void run(SnapshotStore store) throws IOException {
      store.objects().delete(file.name());
    }
  }

  private record DeleteSegment(LogArchive.Place segment) implements Step {
    @Override
    public String text() {
      return "delete " + segment.name() + ": no snapshot that is kept needs it";
    }

    @Override
    public void run(SnapshotStore store) throws IOException {
      store.objects().delete(segment.name());
    }
  }

  private record Abandon(UnfinishedUpload upload) implements Step {
    @Override
    public String text() {
      return "abandon the upload of " + upload.name() + ": it never ended";
    }

    @Override
    public void run(SnapshotStore store) throws IOException {
      store.objects().abandon(upload);
    }
  }

  public RetentionPlan {
    steps = List.copyOf(steps);
  }

  /**
   * Looks at a store and decides.
   *
   * @param days snapshots that are older go
   * @param verified the last snapshot that was verified
   */
  public static RetentionPlan of(
      SnapshotStore store, UUID shard, int days, long nowMs, StoredSnapshot verified)
      throws IOException {
    String ours = SnapshotSeries.AUTOMATIC.folder() + "/" + shard + "/";
    List<Step> steps = new ArrayList<>();
    Set<UUID> histories = new HashSet<>();
    Map<UUID, Long> oldestKept = new HashMap<>();
    long oldestMs = nowMs - Duration.ofDays(days).toMillis();
    for (StoredSnapshot each : store.list(ours)) {
      boolean newest = histories.add(each.manifest().incarnation());
      if (!newest
          && !each.path().equals(verified.path())
          && each.manifest().createdMs() < oldestMs) {
        steps.add(new Delete(each, days));
      } else {
        // The newest comes first, so what stays here in the end is the oldest one.
        oldestKept.put(each.manifest().incarnation(), each.manifest().index());
      }
    }
    for (Map.Entry<UUID, Long> each : oldestKept.entrySet()) {
      steps.addAll(segments(store, shard, each.getKey(), each.getValue()));
    }
    long abandonedMs = nowMs - ABANDONED_AFTER_MS;
    for (StoredObject each : store.orphans()) {
      if (each.name().startsWith(ours) && each.modifiedMs() < abandonedMs) {
        steps.add(new DeleteFile(each));
      }
    }
    for (UnfinishedUpload each : store.objects().unfinished()) {
      if (each.name().startsWith(ours) && each.beganMs() < abandonedMs) {
        steps.add(new Abandon(each));
      }
    }
    return new RetentionPlan(steps.subList(0, Math.min(MAX_STEPS, steps.size())));
  }

  /** Segments of the archived log that end before the oldest snapshot that is kept. */
  private static List<Step> segments(
      SnapshotStore store, UUID shard, UUID incarnation, long oldestIndex) throws IOException {
    List<LogArchive.Place> places = store.archive().list(shard, incarnation);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i + 1 < places.size() && places.get(i + 1).firstIndex() <= oldestIndex; i++) {
      steps.add(new DeleteSegment(places.get(i)));
    }
    return steps;
  }

  /** The plan, a line for each step. */
  public List<String> text() {
    return steps.stream().map(Step::text).toList();
  }

  /** Carries it out. If it fails in between, the next plan has the rest. */
  public void run(SnapshotStore store) throws IOException {
    for (Step each : steps) {
      each.run(store);
    }
  }
}
