package io.engramdb.snapshot.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.snapshot.rdb.DumpPayload;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payloads of DUMP and FUNCTION DUMP, with a real server at the other end. */
class DumpPayloadTest {
  private static final int SERVERS_VERSION = RdbVersion.REDIS_7_0;

  @TempDir Path temp;

  private static byte[] latin(Object text) {
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static RdbKey key(String name) {
    return new RdbKey(0, latin(name), RdbKey.NO_EXPIRY);
  }

  private static String show(byte[] payload, String name) throws IOException {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    JsonOutput out = JsonOutput.to(shown);
    JsonKeys keys = new JsonKeys(out, Long.MAX_VALUE);
    DumpPayload.decode(payload, SERVERS_VERSION, RdbLimits.DEFAULT, key(name), keys);
    out.flush();
    return shown.toString(StandardCharsets.US_ASCII);
  }

  /** Passes a payload's value on to a writer. */
  private static byte[] encodeAgain(byte[] payload, int version) throws IOException {
    return DumpPayload.encode(
        version,
        true,
        visitor ->
            DumpPayload.decode(payload, SERVERS_VERSION, RdbLimits.DEFAULT, key("k"), visitor));
  }

  @Test
  void payloadsGoToAServerAndBack() throws IOException {
    Random random = new Random(42);
    try (RedisServer server = RedisServer.start(temp)) {
      ServerContent.fill(server, random);
      for (Object name : (List<?>) server.call("KEYS", "*")) {
        byte[] dumped = latin(server.call("DUMP", latin(name)));
        long expireAtMs = Math.max(0, (Long) server.call("PEXPIRETIME", latin(name)));
        Object digest = server.call("DEBUG", "DIGEST-VALUE", latin(name));
        for (int version : new int[] {9, 10}) {
          byte[] again = encodeAgain(dumped, version);
          server.call("RESTORE", latin(name), expireAtMs, again, "REPLACE", "ABSTTL");
          assertEquals(digest, server.call("DEBUG", "DIGEST-VALUE", latin(name)));
          if (version == SERVERS_VERSION) {
            assertEquals(show(dumped, "k"), show(again, "k"));
          }
        }
      }
    }
  }

  @Test
  void functionsGoToAServerAndBack() throws IOException {
    try (RedisServer server = RedisServer.start(temp)) {
      ServerContent.fill(server, new Random(42));
      String before = ServerContent.details(server);
      List<byte[]> sources =
          DumpPayload.decodeFunctions(
              latin(server.call("FUNCTION", "DUMP")), SERVERS_VERSION, RdbLimits.DEFAULT);
      assertEquals(2, sources.size());
      server.call("FUNCTION", "FLUSH");
      server.call(
          "FUNCTION", "RESTORE", DumpPayload.encodeFunctions(SERVERS_VERSION, true, sources));
      assertEquals(before, ServerContent.details(server));
    }
  }

  @Test
  void aPayloadIsTheBytesThatAServerMakes() throws IOException {
    try (RedisServer server = RedisServer.start(temp)) {
      server.call("SET", "k", "12345");
      byte[] ours =
          DumpPayload.encode(
              SERVERS_VERSION, true, visitor -> visitor.string(key("k"), latin("12345")));
      assertArrayEquals(latin(server.call("DUMP", "k")), ours);
      server.call("DEL", "k");
      server.call("HSET", "k", "field", "value");
      byte[] hash =
          DumpPayload.encode(
              SERVERS_VERSION,
              true,
              visitor -> {
                visitor.beginHash(key("k"), 1, false);
                visitor.field(latin("field"), latin("value"), RdbKey.NO_EXPIRY);
                visitor.endKey();
              });
      assertArrayEquals(latin(server.call("DUMP", "k")), hash);
    }
  }

  private static RdbFault fault(byte[] payload) {
    return assertThrows(RdbException.class, () -> show(payload, "k")).fault();
  }

  @Test
  void aDamagedPayloadIsRefusedBeforeAnythingIsTold() throws IOException {
    byte[] good =
        DumpPayload.encode(10, false, visitor -> visitor.string(key("k"), latin("a value")));
    assertTrue(show(good, "k").contains("\"string\""));
    for (int i = 0; i < good.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = good.clone();
        damaged[i] ^= (byte) (1 << bit);
        RdbFault fault = fault(damaged);
        assertTrue(
            fault == RdbFault.CHECKSUM || fault == RdbFault.UNSUPPORTED_VERSION, fault::toString);
      }
    }
    assertEquals(RdbFault.TRUNCATED, fault(new byte[3]));
    assertEquals(
        RdbFault.UNSUPPORTED_VERSION,
        fault(DumpPayload.encode(11, true, visitor -> visitor.string(key("k"), latin("v")))));
    byte[] zeroChecksum = good.clone();
    java.util.Arrays.fill(zeroChecksum, good.length - 8, good.length, (byte) 0);
    assertEquals(RdbFault.CHECKSUM, fault(zeroChecksum), "zero has no meaning here");
  }

  @Test
  void aFunctionIsNoValueAndAValueIsNoFunction() throws IOException {
    byte[] functions = DumpPayload.encodeFunctions(10, true, List.of(latin("#!lua name=x")));
    assertEquals(RdbFault.UNKNOWN_TYPE, fault(functions));
    byte[] value = DumpPayload.encode(10, true, visitor -> visitor.string(key("k"), latin("v")));
    RdbException e =
        assertThrows(
            RdbException.class, () -> DumpPayload.decodeFunctions(value, 10, RdbLimits.DEFAULT));
    assertEquals(RdbFault.MALFORMED, e.fault());
  }

  @Test
  void whatAVersionLacksIsRefused() {
    DumpPayload.Value expiring =
        visitor -> {
          visitor.beginHash(key("k"), RdbVisitor.UNKNOWN_COUNT, true);
          visitor.field(latin("f"), latin("v"), 1_900_000_000_000L);
          visitor.endKey();
        };
    RdbRefusal refusal =
        assertThrows(RdbRefusal.class, () -> DumpPayload.encode(11, true, expiring));
    assertTrue(refusal.getMessage().contains("version 11"), refusal.getMessage());
  }
}
