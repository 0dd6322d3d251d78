package io.engramdb.node.cli;

import io.engramdb.node.server.PointInTime;
import io.engramdb.snapshot.archive.LogArchive;
import io.engramdb.snapshot.archive.SegmentHead;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.restore.RestorePlan;
import io.engramdb.snapshot.restore.RestorePlanner;
import io.engramdb.snapshot.restore.RestoreTarget;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a new cluster begins with, if it is to be restored: the options, and the file they mean. */
final class RestoreOptions {
  private static final String NEWEST = "newest";
  private static final String DIGITS = "[0-9]{1,18}";

  /** A number of fewer digits is a time in seconds. */
  private static final int DIGITS_OF_MILLISECONDS = 12;

  private static final long MS_PER_SECOND = 1000;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--restore",
      paramLabel = "URL",
      description = {
        "What a new cluster begins with: the newest snapshot in a store, s3://bucket/prefix or"
            + " file:/directory, or an RDB file there, if the address ends in .rdb.",
        "Options behind a question mark as in: engram snapshot --help",
        "engram restore URL ... is the same as engram up --restore URL ..."
      })
  @Nullable String url;

  @Option(
      names = "--restore-snapshot",
      paramLabel = "PATH",
      description = "another snapshot of that store than the newest, as engram snapshot list shows")
  @Nullable String snapshot;

  @Option(
      names = "--to-time",
      paramLabel = "T",
      description = {
        "with --restore: what was acknowledged by then, from a snapshot and the archived log.",
        "2026-11-22T03:00:00Z, with an offset instead of Z, seconds or milliseconds since 1970, or"
            + " newest: all that is archived"
      })
  @Nullable String toTime;

  @Option(
      names = "--to-position",
      paramLabel = "P",
      description = "with --restore: everything up to that log index")
  @Nullable String toPosition;

  @Option(
      names = "--before-command",
      paramLabel = "NAME",
      description = {
        "with --restore: everything before that command ran the last time, for example FLUSHALL;",
        "with --to-time as well: the last time until then"
      })
  @Nullable String beforeCommand;

  @Option(
      names = "--history",
      paramLabel = "ID",
      description = "which history of which shard, if the store has several that fit")
  @Nullable String history;

  @Option(
      names = "--key-pattern",
      paramLabel = "GLOB",
      description = "with --restore: only keys whose names match, and no function libraries")
  @Nullable String keyPattern;

  @Option(
      names = "--dry-run",
      description = "with --restore: print what would be done, and make no cluster")
  boolean dryRun;

  /** Where from; null if nothing is restored. Contradictions are wrong use. */
  @Nullable StoreUrl source() {
    boolean more =
        dryRun
            || Stream.of(snapshot, toTime, toPosition, beforeCommand, history, keyPattern)
                .anyMatch(Objects::nonNull);
    if (url == null) {
      require(!more, "these options need --restore");
      return null;
    }
    StoreUrl parsed = SnapshotOptions.url(spec, url);
    boolean moment = isMoment();
    require(!(moment && snapshot != null), "--restore-snapshot and a moment exclude each other");
    require(
        toPosition == null || (toTime == null && beforeCommand == null),
        "--to-position excludes --to-time and --before-command");
    require(
        history == null || moment, "--history needs --to-time, --to-position or --before-command");
    require(
        !RestoreSource.isFile(parsed) || !(moment || keyPattern != null || snapshot != null),
        "an RDB file has neither moments nor snapshots, and is restored whole");
    if (moment) {
      target();
    }
    return parsed;
  }

  private boolean isMoment() {
    return toTime != null || toPosition != null || beforeCommand != null;
  }

  private void require(boolean condition, String rule) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), rule);
    }
  }

  private RestoreTarget target() {
    if (toPosition != null) {
      require(toPosition.matches(DIGITS), "--to-position is a log index, not " + toPosition);
      return new RestoreTarget.Index(Long.parseLong(toPosition));
    }
    String time = toTime;
    if (time == null || time.equals(NEWEST)) {
      return new RestoreTarget.Newest();
    }
    if (time.matches(DIGITS)) {
      long number = Long.parseLong(time);
      return new RestoreTarget.Time(
          time.length() < DIGITS_OF_MILLISECONDS ? number * MS_PER_SECOND : number);
    }
    try {
      return new RestoreTarget.Time(OffsetDateTime.parse(time).toInstant().toEpochMilli());
    } catch (DateTimeParseException e) {
      throw new ParameterException(
          spec.commandLine(), "--to-time is a time like 2026-11-22T03:00:00Z, not " + time, e);
    }
  }

  /** What would be done, a line for each step. */
  List<String> plan(StoreUrl from) throws IOException, CliException {
    if (RestoreSource.isFile(from)) {
      return List.of("load the file " + from);
    }
    try (SnapshotStore store = SnapshotStore.open(from)) {
      store.objects().check();
      return plan(store).text();
    }
  }

  private RestorePlan plan(SnapshotStore store) throws IOException, CliException {
    if (!isMoment()) {
      StoredSnapshot base = RestoreSource.choose(store, snapshot);
      return new RestorePlan(
          new LogArchive.History(base.manifest().shard(), base.manifest().incarnation()),
          "as of " + Instant.ofEpochMilli(base.manifest().createdMs()),
          base,
          List.of(),
          base.manifest().index(),
          base.manifest().timeMs());
    }
    RestorePlanner planner = new RestorePlanner(store, history);
    String command = beforeCommand;
    if (command == null) {
      return planner.plan(target());
    }
    long untilMs = target() instanceof RestoreTarget.Time time ? time.ms() : Long.MAX_VALUE;
    return planner.before(PointInTime.search(command), command, untilMs);
  }

  /**
   * Makes the RDB file with which the cluster begins, whole and compared, or fails.
   *
   * @param to the file, which must not exist
   * @return what it is, in words
   */
  String fetch(StoreUrl from, Path to, OutputOptions output) throws IOException, CliException {
    if (!isMoment() && keyPattern == null) {
      return RestoreSource.fetch(from, snapshot, to, output);
    }
    try (SnapshotStore store = SnapshotStore.open(from)) {
      store.objects().check();
      RestorePlan plan = plan(store);
      plan.text().forEach(output::progress);
      long logBytes = plan.segments().stream().mapToLong(SegmentHead::sizeBytes).sum();
      try (ProgressLine progress = output.steps("replaying the log", "records", logBytes)) {
        return PointInTime.write(store, plan, keyPattern, to, progress);
      }
    }
  }
}
