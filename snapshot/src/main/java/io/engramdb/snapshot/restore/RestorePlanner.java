package io.engramdb.snapshot.restore;

import io.engramdb.snapshot.archive.ArchiveException;
import io.engramdb.snapshot.archive.ArchivedRecord;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.Segment;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what makes the state of a moment: the newest snapshot before it, and the archived log from
 * there on. Histories are never mixed; if several had that moment, the caller must say which one.
 */
public final class RestorePlanner {

  private final SnapshotStore store;
  private final LogArchive archive;
  private final @Nullable String wantedHistory;

  /** Heads that were read, by name: a segment never changes. */
  private final Map<String, SegmentHead> heads = new HashMap<>();

  /** What there is of one history. */
  private record Line(
      LogArchive.History history,
      List<StoredSnapshot> snapshots,
      List<LogArchive.Place> places,
      SegmentHead first,
      SegmentHead last,
      long firstTimeMs) {

    /** Whether the log makes the state alone, from its first record on. */
    boolean beganEmpty() {
      boolean seeded = snapshots.stream().anyMatch(each -> each.manifest().index() < 0);
      return !seeded && first.firstIndex() <= 1 && first.recordsBefore() == 0;
    }

    long beginsMs() {
      long snapshotMs =
          snapshots.stream().mapToLong(RestorePlanner::momentMs).min().orElse(Long.MAX_VALUE);
      return beganEmpty() && firstTimeMs > 0 ? Math.min(firstTimeMs, snapshotMs) : snapshotMs;
    }

    long beginsAt() {
      long snapshotIndex =
          snapshots.isEmpty() ? Long.MAX_VALUE : snapshots.getFirst().manifest().index();
      return beganEmpty() ? first.firstIndex() : snapshotIndex;
    }

    String text() {
      if (beginsAt() == Long.MAX_VALUE) {
        return history + " (no snapshot)";
      }
      return "%s (from %s, index %d, to %s, index %d)"
          .formatted(
              history,
              Instant.ofEpochMilli(beginsMs()),
              beginsAt(),
              Instant.ofEpochMilli(last.coveredMs()),
              last.lastIndex());
    }
  }

  /**
   * A planner.
   *
   * @param wantedHistory how the incarnation, or the shard and it, begin in writing; null: any
   */
  public RestorePlanner(SnapshotStore store, @Nullable String wantedHistory) {
    this.store = store;
    this.wantedHistory = wantedHistory;
    archive = store.archive();
  }

  /**
   * From when on the state of a snapshot is that of the shard. A state without any write of the
   * shard's own has no time, such as the file that a restored cluster begins with.
   */
  private static long momentMs(StoredSnapshot snapshot) {
    long timeMs = snapshot.manifest().timeMs();
    return timeMs == 0 ? snapshot.manifest().createdMs() : timeMs;
  }

  /** A plan for a moment. */
  public RestorePlan plan(RestoreTarget target) throws IOException {
    List<Line> all = lines();
    Line line = only(all, all.stream().filter(each -> has(each, target)).toList(), target.text());
    return plan(line, target, target.text());
  }

  private static boolean has(Line line, RestoreTarget target) {
    return switch (target) {
      case RestoreTarget.Time time ->
          line.beginsMs() <= time.ms() && time.ms() <= line.last().coveredMs();
      case RestoreTarget.Index index ->
          line.beginsAt() <= index.index() && index.index() <= line.last().lastIndex();
      case RestoreTarget.Newest newest -> line.beginsAt() < Long.MAX_VALUE;
    };
  }

  /**
   * A plan for the moment before something that happened, the last time if it happened often.
   *
   * @param what in words
   * @param untilMs what happened later is not looked at; {@link Long#MAX_VALUE}: as far as the
   *     archive reaches
   */
  public RestorePlan before(RecordSearch search, String what, long untilMs) throws IOException {
    List<Line> all = lines();
    Line line =
        only(
            all,
            all.stream().filter(each -> isKnownUntil(each, untilMs)).toList(),
            "before " + what);
    Instant until = Instant.ofEpochMilli(Math.min(untilMs, line.last().coveredMs()));
    List<Long> starts = new ArrayList<>();
    if (line.beganEmpty()) {
      starts.add(line.first().firstIndex());
    }
    for (StoredSnapshot each : line.snapshots()) {
      starts.add(firstBehind(each));
    }
    long end = line.last().lastIndex();
    for (int i = starts.size() - 1; i >= 0; i--) {
      long found = lastIn(line, starts.get(i), end, search, untilMs);
      if (found >= 0) {
        RestoreTarget target = new RestoreTarget.Index(found - 1);
        return plan(
            line, target, "before %s at index %d, the last until %s".formatted(what, found, until));
      }
      end = Math.min(end, starts.get(i) - 1);
    }
    throw new ArchiveException("no " + what + " until " + until + " in " + line.text());
  }

