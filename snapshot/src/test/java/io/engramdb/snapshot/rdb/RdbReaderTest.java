package io.engramdb.snapshot.rdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Files made by hand: every item and type, and what is refused, where. */
class RdbReaderTest {
  private static final RdbLimits LIMITS = RdbLimits.DEFAULT;

  private static String read(byte[] file, RdbLimits limits, ModulePolicy modules)
      throws IOException {
    EventLog log = new EventLog();
    RdbReader.of(new ByteArrayInputStream(file), limits, modules).read(log);
    return log.toString();
  }

  private static String read(RdbBytes file) throws IOException {
    return read(file.end(), LIMITS, ModulePolicy.FAIL);
  }

  private static RdbException fault(byte[] file, RdbLimits limits) {
    return assertThrows(RdbException.class, () -> read(file, limits, ModulePolicy.FAIL));
  }

  private static void assertFault(RdbFault expected, long offset, RdbBytes file) {
    RdbException e = fault(file.end(), LIMITS);
    assertEquals(expected, e.fault(), e::getMessage);
    assertEquals(offset, e.offset(), e::getMessage);
  }

  private static RdbBytes v(int version) {
    return RdbBytes.file(version);
  }

  @Test
  void plainTypesOfTheFirstVersion() throws IOException {
    RdbBytes file =
        v(1).raw(254, 3)
            .key(0)
            .raw(0xc1, 0x39, 0x30)
            .raw(253)
            .little(1_000, 4)
            .raw(1)
            .string("l")
            .length(2)
            .string("a")
            .string("b")
            .raw(2)
            .string("s")
            .length(1)
            .string("m")
            .raw(3)
            .string("z")
            .length(3)
            .string("a")
            .raw(255)
            .string("b")
            .raw(3)
            .raw("1.5")
            .string("c")
            .raw(254)
            .raw(4)
            .string("h")
            .length(1)
            .string("f")
            .string("v")
            .raw(255);
    assertEquals(
        "string 3:k 12345 list 3:l at 1000000 2 a b . set 3:s 1 m . "
            + "zset 3:z 3 a -Infinity b 1.5 c Infinity . hash 3:h 1 f v -1 . end",
        read(file.toBytes(), LIMITS, ModulePolicy.FAIL));
  }

  @Test
  void packedTypes() throws IOException {
    RdbBytes file =
        v(11)
            .key(9)
            .string(new byte[] {1, 1, 'f', 2, 1, 'v', 'w', 0, (byte) 0xff})
            .key(10)
            .string(RdbBytes.ziplist("a", 300, ""))
            .key(11)
            .string(RdbBytes.intset(-1, 70_000))
            .key(12)
            .string(RdbBytes.ziplist("m", "1.25", "n", 7))
            .key(13)
            .string(RdbBytes.ziplist("f", "v"))
            .key(14)
            .length(2)
            .string(RdbBytes.ziplist("a"))
            .string(RdbBytes.ziplist("b"))
            .key(16)
            .string(RdbBytes.listpack("f", "v"))
            .key(17)
            .string(RdbBytes.listpack("m", "inf"))
            .key(18)
            .length(2)
            .length(1)
            .string("plain")
            .length(2)
            .string(RdbBytes.listpack("p", "q"))
            .key(20)
            .string(RdbBytes.listpack("m", 5));
    assertEquals(
        "hash 0:k 1 f vw -1 . list 0:k 3 a 300  . set 0:k 2 -1 70000 . "
            + "zset 0:k 2 m 1.25 n 7.0 . hash 0:k 1 f v -1 . list 0:k -1 a b . "
            + "hash 0:k 1 f v -1 . zset 0:k 1 m Infinity . list 0:k -1 plain p q . "
            + "set 0:k 2 m 5 . end",
        read(file));
  }

