package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.ConfigException;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole node in its snapshot window. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StoreDayTest {
  @TempDir Path directory;

  /** A window that this minute is in, and the next hour. */
  private static String window() {
    LocalTime now = LocalTime.now(ZoneOffset.UTC);
    return "%02d:%02d-%02d:%02d"
        .formatted(
            now.minusMinutes(1).getHour(),
            now.minusMinutes(1).getMinute(),
            now.plusMinutes(60).getHour(),
            now.plusMinutes(60).getMinute());
  }

  @Test
  void inItsWindowALoneNodeBringsItsSnapshotIntoTheStore() throws Exception {
    Path key = directory.resolve("key");
    Files.writeString(key, "0123456789abcdef".repeat(4));
    String store = "file:" + directory.resolve("store") + "?key-file=" + key;
    LoneNode node =
        new LoneNode(
            directory.resolve("node"), "--snapshot-store", store, "--snapshot-window", window());
    Map<String, String> fields =
        node.await("persistence", facts -> facts.get("snapshot_store_uploads").equals("1"));
    node.close();
    assertEquals("1", fields.get("snapshot_store_enabled"));
    assertEquals("0", fields.get("snapshot_store_missed_windows"));
    assertEquals("", fields.get("snapshot_store_last_error"));
    assertEquals(
        fields.get("snapshot_store_last_time"), fields.get("snapshot_store_last_verified_time"));
    try (SnapshotStore open = SnapshotStore.open(StoreUrl.parse(store))) {
      StoredSnapshot stored = open.list().getFirst();
      assertTrue(stored.isAutomatic());
      open.verify(stored);
    }
  }

  @Test
  void aStoreOrAWindowThatMakesNoSenseRefusesTheStart() {
    String good = "file:" + directory.resolve("store");
    for (String[] wrong :
        new String[][] {
          {"http://x", "03:00-04:00"}, {good, "3-4"}, {"s3://b?x=y", "03:00-04:00"}
        }) {
      assertThrows(
          ConfigException.class,
          () ->
              new LoneNode(
                  directory.resolve("node"),
                  "--snapshot-store",
                  wrong[0],
                  "--snapshot-window",
                  wrong[1]));
    }
  }
}