  /** What an archive has not heard of yet could be the last time. */
  private static boolean isKnownUntil(Line line, long untilMs) {
    return untilMs == Long.MAX_VALUE
        ? line.beginsAt() < Long.MAX_VALUE
        : has(line, new RestoreTarget.Time(untilMs));
  }

  private long lastIn(Line line, long from, long to, RecordSearch search, long untilMs)
      throws IOException {
    long[] found = {-1};
    search.restart();
    for (SegmentHead each : segments(line, from, to, untilMs)) {
      archive
          .read(each.name())
          .read(
              record -> {
                if (record.index() >= from && record.index() <= to && isUntil(record, untilMs)) {
                  long at = search.look(record);
                  found[0] = at >= 0 ? at : found[0];
                }
              });
    }
    return found[0];
  }

  private static boolean isUntil(ArchivedRecord record, long untilMs) {
    return record.timeMs() != 0 && record.timeMs() <= untilMs;
  }

  /**
   * A plan from one snapshot to the position of a later one of the same history.
   *
   * @throws ArchiveException if the archived log between them has a gap
   */
  public RestorePlan between(StoredSnapshot from, StoredSnapshot to) throws IOException {
    LogArchive.History history =
        new LogArchive.History(from.manifest().shard(), from.manifest().incarnation());
    Line line = line(history, List.of());
    if (line == null || line.last().lastIndex() < to.manifest().index()) {
      throw new ArchiveException(
          "the log up to index " + to.manifest().index() + " is not archived");
    }
    long lastIndex = to.manifest().index();
    return new RestorePlan(
        history,
        "up to snapshot " + to.path(),
        from,
        segments(line, firstBehind(from), lastIndex, Long.MAX_VALUE),
        lastIndex,
        to.manifest().timeMs());
  }

  // --- what there is

  private List<Line> lines() throws IOException {
    List<StoredSnapshot> snapshots = store.list();
    List<Line> lines = new ArrayList<>();
    for (LogArchive.History each : archive.histories()) {
      if (wantedHistory == null
          || each.incarnation().toString().startsWith(wantedHistory)
          || each.toString().startsWith(wantedHistory)) {
        Line line = line(each, snapshots);
        if (line != null) {
          lines.add(line);
        }
      }
    }
    if (lines.isEmpty()) {
      throw new ArchiveException(
          "there is no archived log in "
              + store.description()
              + (wantedHistory == null ? "" : " of history " + wantedHistory));
    }
    return lines;
  }

  private @Nullable Line line(LogArchive.History history, List<StoredSnapshot> snapshots)
      throws IOException {
    List<LogArchive.Place> places = archive.list(history.shard(), history.incarnation());
    if (places.isEmpty()) {
      return null;
    }
    SegmentHead first = head(places.getFirst());
    List<StoredSnapshot> own =
        snapshots.stream()
            .filter(each -> each.manifest().shard().equals(history.shard()))
            .filter(each -> each.manifest().incarnation().equals(history.incarnation()))
            .filter(each -> isContinued(each, first))
            .sorted(Comparator.comparing(each -> each.manifest().index()))
            .toList();
    SegmentHead last = head(places.getLast());
    return new Line(history, own, places, first, last, firstTimeMs(places));
  }

  /** Each is a request to the store, and a search is followed by a plan over the same ones. */
  private SegmentHead head(LogArchive.Place place) throws IOException {
    SegmentHead known = heads.get(place.name());
    if (known == null) {
      known = archive.head(place.name());
      heads.put(place.name(), known);
    }
    return known;
  }

  /** Time of the first write that is archived; 0 if there is none. */
  private long firstTimeMs(List<LogArchive.Place> places) throws IOException {
    for (LogArchive.Place each : places) {
      long firstTimeMs = head(each).firstTimeMs();
      if (firstTimeMs > 0) {
        return firstTimeMs;
      }
    }
    return 0;
  }

