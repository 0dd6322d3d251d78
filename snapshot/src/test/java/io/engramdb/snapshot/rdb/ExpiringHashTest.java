package io.engramdb.snapshot.rdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Hashes of which some fields expire, from a writer through a reader. */
class ExpiringHashTest {
  private static final long LATEST_MS = 4_000_000_000_000L;

  private static byte[] name(int field) {
    return ("f" + field).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] value(int sizeBytes) {
    byte[] value = new byte[sizeBytes];
    Arrays.fill(value, (byte) 'v');
    return value;
  }

  /** A third does not expire; of the others the last is the earliest. */
  private static long expireAtMs(int field) {
    return field % 3 == 0 ? RdbKey.NO_EXPIRY : LATEST_MS - field;
  }

  /** What is written comes back, and nothing of it waits for the end if it need not. */
  private static void comesBack(int fields, int valueBytes, boolean atOnce) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RdbWriter writer = new RdbWriter(out, RdbVersion.REDIS_7_4, false);
    writer.header(writer.version());
    RdbKey key = new RdbKey(0, "h".getBytes(StandardCharsets.ISO_8859_1), RdbKey.NO_EXPIRY);
    EventLog said = new EventLog();
    said.beginHash(key, fields, true);
    writer.beginHash(key, fields, true);
    for (int i = 0; i < fields; i++) {
      said.field(name(i), value(valueBytes), expireAtMs(i));
      writer.field(name(i), value(valueBytes), expireAtMs(i));
      assertTrue(!atOnce || writer.sizeBytes() > (i + 1L) * valueBytes, "field " + i + " waits");
    }
    said.endKey();
    said.end();
    writer.endKey();
    writer.end();
    EventLog read = new EventLog();
    try (RdbReader reader = RdbReader.of(out.toByteArray(), RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(read);
    }
    assertEquals(said.toString(), read.toString());
  }

  @Test
  void ofManyFieldsEachGoesOutAsItComes() throws IOException {
    comesBack(1000, 10, true);
  }

  @Test
  void ofLargeFieldsEachGoesOutAsItComes() throws IOException {
    comesBack(5, 100_000, true);
  }

  @Test
  void ofAHashWhoseFieldsMayExpireNoneNeedTo() throws IOException {
    comesBack(1, 100_000, true);
  }
}
