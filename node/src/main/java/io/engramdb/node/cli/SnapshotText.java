package io.engramdb.node.cli;

import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Snapshots in words and as documents. */
final class SnapshotText {
  private SnapshotText() {}

  static Map<String, Object> document(StoredSnapshot snapshot) {
    SnapshotManifest manifest = snapshot.manifest();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("path", snapshot.path());
    document.put("created", Instant.ofEpochMilli(manifest.createdMs()).toString());
    document.put("createdMs", manifest.createdMs());
    document.put("shard", manifest.shard().toString());
    document.put("incarnation", manifest.incarnation().toString());
    document.put("term", manifest.term());
    document.put("index", manifest.index());
    document.put("recordTimeMs", manifest.timeMs());
    document.put("keys", manifest.keys());
    document.put("sizeBytes", manifest.sizeBytes());
    document.put("crc32c", "%08x".formatted(manifest.crc32c()));
    document.put("digest", manifest.digest());
    document.put("rdbVersion", manifest.rdbVersion());
    return document;
  }

  static String lines(StoredSnapshot snapshot) {
    StringBuilder text = new StringBuilder();
    document(snapshot).forEach((name, value) -> text.append("%-13s %s%n".formatted(name, value)));
    return text.toString().stripTrailing();
  }

  static String table(List<StoredSnapshot> all) {
    if (all.isEmpty()) {
      return "no snapshots";
    }
    StringBuilder text =
        new StringBuilder("%-24s %12s %14s  %s".formatted("CREATED", "KEYS", "BYTES", "PATH"));
    for (StoredSnapshot each : all) {
      SnapshotManifest manifest = each.manifest();
      text.append(
          "%n%-24s %12d %14d  %s"
              .formatted(
                  Instant.ofEpochMilli(manifest.createdMs()),
                  manifest.keys(),
                  manifest.sizeBytes(),
                  each.path()));
    }
    return text.toString();
  }
}