  @Test
  void fieldsThatExpire() throws IOException {
    RdbBytes redis =
        v(12)
            .key(24)
            .little(5_000, 8)
            .length(2)
            .length(0)
            .string("a")
            .string("1")
            .length(11)
            .string("b")
            .string("2")
            .key(25)
            .little(7, 8)
            .string(RdbBytes.listpack("a", "1", 7, "b", "2", 0))
            .key(22)
            .length(1)
            .length(9)
            .string("a")
            .string("1")
            .key(23)
            .string(RdbBytes.listpack("a", "1", 8));
    assertEquals(
        "hash 0:k 2 a 1 -1 b 2 5010 . hash 0:k 2 a 1 7 b 2 -1 . "
            + "hash 0:k 1 a 1 9 . hash 0:k 1 a 1 8 . end",
        read(redis));
    RdbBytes valkey = new RdbBytes().raw("VALKEY080").key(22).length(2);
    valkey.string("a").string("1").little(99, 8).string("b").string("2").little(-1, 8);
    assertEquals("hash 0:k 2 a 1 99 b 2 -1 . end", read(valkey));
  }

  @Test
  void itemsBesideKeys() throws IOException {
    RdbBytes file =
        v(12)
            .raw(250)
            .string("redis-ver")
            .string("7.4.0")
            .raw(245)
            .string("#!lua name=x\n")
            .raw(246)
            .string("old")
            .string("LUA")
            .length(1)
            .string("description")
            .string("return 1")
            .raw(251, 5, 2)
            .raw(244, 9, 5, 2)
            .raw(252)
            .little(-7, 8)
            .raw(248, 33)
            .key(0)
            .string("v")
            .raw(249, 200)
            .key(0)
            .string("w")
            .raw(2)
            .string("nobody")
            .length(0);
    assertEquals(
        "aux redis-ver 7.4.0 function #!lua name=x\n function #!LUA name=old\nreturn 1 "
            + "database 0 5 2 slot 9 5 2 string 0:k at -7 idle 33 v string 0:k freq 200 w "
            + "empty 0:nobody end",
        read(file));
  }

  private static RdbBytes stream(int type, byte[] node) {
    return v(11).key(type).length(1).raw(16).raw(new byte[7]).raw(5).raw(new byte[8]).string(node);
  }

  private static byte[] node(Object... entries) {
    Object[] all = new Object[4 + entries.length];
    all[0] = 2;
    all[1] = 1;
    all[2] = 0;
    all[3] = 0;
    System.arraycopy(entries, 0, all, 4, entries.length);
    return RdbBytes.listpack(all);
  }

  private static final Object[] THREE_ENTRIES = {
    0, 1, 0, 1, "f", "v", 6, 1, 1, 0, 1, "g", "w", 6, 2, 1, 1, 3
  };

  @Test
  void streamsWithGroups() throws IOException {
    RdbBytes file = stream(21, node(THREE_ENTRIES));
    file.length(2).length(6).length(1).length(6).length(0).length(0).length(0).length(3);
    file.length(1).string("g").length(6).length(0).length(-1);
    file.length(1).raw(new byte[7]).raw(6).raw(new byte[8]).little(77, 8).length(3);
    file.length(1).string("c").little(88, 8).little(-1, 8);
    file.length(1).raw(new byte[7]).raw(6).raw(new byte[8]);
    assertEquals(
        "stream 0:k -1 6-0 f v 6-1 state 2 6-1 6-0 0-0 3 group g 6-0 -1 "
            + "consumer c 88 -1 pending 6-0 77 3 . end",
        read(file));
    RdbBytes first = stream(15, node(THREE_ENTRIES));
    first.length(2).length(6).length(1);
    first.length(1).string("g").length(6).length(0).length(0).length(0);
    assertEquals(
        "stream 0:k -1 6-0 f v 6-1 state 2 6-1 6-0 0-0 2 group g 6-0 1 . end", read(first));
  }

