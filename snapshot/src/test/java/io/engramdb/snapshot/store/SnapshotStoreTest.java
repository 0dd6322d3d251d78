package io.engramdb.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.objects.StoredObject;
import io.engramdb.snapshot.objects.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots in every kind of store; S3 by the client's own chain of credentials. */
class SnapshotStoreTest {
  private static S3Server server;

  @TempDir Path directory;

  @BeforeAll
  static void start() throws Exception {
    server = S3Server.shared();
    System.setProperty("aws.accessKeyId", S3Server.KEY);
    System.setProperty("aws.secretAccessKey", S3Server.SECRET);
  }

  @AfterAll
  static void stop() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private SnapshotStore open(String kind) throws IOException {
    Path key = directory.resolve("key");
    Files.writeString(key, "0123456789abcdef".repeat(4));
    String url =
        switch (kind) {
          case "file" -> "file:" + directory.resolve("store");
          case "file sealed" -> "file:" + directory.resolve("store") + "?key-file=" + key;
          case "s3" -> server.url(UUID.randomUUID().toString());
          default -> server.url(UUID.randomUUID().toString()) + "&key-file=" + key;
        };
    return SnapshotStore.open(StoreUrl.parse(url));
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "file sealed", "s3", "s3 sealed"})
  void aSnapshotComesAndGoes(String kind) throws IOException {
    try (SnapshotStore store = open(kind)) {
      SampleSnapshot one = SampleSnapshot.make(directory.resolve("1.rdb"), 1, 1000);
      SampleSnapshot two = SampleSnapshot.make(directory.resolve("2.rdb"), 2, 2000);
      StoredSnapshot first = store.publish(SnapshotSeries.AUTOMATIC, one.manifest(), one.file());
      StoredSnapshot second = store.publish(SnapshotSeries.MANUAL, two.manifest(), two.file());
      assertTrue(first.isAutomatic());
      assertFalse(second.isAutomatic());
      assertEquals(first, store.publish(SnapshotSeries.AUTOMATIC, one.manifest(), one.file()));
      assertEquals(List.of(second, first), store.list());
      assertEquals(List.of(first), store.list("automatic/"));
      assertEquals(first, store.get(first.path()));
      assertEquals(one.manifest().keys(), store.verify(first).keys());
      Path copy = directory.resolve("copy.rdb");
      store.download(second, copy);
      assertEquals(-1, Files.mismatch(two.file(), copy));
      store.delete(first);
      assertEquals(List.of(second), store.list());
      assertEquals(2, store.objects().list("").size());
      // Names before and behind those of archived logs, which are passed over.
      store.objects().put("archive/x/y.manifest", Content.of(new byte[] {1}), false);
      store.objects().put("archive/x/y.rdb", Content.of(new byte[] {1}), false);
      store.publish(SnapshotSeries.AUTOMATIC, one.manifest(), one.file());
      assertEquals(2, store.list().size());
      assertEquals(List.of(), store.orphans());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "file sealed", "s3", "s3 sealed"})
  void aFileThatIsNotWhatItsManifestSaysNeverBecomesASnapshot(String kind) throws IOException {
    try (SnapshotStore store = open(kind)) {
      SampleSnapshot one = SampleSnapshot.make(directory.resolve("1.rdb"), 1, 1000);
      SampleSnapshot two = SampleSnapshot.make(directory.resolve("2.rdb"), 2, 2000);
      assertThrows(
          IOException.class,
          () -> store.publish(SnapshotSeries.MANUAL, one.manifest(), two.file()));
      assertEquals(List.of(), store.list());
      assertEquals(
          List.of(SnapshotStore.path(SnapshotSeries.MANUAL, one.manifest()) + ".rdb"),
          store.orphans().stream().map(StoredObject::name).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "s3"})
  void damageInTheStoreShows(String kind) throws IOException {
    try (SnapshotStore store = open(kind)) {
      SampleSnapshot one = SampleSnapshot.make(directory.resolve("1.rdb"), 1, 1000);
      StoredSnapshot stored = store.publish(SnapshotSeries.MANUAL, one.manifest(), one.file());
      byte[] bytes = Files.readAllBytes(one.file());
      bytes[bytes.length / 2] ^= 4;
      store.objects().put(stored.rdb(), Content.of(bytes), false);
      assertThrows(IOException.class, () -> store.verify(stored));
      Path copy = directory.resolve("copy.rdb");
      StoreException e = assertThrows(StoreException.class, () -> store.download(stored, copy));
      assertEquals(StoreFault.DAMAGED, e.fault());
      assertFalse(Files.exists(copy));
      store.objects().put(stored.manifestName(), Content.of(new byte[] {1, 2, 3}), false);
      assertEquals(List.of(), store.list());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file"})
  void aNodesOwnDirectoryIsAStoreToo(String kind) throws IOException {
    SnapshotDirectory own = SnapshotDirectory.open(directory.resolve("own"));
    SampleSnapshot one = SampleSnapshot.make(directory.resolve("1.rdb"), 1, 1000);
    SnapshotUpload upload = own.begin();
    byte[] bytes = Files.readAllBytes(one.file());
    upload.write(bytes, bytes.length);
    upload.complete();
    own.publish(upload, one.manifest());
    try (SnapshotStore store = SnapshotStore.open(StoreUrl.parse(kind + ":" + own.root()))) {
      assertEquals(one.manifest(), store.list().getFirst().manifest());
      assertEquals(one.manifest().keys(), store.verify(store.list().getFirst()).keys());
    }
  }
}
