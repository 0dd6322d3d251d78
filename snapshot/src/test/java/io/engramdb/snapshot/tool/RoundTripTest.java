package io.engramdb.snapshot.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written comes back, from this reader and from a real server, and the other way round. */
class RoundTripTest {
  private static final int KEYS = 300;

  /** What files before version 10, or 11, can't hold. */
  private static final String NEW_IN_10 =
      "\"(entriesRead|entriesAdded)\":(null|\\d+)|\"(maxDeletedId|firstId)\":\"[^\"]*\"";

  private static final String NEW_IN_11 = ",\"activeTimeMs\":\\d+";

  @TempDir Path temp;

  private static long seed() {
    long seed = Long.getLong("engram.test.seed", new Random().nextInt());
    System.out.println("RoundTripTest: -Dengram.test.seed=" + seed);
    return seed;
  }

  private static String dump(Path file, RdbDump.Order order) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RdbDump.dump(file, order, ModulePolicy.FAIL, out);
    return out.toString(StandardCharsets.US_ASCII);
  }

  private static String comparable(String dump, int version) {
    String known = version < RdbVersion.REDIS_7_0 ? dump.replaceAll(NEW_IN_10, "") : dump;
    // A packed sorted set holds minus zero as zero.
    return (version < RdbVersion.REDIS_7_2 ? known.replaceAll(NEW_IN_11, "") : known)
        .replace("\"-0\"", "\"0\"");
  }

  private Path write(long seed, int version, boolean compresses, boolean counts)
      throws IOException {
    Path file = temp.resolve("dump.rdb");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      RdbWriter writer = new RdbWriter(out, version, compresses);
      new RandomKeys(seed, version >= RdbVersion.REDIS_7_4, counts).visit(KEYS, writer);
      assertEquals(Files.size(file), writer.sizeBytes());
    }
    return file;
  }

  private static void copy(Path from, Path to, int version) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(to));
        RdbReader reader = RdbReader.open(from, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(new RdbWriter(out, version, true));
    }
  }

  private static void assertServersToolAccepts(Path file) throws Exception {
    Path log = file.resolveSibling("check.log");
    Process check =
        new ProcessBuilder("redis-check-rdb", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(check.waitFor(60, TimeUnit.SECONDS), "redis-check-rdb does not end");
    assertEquals(0, check.exitValue(), Files.readString(log));
  }

  @ParameterizedTest
  @CsvSource({
    "9, true, true", "9, false, false", "10, true, true", "10, false, false",
    "11, true, true", "11, false, false", "12, true, true", "12, false, false"
  })
  void whatIsWrittenIsRead(int version, boolean compresses, boolean counts) throws IOException {
    long seed = seed();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    JsonOutput out = JsonOutput.to(expected);
    new RandomKeys(seed, version >= RdbVersion.REDIS_7_4, counts)
        .visit(KEYS, new JsonKeys(out, Long.MAX_VALUE));
    out.flush();
    Path file = write(seed, version, compresses, counts);
    assertEquals(
        comparable(expected.toString(StandardCharsets.US_ASCII), version),
        comparable(dump(file, RdbDump.Order.FILE), version));
    RdbReport report = RdbCheck.check(file, ModulePolicy.FAIL);
    assertTrue(report.isWhole(), report::text);
    assertEquals(KEYS, report.keys().total());
    assertEquals(List.of(), report.remarks());
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 10})
  void aServerLoadsWhatIsWritten(int version) throws Exception {
    Path file = write(seed(), version, true, true);
    assertServersToolAccepts(file);
    String written = dump(file, RdbDump.Order.KEY);
    try (RedisServer server = RedisServer.start(temp)) {
      server.call("SAVE");
    }
    assertEquals(comparable(written, version), comparable(dump(file, RdbDump.Order.KEY), version));
  }

  @Test
  void whatAServerWritesComesBackToOneUnchanged() throws Exception {
    Path from = Files.createDirectory(temp.resolve("from"));
    Path to = Files.createDirectory(temp.resolve("to"));
    String digest;
    String details;
    try (RedisServer server = RedisServer.start(from)) {
      ServerContent.fill(server, new Random(seed()));
      server.call("SAVE");
      digest = server.digest();
      details = ServerContent.details(server);
    }
    Path copied = to.resolve("dump.rdb");
    copy(from.resolve("dump.rdb"), copied, 10);
    assertServersToolAccepts(copied);
    try (RedisServer server = RedisServer.start(to)) {
      assertEquals(digest, server.digest());
      assertEquals(details, ServerContent.details(server));
      server.call("FUNCTION", "FLUSH");
      server.call("SAVE");
    }
    Path old = Files.createDirectory(temp.resolve("old"));
    copy(copied, old.resolve("dump.rdb"), 9);
    assertServersToolAccepts(old.resolve("dump.rdb"));
    try (RedisServer server = RedisServer.start(old)) {
      assertEquals(digest, server.digest());
    }
  }

  @Test
  void accessTimesAndCountersComeAlong() throws Exception {
    try (RedisServer server = RedisServer.start(temp, "--maxmemory-policy", "allkeys-lfu")) {
      server.call("SET", "often", "x");
      for (int i = 0; i < 500; i++) {
        server.call("GET", "often");
      }
      server.call("SET", "once", "x", "PX", "100000000");
      long counter = (Long) server.call("OBJECT", "FREQ", "often");
      server.call("SAVE");
      String lines = dump(server.file(), RdbDump.Order.KEY);
      assertTrue(lines.contains("\"lfuFreq\":" + counter), lines);
      Path copied = temp.resolve("copied.rdb");
      copy(server.file(), copied, 10);
      assertEquals(lines, dump(copied, RdbDump.Order.KEY));
    }
    try (RedisServer server = RedisServer.start(temp, "--maxmemory-policy", "allkeys-lru")) {
      server.call("DEBUG", "SLEEP", "1.1");
      server.call("SAVE");
      String lines = dump(server.file(), RdbDump.Order.KEY);
      assertTrue(lines.contains("\"lruIdleSecondsApprox\":"), lines);
      assertFalse(lines.contains("lfuFreq"), lines);
    }
  }

  /** More than a writer holds, so that it has to write before it has seen all. */
  private static final int LARGE_SIZE_BYTES = 40 << 20;

  private static void largeList(RdbVisitor visitor) throws IOException {
    int count = LARGE_SIZE_BYTES / 1000;
    visitor.beginList(new RdbKey(0, "list".getBytes(), RdbKey.NO_EXPIRY), count);
    for (int i = 0; i < count; i++) {
      visitor.element(i % 5 == 0 ? Integer.toString(i).getBytes() : new byte[1000]);
    }
    visitor.endKey();
  }

  private static void largeStream(RdbVisitor visitor) throws IOException {
    int count = LARGE_SIZE_BYTES / 1000;
    visitor.beginStream(new RdbKey(0, "stream".getBytes(), RdbKey.NO_EXPIRY), count);
    for (int i = 1; i <= count; i++) {
      visitor.streamEntry(i, 0, new byte[][] {{'f'}, new byte[1000]});
    }
    StreamId last = new StreamId(count, 0);
    visitor.streamState(new StreamState(count, last, new StreamId(1, 0), StreamId.ZERO, count));
    visitor.endKey();
  }

  private static void largeHash(RdbVisitor visitor) throws IOException {
    int count = LARGE_SIZE_BYTES / 1000;
    visitor.beginHash(new RdbKey(0, "hash".getBytes(), RdbKey.NO_EXPIRY), count, false);
    for (int i = 0; i < count; i++) {
      visitor.field(Integer.toString(i).getBytes(), new byte[1000], RdbKey.NO_EXPIRY);
    }
    visitor.endKey();
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 10})
  void valuesThatAreLargerThanWhatIsHeldGoThrough(int version) throws Exception {
    Path file = temp.resolve("dump.rdb");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      RdbWriter writer = new RdbWriter(out, version, true);
      writer.header(writer.version());
      writer.remarks("7.0.0", 1_700_000_000_000L, 1 << 20);
      largeList(writer);
      largeStream(writer);
      largeHash(writer);
      writer.end();
    }
    assertServersToolAccepts(file);
    int count = LARGE_SIZE_BYTES / 1000;
    try (RedisServer server = RedisServer.start(temp)) {
      assertEquals((long) count, server.call("LLEN", "list"));
      assertEquals(Integer.toString(count / 5 * 5), server.call("LINDEX", "list", count / 5 * 5));
      assertEquals((long) count, server.call("XLEN", "stream"));
      assertEquals((long) count, server.call("HLEN", "hash"));
      server.call("XGROUP", "CREATE", "stream", "g", "0");
      server.call("XREADGROUP", "GROUP", "g", "c", "COUNT", 10, "STREAMS", "stream", ">");
    }
    RdbReport report = RdbCheck.check(file, ModulePolicy.FAIL);
    assertEquals(new RdbReport.Keys(0, 1, 0, 0, 1, 1, 0), report.keys(), report::text);
  }
}
