package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.ConfigSources;
import io.engramdb.node.config.ConfigTable;
import io.engramdb.node.config.Configuration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DebugCommandsTest {

  private final ServerHarness harness = open("yes");

  private static ServerHarness open(String allowed) {
    try {
      ConfigTable table = ConfigTable.standard();
      Configuration configuration =
          ConfigSources.load(table, null, Map.of(), List.of("--enable-debug-command", allowed));
      return new ServerHarness(false, configuration);
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void itIsRefusedUnlessTheConfigurationAllowsIt() {
    String refusal = "-ERR DEBUG command not allowed. If the enable-debug-command option is set";
    assertTrue(open("no").run("DEBUG", "HELP").startsWith(refusal));
    assertTrue(open("local").run("DEBUG", "HELP").startsWith(refusal));
    assertTrue(harness.run("DEBUG", "HELP").startsWith("*"));
  }

  /** The digests were asked of redis-server 7.0. */
  @Test
  void digestsEqualThoseOfRedis() {
    assertEquals("+" + "0".repeat(40), harness.run("DEBUG", "DIGEST"));
    harness.run("SET", "a", "1");
    assertEquals("+943d800368fb9c0e951138f1bc0e313ac769d91f", harness.run("DEBUG", "DIGEST"));
    harness.client.database = 3;
    harness.run("ZADD", "z", "1.5", "a", "1e20", "b", "-inf", "c", "0.1", "d");
    harness.run("ZADD", "z", "1e-7", "e", "123456789012345678", "f");
    harness.run("HSET", "h", "f", "v", "g", "w");
    harness.run("RPUSH", "l", "a", "b", "c");
    harness.run("SADD", "s", "1", "2", "3");
    harness.run("SADD", "t", "a", "b", "c");
    harness.run("XADD", "x", "5-1", "f", "v", "g", "w");
    harness.run("SET", "e", "v", "EX", "1000");
    assertEquals(
        "*8 +efd001f7d7dd1489b193600fddae0e46b00aca0c +d127864ed50239662bf61bafc9bda63c17da5b37"
            + " +8bf72d812571eea9b927f3c11beb0c4165a6ff89 +2a462a3f51a1db89738ebbeef0c47ce1bbc85246"
            + " +593c2414786d75446e97f4ea5d4b731f3313da72 +19e4bd886a6ecfa770b4a04e4157bd2ca6f7fff1"
            + " +311b17018163335616e089f6b951c82c477335ac +"
            + "0".repeat(40),
        harness.run("DEBUG", "DIGEST-VALUE", "z", "h", "l", "s", "t", "x", "e", "none"));
    assertEquals("+73301a7efbe43181bef0e08b17a2a0a3a370b265", harness.run("DEBUG", "DIGEST"));
  }

  @Test
  void keysAreMadeByTheNumber() {
    harness.run("SET", "key:1", "mine");
    assertEquals("+OK", harness.run("DEBUG", "POPULATE", "3"));
    assertEquals("$4 mine", harness.run("GET", "key:1"));
    assertEquals("$7 value:2", harness.run("GET", "key:2"));
    assertEquals("+OK", harness.run("DEBUG", "POPULATE", "1", "p", "3"));
    assertEquals("$3 val", harness.run("GET", "p:0"));
    assertEquals("+OK", harness.run("DEBUG", "POPULATE", "1", "q", "9"));
    assertEquals("$9 value:0\0\0", harness.run("GET", "q:0"));
    assertEquals(
        "-ERR value is out of range, must be positive", harness.run("DEBUG", "POPULATE", "-1"));
    assertTrue(harness.run("DEBUG", "POPULATE", "9000000", "x", "9000000").startsWith("-OOM"));
    harness.shard.primary = FakeShard.B;
    assertTrue(harness.run("DEBUG", "POPULATE", "1").startsWith("-READONLY"));
  }

  @Test
  void valuesAreDescribed() {
    harness.run("RPUSH", "l", "a", "b");
    assertTrue(harness.run("DEBUG", "OBJECT", "l").contains(" encoding:listpack "));
    harness.run("SET", "s", "12345x");
    assertTrue(
        harness
            .run("DEBUG", "OBJECT", "s")
            .matches(".*refcount:1 encoding:embstr serializedlength:7 lru:\\d+ lru_seconds_.*"));
    assertEquals("-ERR no such key", harness.run("DEBUG", "OBJECT", "none"));
    assertTrue(harness.run("DEBUG", "SDSLEN", "s").contains("val_sds_len:6"));
    assertTrue(harness.run("DEBUG", "HTSTATS", "0").contains(" number of elements: 2"));
    assertEquals("-ERR Out of range database", harness.run("DEBUG", "HTSTATS", "16"));
    assertEquals("+Listpack structure printed on stdout", harness.run("DEBUG", "LISTPACK", "l"));
    assertEquals("-ERR Not a quicklist encoded object.", harness.run("DEBUG", "QUICKLIST", "l"));
  }

  @Test
  void repliesOfEveryTypeAreShown() {
    assertEquals(
        "|1 $14 key-popularity *2 $7 key:123 :90 $39 Some real reply following the attribute",
        harness.run3("DEBUG", "PROTOCOL", "attrib"));
    assertEquals(
        "$39 Some real reply following the attribute", harness.run("DEBUG", "PROTOCOL", "attrib"));
    assertEquals("#t", harness.run3("DEBUG", "PROTOCOL", "true"));
    assertEquals("*3 :0 :1 :2", harness.run("DEBUG", "PROTOCOL", "set"));
    assertTrue(harness.run("DEBUG", "PROTOCOL", "x").startsWith("-ERR Wrong protocol type name."));
    assertEquals("-A b", harness.run("DEBUG", "ERROR", "A b"));
  }

  @Test
  void switchesAreCheckedAndUnknownOnesRefused() {
    assertEquals("+OK", harness.run("DEBUG", "SLEEP", "0"));
    assertEquals("+OK", harness.run("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "200b"));
    assertEquals(
        "-ERR argument must be a memory value bigger than 1 and smaller than 4gb",
        harness.run("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "5gb"));
    assertEquals("+OK", harness.run("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "never"));
    assertEquals(":1", harness.run("DEBUG", "STRINGMATCH-LEN", "a*", "abc"));
    for (String unknown : List.of("JMAP", "SLEEP", "SEGFAULT")) {
      assertEquals(
          "-ERR unknown subcommand or wrong number of arguments for '"
              + unknown
              + "'. Try DEBUG HELP.",
          harness.run("DEBUG", unknown));
    }
  }
}
