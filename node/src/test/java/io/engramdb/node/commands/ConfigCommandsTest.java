package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.ConfigSources;
import io.engramdb.node.config.ConfigTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCommandsTest {

  private final ServerHarness harness = new ServerHarness(false);

  @Test
  void getTakesSeveralPatterns() {
    assertEquals(
        "*6 $10 maxclients $5 10000 $9 maxmemory $1 0 $17 maxmemory-clients $1 0",
        harness.run("CONFIG", "GET", "MAXMEMORY", "max*cl*"));
    assertEquals("%1 $9 maxmemory $1 0", harness.run3("CONFIG", "GET", "maxmemory"));
    assertEquals("*0", harness.run("CONFIG", "GET", "nosuch"));
    assertTrue(harness.run("CONFIG", "GET", "*").contains("$9 databases $2 16"));
    assertEquals("*2 $7 slaveof $0", harness.run("CONFIG", "GET", "slaveof"));
  }

  @Test
  void setChangesAllOrNothing() {
    assertEquals("+OK", harness.run("CONFIG", "SET", "maxmemory", "1gb", "timeout", "5"));
    assertEquals(
        "-ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed"
            + " into an integer",
        harness.run("CONFIG", "SET", "maxmemory", "7", "hz", "abc"));
    assertEquals(1L << 30, harness.configuration.number("maxmemory"));
    assertEquals(5, harness.configuration.number("timeout"));
  }

  @Test
  void whatCanNotChangeMayBeCalledWhatItIs() {
    assertEquals("+OK", harness.run("CONFIG", "SET", "databases", "16", "save", "60 1"));
    assertEquals("*2 $4 save $4 60 1", harness.run("CONFIG", "GET", "save"));
  }

  @Test
  void whereFilesLieIsProtected() {
    assertEquals(
        "-ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected"
            + " config",
        harness.run("CONFIG", "SET", "maxmemory", "7", "dbfilename", "x.rdb"));
    assertEquals(0, harness.configuration.number("maxmemory"));
  }

  @Test
  void hiddenDirectivesAreShownToWhoKnowsTheirNames() {
    assertEquals("*2 $14 key-load-delay $1 0", harness.run("CONFIG", "GET", "key-load-delay"));
    assertEquals("*0", harness.run("CONFIG", "GET", "key-load-dela?"));
  }

  @Test
  void setRefusesInTheWordsOfRedis() {
    String failed = "-ERR CONFIG SET failed (possibly related to argument ";
    assertEquals(
        "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
        harness.run("CONFIG", "SET", "maxmemory", "1", "foo", "bar"));
    assertEquals("-ERR syntax error", harness.run("CONFIG", "SET", "maxmemory", "1", "foo"));
    assertEquals(
        failed + "'databases') - can't set immutable config",
        harness.run("CONFIG", "SET", "databases", "3"));
    assertEquals(
        failed + "'maxmemory') - duplicate parameter",
        harness.run("CONFIG", "SET", "maxmemory", "1", "maxmemory", "2"));
    assertEquals(
        failed + "'port') - duplicate parameter",
        harness.run("CONFIG", "SET", "port", "1", "port", "2"));
    assertEquals(
        failed + "'lua-time-limit') - duplicate parameter",
        harness.run("CONFIG", "SET", "busy-reply-threshold", "1", "lua-time-limit", "2"));
    assertTrue(
        harness
            .run("CONFIG", "SET", "appendfsync", "everysec")
            .startsWith(failed + "'appendfsync') - every write is in the replicated log"));
    assertEquals("+OK", harness.run("CONFIG", "SET", "appendonly", "yes"));
  }

  @Test
  void resetStatClearsTheCounters() {
    harness.run("SET", "k", "v");
    harness.run("GET", "k");
    harness.metrics.node().connectionsReceived = 5;
    harness.metrics.commands().executed(harness.table.find("get"), 1, true);
    assertEquals("+OK", harness.run("CONFIG", "RESETSTAT"));
    assertEquals(0, harness.keyspaces.stats().hits);
    assertEquals(0, harness.metrics.node().connectionsReceived);
    assertEquals(0, harness.metrics.commands().processed());
  }

  @Test
  void rewriteStoresWhatWasSet(@TempDir Path directory) throws Exception {
    assertEquals(
        "-ERR The server is running without a config file", harness.run("CONFIG", "REWRITE"));
    Path file = Files.writeString(directory.resolve("e.conf"), "# c\nmaxclients 9\n");
    ServerHarness other =
        new ServerHarness(
            false, ConfigSources.load(ConfigTable.standard(), file, Map.of(), List.of()));
    assertEquals("+OK", other.run("CONFIG", "SET", "maxclients", "10"));
    assertEquals("+OK", other.run("CONFIG", "REWRITE"));
    assertEquals("# c\nmaxclients 10\n", Files.readString(file));
  }

  @Test
  void helpHasTheFormOfRedis() {
    String help = harness.run("CONFIG", "HELP");
    assertTrue(
        help.startsWith(
            "*11 +CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +GET <pattern>"));
    assertTrue(help.endsWith("+HELP +    Prints this help."));
  }
}