  @Test
  void damagedStreamsAreRefused() {
    Object[] unknownFlag = THREE_ENTRIES.clone();
    unknownFlag[0] = 4;
    Object[] wrongCount = THREE_ENTRIES.clone();
    wrongCount[6] = 5;
    Object[] backwards = THREE_ENTRIES.clone();
    backwards[15] = 0;
    Object[] text = THREE_ENTRIES.clone();
    text[1] = "x";
    Object[] manyFields = THREE_ENTRIES.clone();
    manyFields[3] = 1 << 30;
    Object[] tooMany = Arrays.copyOf(THREE_ENTRIES, THREE_ENTRIES.length + 1);
    tooMany[THREE_ENTRIES.length] = 1;
    Object[] tooFew = Arrays.copyOf(THREE_ENTRIES, THREE_ENTRIES.length - 1);
    for (Object[] entries :
        new Object[][] {unknownFlag, wrongCount, backwards, text, manyFields, tooMany, tooFew}) {
      RdbException e = fault(stream(21, node(entries)).end(), LIMITS);
      assertEquals(RdbFault.MALFORMED, e.fault(), Arrays.toString(entries));
    }
  }

  @Test
  void whatIsWrongIsNamedWithItsPlace() {
    assertFault(RdbFault.DUPLICATE, 16, v(9).key(2).length(2).string("aa").string("aa"));
    assertFault(RdbFault.DUPLICATE, 17, v(9).key(4).length(2).string("a").string("x").string("a"));
    assertFault(RdbFault.MALFORMED, 15, v(9).key(5).length(1).string("m").little(-1, 8));
    assertFault(RdbFault.MALFORMED, 12, v(9).key(0).raw(0x83));
    assertFault(RdbFault.MALFORMED, 12, v(9).key(0).raw(0xc4));
    assertFault(RdbFault.MALFORMED, 10, v(9).raw(254).raw(0xc0));
    assertFault(RdbFault.MALFORMED, 9, v(9).raw(254).length(1L << 40));
    assertFault(RdbFault.UNKNOWN_TYPE, 9, v(9).raw(26).string("k"));
    assertFault(RdbFault.UNKNOWN_TYPE, 11, v(9).key(8));
    assertFault(RdbFault.UNKNOWN_TYPE, 9, v(9).raw(243));
    assertFault(RdbFault.MALFORMED, 13, v(9).key(18).length(1).length(3));
    assertFault(RdbFault.MALFORMED, 12, v(12).key(24).little(1L << 48, 8));
    assertFault(RdbFault.MALFORMED, 12, v(9).key(0).raw(0xc3, 1, 63, 0));
    assertFault(RdbFault.LIMIT, 12, v(9).key(0).raw(0xc3, 4).length(1L << 40));
    assertFault(RdbFault.LIMIT, 21, v(9).key(0).length(1L << 40));
    assertFault(RdbFault.TRUNCATED, 21, v(9).key(0).length(-1));
    assertFault(RdbFault.TRUNCATED, 12, v(9).key(1).length(-1));
  }

  @Test
  void aFaultKnowsItsKey() {
    RdbBytes file = v(9).raw(254, 2).raw(2).string("a \"key\"\0").length(2).string("m");
    RdbException e = fault(file.string("m").end(), LIMITS);
    assertEquals(2, e.database());
    assertArrayEquals("a \"key\"\0".getBytes(StandardCharsets.ISO_8859_1), e.key());
    assertEquals(
        "member \"m\" is there twice (byte 24, key \"a \\\"key\\\"\\x00\" of database 2)",
        e.getMessage());
    assertNull(fault(v(9).raw(254, 2).raw(77).end(), LIMITS).key());
  }

  @Test
  void headersAndVersions() {
    for (String header : new String[] {"redis0009", "REDIS00ab", "VALKEY0x0", "hello, you", "RE"}) {
      assertEquals(
          RdbFault.NOT_AN_RDB, fault(new RdbBytes().raw(header).end(), LIMITS).fault(), header);
    }
    for (String header : new String[] {"REDIS0000", "REDIS0013", "REDIS0080", "VALKEY081"}) {
      assertEquals(
          RdbFault.UNSUPPORTED_VERSION,
          fault(new RdbBytes().raw(header).end(), LIMITS).fault(),
          header);
    }
    assertEquals(
        RdbFault.UNSUPPORTED_VERSION,
        fault("VKCS\1\1\0\0compressed".getBytes(StandardCharsets.ISO_8859_1), LIMITS).fault());
    assertEquals(RdbFault.TRUNCATED, fault(new byte[0], LIMITS).fault());
  }

