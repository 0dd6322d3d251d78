package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.script.ScriptHost;
import java.util.List;
import org.junit.jupiter.api.Test;

class IntrospectionCommandsTest {

  private final ServerHarness harness = new ServerHarness(false);

  @Test
  void aRowHasTheFormOfRedis() {
    assertEquals(
        "*1 *10 $6 append :3 ~3 +write +denyoom +fast :1 :1 :1 ~3 +@write +@string +@fast ~0 ~1"
            + " %3 $5 flags ~2 +RW +insert $12 begin_search %2 $4 type $5 index $4 spec"
            + " %1 $5 index :1 $9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0"
            + " $7 keystep :1 $5 limit :0 ~0",
        harness.run3("COMMAND", "INFO", "append"));
    assertEquals(
        "*2 $-1 *10 $10 config|get :-3 *4 +admin +noscript +loading +stale :0 :0 :0"
            + " *3 +@admin +@slow +@dangerous *0 *0 *0",
        harness.run("COMMAND", "INFO", "nosuch", "CONFIG|GET"));
  }

  @Test
  void allRowsAreOneReply() {
    int count = harness.table.topLevel().size();
    assertEquals(":" + count, harness.run("COMMAND", "COUNT"));
    assertTrue(harness.run("COMMAND").startsWith("*" + count + " *10 "));
    assertEquals(harness.run("COMMAND"), harness.run("COMMAND", "INFO"));
    assertTrue(harness.run("COMMAND").contains("$10 config|set"));
    assertEquals("-ERR unknown subcommand 'foo'. Try COMMAND HELP.", harness.run("COMMAND", "foo"));
  }

  @Test
  void namesAreFiltered() {
    assertTrue(harness.run("COMMAND", "LIST").startsWith("*" + harness.table.all().size() + " $"));
    assertEquals(
        "*6 $6 config $10 config|get $10 config|set $16 config|resetstat $14 config|rewrite"
            + " $11 config|help",
        harness.run("COMMAND", "LIST", "FILTERBY", "PATTERN", "CONFIG*"));
    assertEquals("*0", harness.run("COMMAND", "LIST", "FILTERBY", "MODULE", "x"));
    assertEquals("*0", harness.run("COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch"));
    assertTrue(harness.run("COMMAND", "LIST", "FILTERBY", "ACLCAT", "hash").contains("$4 hset"));
    assertEquals("-ERR syntax error", harness.run("COMMAND", "LIST", "FILTERBY", "FOO", "x"));
  }

  @Test
  void keysOfACommandLineAreFound() {
    assertEquals("*2 $1 a $1 c", harness.run("COMMAND", "GETKEYS", "MSET", "a", "b", "c", "d"));
    assertEquals(
        "*1 *2 $1 k ~2 +RO +access", harness.run3("COMMAND", "GETKEYSANDFLAGS", "get", "k"));
    assertEquals(
        "-ERR Invalid command specified", harness.run("COMMAND", "GETKEYS", "nosuch", "a"));
    assertEquals(
        "-ERR The command has no key arguments", harness.run("COMMAND", "GETKEYS", "time", "x"));
    assertEquals(
        "-ERR Invalid number of arguments specified for command",
        harness.run("COMMAND", "GETKEYS", "mset", "a"));
    assertEquals("*1 $1 k", harness.run("COMMAND", "GETKEYS", "MEMORY", "USAGE", "k"));
    assertEquals(
        "-ERR Invalid command specified", harness.run("COMMAND", "GETKEYS", "XGROUP", "nosuch"));
    assertEquals(
        "-ERR Invalid arguments specified for command",
        harness.run("COMMAND", "GETKEYS", "ZUNION", "abc", "k"));
    assertEquals(
        "*1 *2 $2 k1 ~2 +OW +update", harness.run3("COMMAND", "GETKEYSANDFLAGS", "SET", "k1", "v"));
    assertEquals(
        "*1 *2 $1 k ~3 +RW +access +update",
        harness.run3("COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v", "GET"));
    // The last STORE counts, and what belongs to another option is none.
    assertEquals(
        "*2 $1 s $1 d",
        harness.run("COMMAND", "GETKEYS", "SORT", "s", "STORE", "x", "STORE", "d", "GET", "STORE"));
    assertEquals(
        "*2 $1 g $1 d",
        harness.run(
            "COMMAND",
            "GETKEYS",
            "GEORADIUS",
            "g",
            "1",
            "1",
            "1",
            "m",
            "STORE",
            "x",
            "STORE",
            "d"));
  }

  @Test
  void documentsAreMapsOfText() {
    assertEquals(
        "%1 $10 config|get %6 $7 summary $45 Shows directives whose names match a pattern."
            + " $5 since $5 2.0.0 $5 group $6 server $10 complexity $20 O(N) with N patterns"
            + " $7 history ~1 *2 $5 7.0.0 $29 Several patterns in one call."
            + " $9 arguments *1 %4 $4 name $9 parameter $4 type $5 block $5 flags ~1 +multiple"
            + " $9 arguments *1 %3 $4 name $9 parameter $4 type $6 string"
            + " $12 display_text $9 parameter",
        harness.run3("COMMAND", "DOCS", "config|get", "nosuch"));
    assertTrue(
        harness
            .run3("COMMAND", "DOCS", "config")
            .contains(" $11 subcommands %5 $10 config|get %6 $7 summary"));
    assertTrue(
        harness.run3("COMMAND", "DOCS").startsWith("%" + harness.table.topLevel().size() + " $"));
  }

  @Test
  void everyCommandOfTheseFamiliesIsDocumented() {
    CommandTable.Builder builder = new CommandTable.Builder();
    List<CommandFamily> families =
        AllCommands.serverFamilies(
            new ShardServices(
                harness.configuration,
                harness.shard,
                harness.shard,
                new FixedProcess(),
                harness.metrics,
                new ScriptHost(),
                () -> harness.table,
                null));
    families.forEach(family -> family.register(builder));
    CommandDocs docs = new CommandDocs();
    for (CommandSpec spec : builder.build().all()) {
      var document = docs.find(spec.fullName());
      assertNotNull(document, spec.fullName());
      assertEquals(spec.since(), document.path("since").asText(), spec.fullName());
      assertTrue(document.path("summary").asText().endsWith("."), spec.fullName());
    }
  }
}
