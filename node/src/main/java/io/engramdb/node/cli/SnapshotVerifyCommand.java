package io.engramdb.node.cli;

import io.engramdb.snapshot.store.SnapshotCheck;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code engram snapshot verify}. */
@Command(
    name = "verify",
    description = "Read snapshots back, key by key, and compare them with their manifests.",
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
}