  @Test
  void theChecksumCountsUnlessItIsZeroOrOfAnOldVersion() throws IOException {
    byte[] file = v(9).key(0).string("v").end();
    file[13] ^= 1;
    RdbException e = fault(file, LIMITS);
    assertEquals(RdbFault.CHECKSUM, e.fault());
    assertEquals(file.length - 8, e.offset());
    byte[] unsummed = v(9).key(0).string("v").endUnsummed();
    assertEquals("string 0:k v end", read(unsummed, LIMITS, ModulePolicy.FAIL));
    assertEquals(RdbFault.TRUNCATED, fault(Arrays.copyOf(file, file.length - 1), LIMITS).fault());
    byte[] old = v(4).key(0).string("v").raw(255).toBytes();
    assertEquals("string 0:k v end", read(old, LIMITS, ModulePolicy.FAIL));
  }

  @Test
  void limitsAreKept() throws IOException {
    byte[] file = v(9).key(1).length(2).string("12345x").string("12345y").end();
    assertTrue(
        read(file, LIMITS.withValueSizeBytes(12).withStringSizeBytes(6), ModulePolicy.FAIL)
            .contains("12345y"));
    assertEquals(RdbFault.LIMIT, fault(file, LIMITS.withValueSizeBytes(11)).fault());
    assertEquals(RdbFault.LIMIT, fault(file, LIMITS.withStringSizeBytes(5)).fault());
    byte[] twice = v(9).key(0).string("a").key(0).string("b").end();
    assertEquals(RdbFault.DUPLICATE, fault(twice, LIMITS.withTracked(10, 10)).fault());
    assertEquals(
        "string 0:k a string 0:k b end", read(twice, LIMITS.withTracked(10, 0), ModulePolicy.FAIL));
    byte[] other = v(9).key(0).string("a").raw(254, 1).key(0).string("b").end();
    assertTrue(read(other, LIMITS.withTracked(10, 10), ModulePolicy.FAIL).endsWith("end"));
  }

  @Test
  void modulesAreRefusedOrSteppedOver() throws IOException {
    RdbBytes items = new RdbBytes().raw(1, 5, 2, 6, 3).little(0, 4).raw(4).little(0, 8);
    items.raw(5).string("text").raw(0);
    long id = 0x6d8eb1a2f4c00000L | 3;
    byte[] file =
        v(9).raw(247)
            .length(id)
            .length(2)
            .length(1)
            .raw(items.toBytes())
            .key(7)
            .length(id)
            .raw(items.toBytes())
            .key(0)
            .string("v")
            .end();
    String events = read(file, LIMITS, ModulePolicy.SKIP);
    assertTrue(events.startsWith("module-aux "), events);
    assertTrue(events.endsWith("string 0:k v end"), events);
    assertEquals(RdbFault.MODULE, fault(file, LIMITS).fault());
  }

  @Test
  void aRefusingVisitorIsAFaultWithPlaceAndKey() {
    byte[] file = v(9).key(2).length(1).string("m").end();
    RdbVisitor refusing =
        new RdbWriter(new java.io.ByteArrayOutputStream(), 9, false) {
          @Override
          void writePrefix(RdbKey key, int type) throws IOException {
            throw new RdbRefusal("there is no room");
          }
        };
    RdbException e =
        assertThrows(
            RdbException.class,
            () ->
                RdbReader.of(new ByteArrayInputStream(file), LIMITS, ModulePolicy.FAIL)
                    .read(refusing));
    assertEquals(RdbFault.REFUSED, e.fault());
    assertArrayEquals(new byte[] {'k'}, e.key());
  }

  @Test
  void whatFollowsAFileIsLeft() throws IOException {
    byte[] file = v(9).key(0).string("v").end();
    byte[] more = Arrays.copyOf(file, file.length + 3);
    RdbReader reader = RdbReader.of(new ByteArrayInputStream(more), LIMITS, ModulePolicy.FAIL);
    reader.read(new EventLog());
    assertEquals(file.length, reader.offset());
    assertArrayEquals(new byte[3], reader.unconsumed());
  }
}
