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
 * <p>Of the archived log goes what is older than that time, too, and ends before the oldest
 * snapshot that is kept: a log that leads to a snapshot from an empty beginning is a way to every
 * moment before it.
 *
 * <p>Never in it: what somebody asked for by hand, what belongs to other shards, the newest
 * snapshot of each history, and the last one that was verified.
 *
 * @param steps in the order in which they are carried out
 */
public record RetentionPlan(List<Step> steps) {

  /** Steps of one plan at most; the next one goes on. */
  private static final int MAX_STEPS = 1000;

  /** Segments that one step deletes at most: more than a day of a busy shard brings. */
  private static final int MAX_SEGMENTS_OF_STEP = 500_000;

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

  /**
   * The oldest segments of a history.
   *
   * @param stayIndex where the first one begins that stays
   */
  private record DeleteSegments(LogArchive.History history, int count, long stayIndex)
      implements Step {
    @Override
    public String text() {
      return "delete %d segments of the archived log of %s, up to index %d: no snapshot that is"
              .formatted(count, history, stayIndex - 1)
          + " kept needs them";
    }

    @Override
    public void run(SnapshotStore store) throws IOException {
      LogArchive archive = store.archive();
      archive.each(
          history.shard(),
          history.incarnation(),
          0,
          place -> {
            boolean goes = place.firstIndex() < stayIndex;
            if (goes) {
              archive.delete(place);
            }
            return goes;
          });
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
        oldestKept.merge(each.manifest().incarnation(), each.manifest().index(), Math::min);
      }
    }
    for (Map.Entry<UUID, Long> each : oldestKept.entrySet()) {
      LogArchive.History history = new LogArchive.History(shard, each.getKey());
      DeleteSegments step = segments(store.archive(), history, each.getValue(), oldestMs);
      if (step.count() > 0) {
        steps.add(step);
      }
    }
    long abandonedMs = nowMs - ABANDONED_AFTER_MS;
    for (StoredObject each : store.orphans(ours)) {
      if (each.modifiedMs() < abandonedMs) {
        steps.add(new DeleteFile(each));
      }
    }
    for (UnfinishedUpload each : store.objects().unfinished()) {
      boolean isOurs =
          each.name().startsWith(ours) || each.name().startsWith(LogArchive.folder(shard));
      if (isOurs && each.beganMs() < abandonedMs) {
        steps.add(new Abandon(each));
      }
    }
    return new RetentionPlan(steps.subList(0, Math.min(MAX_STEPS, steps.size())));
  }

  /**
   * The oldest segments of the archived log that nobody needs.
   *
   * @param neededIndex of the oldest snapshot that is kept
   * @param oldestMs what was put since then stays
   */
  private static DeleteSegments segments(
      LogArchive archive, LogArchive.History history, long neededIndex, long oldestMs)
      throws IOException {
    int[] count = {0};
    LogArchive.Place[] last = {null};
    archive.each(
        history.shard(),
        history.incarnation(),
        0,
        place -> {
          LogArchive.Place before = last[0];
          // Where a segment ends is known by where the next one begins.
          boolean goes =
              before == null
                  || (place.firstIndex() <= neededIndex
                      && before.modifiedMs() < oldestMs
                      && count[0] < MAX_SEGMENTS_OF_STEP);
          count[0] += before != null && goes ? 1 : 0;
          last[0] = goes ? place : before;
          return goes;
        });
    LogArchive.Place stays = last[0];
    return new DeleteSegments(history, count[0], stays == null ? 0 : stays.firstIndex());
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
