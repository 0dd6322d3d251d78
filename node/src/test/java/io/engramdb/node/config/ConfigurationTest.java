package io.engramdb.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.Configuration.Assignment;
import io.engramdb.node.config.Configuration.RefusedChange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {

  private static final String ID = "0123456789abcdef0123456789abcdef01234567";
  private static final String OTHER_ID = "f".repeat(40);

  @TempDir Path directory;

  private final ConfigTable table = ConfigTable.standard();

  private Configuration load(String file, Map<String, String> environment, String... flags)
      throws Exception {
    Path path = directory.resolve("engram.conf");
    Files.writeString(path, file);
    return ConfigSources.load(table, path, environment, List.of(flags));
  }

  private void set(Configuration configuration, String... namesAndValues) throws RefusedChange {
    List<Assignment> assignments = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      assignments.add(new Assignment(table.find(namesAndValues[i]), namesAndValues[i + 1]));
    }
    configuration.set(assignments);
  }

  private String refusal(Configuration configuration, String name, String value) {
    return assertThrows(RefusedChange.class, () -> set(configuration, name, value)).getMessage();
  }

  @Test
  void flagsWinOverEnvironmentAndEnvironmentOverFile() throws Exception {
    Configuration configuration =
        load(
            "port 1\nmaxmemory 1mb\nmaxclients 5\n",
            Map.of("ENGRAM_MAXMEMORY", "2mb", "ENGRAM_MAXCLIENTS", "6", "ENGRAM_JAVA", "x"),
            "--maxclients",
            "7",
            "--tcp-keepalive=11");
    assertEquals(1, configuration.number("port"));
    assertEquals(2 << 20, configuration.number("maxmemory"));
    assertEquals(7, configuration.number("maxclients"));
    assertEquals(11, configuration.number("tcp-keepalive"));
  }

  @Test
  void quotesEscapesAndCommentsAreReadAsRedisReadsThem() throws Exception {
    Configuration configuration =
        load("# c\n\n  requirepass \"a\\x41 \\\"b\\n\"\navailability-zone 'it\\'s'\n", Map.of());
    assertEquals("aA \"b\n", configuration.text("requirepass"));
    assertEquals("it's", configuration.text("availability-zone"));
  }

  @Test
  void anUnbalancedQuoteNamesFileAndLine() {
    ConfigException error =
        assertThrows(ConfigException.class, () -> load("port 1\nrequirepass \"x\n", Map.of()));
    assertTrue(
        error.getMessage().endsWith("engram.conf:2: Unbalanced quotes in configuration line"));
  }

  @Test
  void anIncludedFileIsReadInPlace() throws Exception {
    Files.writeString(directory.resolve("more.conf"), "port 2\nmaxclients 9\n");
    Configuration configuration = load("port 1\ninclude more.conf\nmaxclients 10\n", Map.of());
    assertEquals(2, configuration.number("port"));
    assertEquals(10, configuration.number("maxclients"));
  }

  @Test
  void aFileThatIncludesItselfIsRefused() {
    assertThrows(ConfigException.class, () -> load("include engram.conf\n", Map.of()));
  }

  @Test
  void anUnknownDirectiveIsRefusedWithItsPlace() {
    ConfigException error = assertThrows(ConfigException.class, () -> load("prot 1\n", Map.of()));
    assertTrue(error.getMessage().endsWith("engram.conf:1: there is no parameter 'prot'"));
    assertThrows(ConfigException.class, () -> load("", Map.of(), "--prot", "1"));
    assertThrows(ConfigException.class, () -> load("", Map.of(), "--port"));
    assertThrows(ConfigException.class, () -> load("", Map.of(), "port", "1"));
  }

  @Test
  void directivesThatWouldLieAreRefused() throws Exception {
    assertThrows(ConfigException.class, () -> load("appendonly no\n", Map.of()));
    assertThrows(ConfigException.class, () -> load("", Map.of(), "--appendfsync", "no"));
    Configuration configuration = load("appendonly yes\nappendfsync always\n", Map.of());
    assertEquals("yes", configuration.text("appendonly"));
    assertTrue(refusal(configuration, "appendonly", "no").contains("can't be switched off"));
  }

  @Test
  void membersAreReadFromRepeatedLinesAndFromOneFlag() throws Exception {
    String first = "a zone=z1 role=data log=10.0.0.1:7000 client=10.0.0.1:6379 node-id=" + ID;
    String second = "v zone=z2 role=log-voter log=[::1]:7001 node-id=" + OTHER_ID;
    Configuration configuration =
        load("shard-member " + first + "\nshard-member " + second + "\n", Map.of());
    List<MemberSetting> members = configuration.members();
    assertEquals(2, members.size());
    assertEquals(new MemberSetting.HostPort("10.0.0.1", 6379), members.get(0).client());
    assertTrue(members.get(0).holdsData());
    assertEquals(new MemberSetting.HostPort("::1", 7001), members.get(1).log());
    assertEquals(null, members.get(1).client());
    assertEquals(members, load("", Map.of(), "--shard-member", first + "; " + second).members());
    assertEquals(
        members, load("", Map.of(), "--shard-member", first, "--shard-member", second).members());
  }

  @Test
  void aSnapshotterNeedsNoClientAddress() throws Exception {
    String line = "s zone=z1 role=snapshotter log=10.0.0.1:7000 node-id=" + ID;
    MemberSetting member = load("shard-member " + line + "\n", Map.of()).members().getFirst();
    assertEquals(MemberSetting.Role.SNAPSHOTTER, member.role());
    assertEquals(false, member.holdsData());
    assertTrue(member.keepsSnapshots());
    assertEquals(line, member.toString());
  }

  @Test
  void aMalformedMemberIsRefused() {
    String good = "a log=h:1 client=h:2 node-id=" + ID;
    for (String bad :
        List.of(
            "a client=h:2 node-id=" + ID,
            "a log=h:1 node-id=" + ID,
            "a log=h:1 client=h:2",
            "a log=h:1 client=h:2 node-id=xyz",
            "a log=h client=h:2 node-id=" + ID,
            "a log=h:99999 client=h:2 node-id=" + ID,
            "a role=king log=h:1 client=h:2 node-id=" + ID,
            "a hat=red log=h:1 client=h:2 node-id=" + ID,
            good + "; " + good)) {
      assertThrows(ConfigException.class, () -> MemberSetting.parseAll(bad), bad);
    }
  }

  @Test
  void valuesThatContradictEachOtherAreRefused() {
    assertThrows(
        ConfigException.class,
        () -> load("election-timeout-min-ms 600\nelection-timeout-max-ms 600\n", Map.of()));
    assertThrows(ConfigException.class, () -> load("port 0\n", Map.of()));
    assertThrows(ConfigException.class, () -> load("tls-port 1\n", Map.of()));
  }

  @Test
  void refusalsHaveTheTextsOfRedis() throws Exception {
    Configuration c = new Configuration(table);
    assertEquals("argument must be a memory value", refusal(c, "maxmemory", "abc"));
    assertEquals("argument must be a memory value", refusal(c, "maxmemory", "1tb"));
    assertEquals("argument must be a memory value", refusal(c, "maxmemory", "-1"));
    assertEquals("argument couldn't be parsed into an integer", refusal(c, "hz", "abc"));
    assertEquals(
        "argument must be between 0 and 2147483647 inclusive", refusal(c, "timeout", "-1"));
    assertEquals("argument must be 'yes' or 'no'", refusal(c, "latency-tracking", "maybe"));
    assertEquals("can't set immutable config", refusal(c, "databases", "3"));
    assertEquals(
        "percentage argument must be less or equal to 100",
        refusal(c, "maxmemory-clients", "101%"));
    assertEquals("Invalid save parameters", refusal(c, "save", "abc"));
    assertEquals(
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
        refusal(c, "notify-keyspace-events", "Q"));
    assertEquals(
        "argument(s) must be one of the following: debug, verbose, notice, warning",
        refusal(c, "loglevel", "x"));
    assertEquals("wrong number of arguments", refusal(c, "oom-score-adj-values", "1"));
    assertEquals(
        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        refusal(c, "latency-tracking-info-percentiles", "101"));
    assertEquals(
        "Wrong number of arguments in buffer limit configuration.",
        refusal(c, "client-output-buffer-limit", "abc"));
  }

  @Test
  void oneBadValueLeavesAllAsTheyWere() throws Exception {
    Configuration configuration = new Configuration(table);
    RefusedChange refused =
        assertThrows(
            RefusedChange.class, () -> set(configuration, "maxmemory", "100", "hz", "abc"));
    assertEquals(1, refused.index());
    assertEquals(0, configuration.number("maxmemory"));
  }

  @Test
  void aListenerThatRefusesTakesEverythingBack() throws Exception {
    Configuration configuration = new Configuration(table);
    List<Long> heard = new ArrayList<>();
    configuration.followNumber("maxmemory", heard::add);
    configuration.listen(
        changed -> {
          if (changed.text("tls-cert-file").equals("bad")) {
            throw new ConfigException("no such certificate");
          }
        },
        "tls-cert-file");
    assertThrows(
        RefusedChange.class, () -> set(configuration, "maxmemory", "5", "tls-cert-file", "bad"));
    assertEquals(List.of(0L, 5L, 0L), heard);
    set(configuration, "maxmemory", "1k", "tls-cert-file", "good");
    assertEquals(1000L, heard.getLast());
    assertEquals("good", configuration.text("tls-cert-file"));
  }

  @Test
  void oneClassOfTheOutputLimitsLeavesTheOthers() throws Exception {
    Configuration configuration = new Configuration(table);
    set(configuration, "client-output-buffer-limit", "replica 1mb 0 0");
    set(configuration, "client-output-buffer-limit", "pubsub 2 1 0");
    assertEquals(
        "normal 0 0 0 slave 1048576 0 0 pubsub 2 1 0",
        configuration.text("client-output-buffer-limit"));
  }

  @Test
  void rewriteKeepsCommentsAndOrderAndStoresOnlyWhatWasChanged() throws Exception {
    Configuration configuration =
        load(
            "# mine\nmaxmemory 1mb\n\ntimeout 3 # not a comment\n".replace(" # not a comment", ""),
            Map.of("ENGRAM_REQUIREPASS", "secret"));
    set(configuration, "maxmemory", "5", "maxclients", "77");
    ConfigFile.rewrite(configuration);
    assertEquals(
        "# mine\nmaxmemory 5\n\ntimeout 3\n# Written by CONFIG REWRITE\nmaxclients 77\n",
        Files.readString(directory.resolve("engram.conf")));
    set(configuration, "requirepass", "a b\"");
    ConfigFile.rewrite(configuration);
    Configuration again =
        ConfigSources.load(table, directory.resolve("engram.conf"), Map.of(), List.of());
    assertEquals("a b\"", again.text("requirepass"));
    assertEquals(5, again.number("maxmemory"));
    assertEquals(1, Files.list(directory).count());
  }

  @Test
  void aRewriteOfEverythingIsReadAsWhatItWas() throws Exception {
    Configuration configuration =
        load(
            "save 900 1\nhash-max-ziplist-entries 21\nproc-title-template '{title} x'\n", Map.of());
    set(configuration, "shutdown-on-sigterm", "force nosave", "requirepass", "a b");
    ConfigFile.rewriteAll(configuration);
    Configuration again =
        ConfigSources.load(table, directory.resolve("engram.conf"), Map.of(), List.of());
    for (Parameter parameter : table.rows()) {
      assertEquals(configuration.value(parameter), again.value(parameter), parameter.name());
    }
    assertEquals("nosave force", again.text("shutdown-on-sigterm"));
  }

  @Test
  void saveAloneInAFileMeansNoSavePoints() throws Exception {
    assertEquals("", load("save 900 1\nsave\n", Map.of()).text("save"));
    assertThrows(ConfigException.class, () -> load("maxmemory\n", Map.of()));
  }

  @Test
  void rewriteWithoutAFileOrWithoutPermissionFailsAndChangesNothing() throws Exception {
    assertEquals(
        "The server is running without a config file",
        assertThrows(ConfigException.class, () -> ConfigFile.rewrite(new Configuration(table)))
            .getMessage());
    Configuration configuration = load("maxmemory 1\n", Map.of());
    set(configuration, "maxmemory", "2");
    Path moved = directory.resolveSibling(directory.getFileName() + "-moved");
    Files.move(directory, moved);
    try {
      ConfigException error =
          assertThrows(ConfigException.class, () -> ConfigFile.rewrite(configuration));
      assertEquals("Rewriting config file: No such file or directory", error.getMessage());
    } finally {
      Files.move(moved, directory);
    }
    assertEquals("maxmemory 1\n", Files.readString(directory.resolve("engram.conf")));
  }

  @Test
  void everyDefaultSurvivesBeingWrittenAndReadBack() throws Exception {
    for (Parameter parameter : table.rows()) {
      StringBuilder text = new StringBuilder();
      for (String line : parameter.type().fileLines(parameter.initial())) {
        text.append(parameter.name()).append(' ').append(line).append('\n');
      }
      Configuration configuration = load(text.toString(), Map.of());
      assertEquals(parameter.initial(), configuration.value(parameter), parameter.name());
    }
  }

  @Test
  void aFileOfDifferentWordFormsGivesTheWordsOfRedis() {
    assertEquals(List.of("a", "b c", "d"), ConfigWords.split(" a \"b c\" 'd' "));
    assertEquals(null, ConfigWords.split("\"a\"b"));
    assertEquals(null, ConfigWords.split("'a"));
    assertEquals(List.of(""), ConfigWords.split("\"\""));
    for (String word : List.of("", "a", "#a", "a b", "\"", "\\", "\n\t\u0001", "ü")) {
      assertEquals(List.of(word), ConfigWords.split(ConfigWords.quote(word)), word);
    }
  }
}
