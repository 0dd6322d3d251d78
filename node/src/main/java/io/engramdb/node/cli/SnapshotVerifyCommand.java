package io.engramdb.node.cli;

import io.engramdb.node.server.PointInTime;
import io.engramdb.snapshot.restore.RestorePlan;
import io.engramdb.snapshot.restore.RestorePlanner;
import io.engramdb.snapshot.store.SnapshotCheck;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code engram snapshot verify}. */
@Command(
    name = "verify",
    description = {
      "Read snapshots back, key by key, and compare them with their manifests.",
      "With --replay also: load the one before, apply the archived log up to this one, and arrive"
          + " at its digest."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all of them hold", "1:one does not hold or can't be read"})
final class SnapshotVerifyCommand implements Callable<Integer> {
  @Mixin SnapshotOptions options;
  @Mixin OutputOptions output;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "as list shows it (default: the newest)")
  @Nullable String path;

  @Option(names = "--all", description = "every snapshot in the store")
  boolean all;

  @Option(
      names = "--replay",
      description = "also replay the archived log from the snapshot before of the same history")
  boolean replay;

  @Override
  public Integer call() throws CliException {
    return options.run(
        store -> {
          List<StoredSnapshot> wanted =
              all ? store.list() : List.of(SnapshotOptions.find(store, path));
          List<Map<String, Object>> documents = new ArrayList<>();
          List<String> lines = new ArrayList<>();
          int failed = 0;
          for (StoredSnapshot each : wanted) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("path", each.path());
            try {
              SnapshotCheck check = store.verify(each);
              document.put("verdict", "ok");
              document.put("keys", check.keys());
              document.put("sizeBytes", check.sizeBytes());
              document.put("tookMs", check.tookMs());
              lines.add(
                  "%s: ok, %d keys, %d bytes, %d ms"
                      .formatted(each.path(), check.keys(), check.sizeBytes(), check.tookMs()));
              if (replay) {
                lines.add(rehearse(store, each, document));
              }
            } catch (IOException e) {
              failed++;
              document.put("verdict", "failed");
              document.put("reason", String.valueOf(e.getMessage()));
              lines.add(each.path() + ": FAILED: " + e.getMessage());
            }
            documents.add(document);
          }
          output.result(documents, lines.isEmpty() ? "no snapshots" : String.join("\n", lines));
          return failed == 0 ? ExitCode.OK : ExitCode.FAILED;
        });
  }

  private static String rehearse(
      SnapshotStore store, StoredSnapshot to, Map<String, Object> document) throws IOException {
    SnapshotManifest manifest = to.manifest();
    StoredSnapshot from =
        store.list().stream()
            .filter(each -> each.manifest().shard().equals(manifest.shard()))
            .filter(each -> each.manifest().incarnation().equals(manifest.incarnation()))
            .filter(each -> each.manifest().index() < manifest.index())
            .max(Comparator.comparing(each -> each.manifest().index()))
            .orElse(null);
    if (from == null) {
      document.put("replay", "none before it");
      return to.path() + ": no snapshot before it to replay from";
    }
    long startNanos = System.nanoTime();
    RestorePlan plan = new RestorePlanner(store, null).between(from, to);
    PointInTime.Rehearsal rehearsal = PointInTime.rehearse(store, plan, to);
    long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    document.put("replay", "ok");
    document.put("replayFrom", from.path());
    document.put("replayRecords", rehearsal.records());
    document.put("replaySegments", rehearsal.segments());
    document.put("replaySizeBytes", rehearsal.sizeBytes());
    document.put("replayTookMs", tookMs);
    return "%s: replayed from %s: ok, %d records of %d segments, %d bytes, %d keys, %d ms"
        .formatted(
            to.path(),
            from.path(),
            rehearsal.records(),
            rehearsal.segments(),
            rehearsal.sizeBytes(),
            rehearsal.keys(),
            tookMs);
  }
}