  /** Whether the archived log goes on where the snapshot ends, or later segments do. */
  private static boolean isContinued(StoredSnapshot snapshot, SegmentHead first) {
    return first.firstIndex() <= firstBehind(snapshot);
  }

  /** What a shard begins with stands before the first entry of any log, be that 0 or 1. */
  private static long firstBehind(StoredSnapshot snapshot) {
    return Math.max(1, snapshot.manifest().index() + 1);
  }

  private Line only(List<Line> all, List<Line> fitting, String what) throws ArchiveException {
    if (fitting.size() == 1) {
      return fitting.getFirst();
    }
    boolean none = fitting.isEmpty();
    throw new ArchiveException(
        "%s can't be restored from %s: %s %s"
            .formatted(
                what,
                store.description(),
                none ? "there is" : "choose one history of",
                (none ? all : fitting).stream().map(Line::text).collect(Collectors.joining(", "))));
  }

  // --- the plan

  private RestorePlan plan(Line line, RestoreTarget target, String words) throws IOException {
    StoredSnapshot base = null;
    for (StoredSnapshot each : line.snapshots()) {
      boolean before =
          switch (target) {
            case RestoreTarget.Time time -> momentMs(each) <= time.ms();
            case RestoreTarget.Index index -> each.manifest().index() <= index.index();
            case RestoreTarget.Newest newest -> true;
          };
      base = before ? each : base;
    }
    long from =
        base == null || base.manifest().index() < 0
            ? line.first().firstIndex()
            : base.manifest().index() + 1;
    long toIndex = target instanceof RestoreTarget.Index index ? index.index() : Long.MAX_VALUE;
    long toMs = target instanceof RestoreTarget.Time time ? time.ms() : Long.MAX_VALUE;
    List<SegmentHead> segments =
        segments(line, from, Math.min(toIndex, line.last().lastIndex()), toMs);
    long lastIndex = from - 1;
    long lastMs = base == null ? 0 : base.manifest().timeMs();
    for (SegmentHead each : segments) {
      boolean whole = each.lastIndex() <= toIndex && each.lastTimeMs() <= toMs;
      long[] end =
          whole ? new long[] {each.lastIndex(), each.lastTimeMs()} : end(each, toIndex, toMs);
      lastIndex = Math.max(lastIndex, end[0]);
      lastMs = Math.max(lastMs, end[1]);
    }
    return new RestorePlan(line.history(), words, base, segments, lastIndex, lastMs);
  }

  /** Index and time of the newest record of a segment that counts. */
  private long[] end(SegmentHead head, long toIndex, long toMs) throws IOException {
    long[] end = {Math.min(head.lastIndex(), toIndex), 0};
    Segment segment = archive.read(head.name());
    segment.read(
        record -> {
          if (record.index() > end[0]) {
            return;
          }
          if (record.timeMs() > toMs) {
            end[0] = record.index() - 1;
          } else {
            end[1] = Math.max(end[1], record.timeMs());
          }
        });
    return end;
  }

  /** The segments that hold a part of the log, and perhaps more. */
  private List<SegmentHead> segments(Line line, long from, long to, long untilMs)
      throws IOException {
    List<SegmentHead> chosen = new ArrayList<>();
    long expected = from;
    for (int i = 0; i < line.places().size() && expected <= to; i++) {
      boolean more = i + 1 < line.places().size();
      if (more && line.places().get(i + 1).firstIndex() <= expected) {
        continue;
      }
      SegmentHead head = head(line.places().get(i));
      if (head.lastIndex() < expected) {
        continue;
      }
      if (head.firstIndex() > expected) {
        throw gap(line, expected, head.firstIndex());
      }
      chosen.add(head);
      expected = head.lastIndex() + 1;
      if (head.lastTimeMs() > untilMs) {
        return chosen;
      }
    }
    if (expected <= to) {
      throw gap(line, expected, to + 1);
    }
    return chosen;
  }

  private static ArchiveException gap(Line line, long from, long to) {
    return new ArchiveException(
        "the archived log of %s has a gap: indexes %d to %d are missing"
            .formatted(line.history(), from, to - 1));
  }
}
