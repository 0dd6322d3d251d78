package io.engramdb.snapshot.store;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/** A file of a few keys, and a manifest that fits it. */
public record SampleSnapshot(Path file, SnapshotManifest manifest) {
  private static final UUID SHARD = new UUID(1, 2);
  private static final UUID INCARNATION = new UUID(3, 4);
  private static final int KEYS = 500;

  /** Makes one: other keys for another index. */
  public static SampleSnapshot make(Path file, long index, long createdMs) throws IOException {
    return make(file, INCARNATION, index, createdMs);
  }

  /** Makes one of another history. */
  public static SampleSnapshot make(Path file, UUID incarnation, long index, long createdMs)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      RdbWriter writer = new RdbWriter(out, RdbVersion.REDIS_7_2, false);
      writer.header(writer.version());
      writer.databaseSize(0, KEYS, 0);
      for (int i = 0; i < KEYS; i++) {
        writer.string(
            new RdbKey(0, bytes("key " + i), RdbKey.NO_EXPIRY), bytes("value " + i + " " + index));
      }
      writer.end();
    }
    RdbDigest digest = new RdbDigest();
    try (RdbReader reader = RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(digest);
    }
    CRC32C sum = new CRC32C();
    sum.update(Files.readAllBytes(file));
    return new SampleSnapshot(
        file,
        new SnapshotManifest(
            SHARD,
            incarnation,
            1,
            index,
            createdMs,
            index,
            0,
            250,
            digest.keys(),
            digest.value(),
            Files.size(file),
            (int) sum.getValue(),
            RdbVersion.REDIS_7_2,
            createdMs));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
