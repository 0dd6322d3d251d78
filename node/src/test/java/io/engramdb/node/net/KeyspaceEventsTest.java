package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Events of keys, command by command. The expected ones stand in a file whose every event was told
 * by redis-server: {@code -Doracle=PORT -Drewrite} asks it again.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KeyspaceEventsTest {

  private static final Path FILE = Path.of("src/test/resources/keyspace-events.txt");
  private static final String EVERYTHING = "KEAmn";

  private LocalServer local;

  @BeforeEach
  void start() throws Exception {
    local = new LocalServer();
  }

  @AfterEach
  void stop() throws Exception {
    local.close();
  }

  private void configure(String letters) throws Exception {
    local.onLoop(
        () -> {
          local.hub().configureEvents(letters);
          return null;
        });
  }

  /** A command and the events that are to follow it. */
  private record Row(String command, List<String> events) {}

  private static List<Row> rows() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(FILE)) {
      if (line.startsWith("> ")) {
        rows.add(new Row(line.substring(2), new ArrayList<>()));
      } else if (!line.startsWith("#") && !line.isBlank()) {
        rows.getLast().events().add(line.strip());
      }
    }
    return rows;
  }

  @Test
  void eachCommandTellsWhatRedisTells() throws Exception {
    Integer oracle = Integer.getInteger("oracle");
    configure(EVERYTHING);
    int port = oracle == null ? local.port : oracle;
    try (RespSocket client = new RespSocket(port);
        RespSocket listener = new RespSocket(port)) {
      if (oracle != null) {
        client.ask("flushall");
        client.ask("config set notify-keyspace-events " + EVERYTHING);
      }
      listener.ask("hello 3");
      listener.ask("psubscribe __key*");
      List<Row> told = new ArrayList<>();
      for (Row row : rows()) {
        String reply = client.ask(row.command());
        assertTrue(!reply.startsWith("-ERR unknown"), reply);
        told.add(new Row(row.command(), events(listener)));
      }
      if (System.getProperty("rewrite") != null) {
        rewrite(told);
      } else {
        assertEquals(text(rows()), text(told));
      }
    }
  }

  @Test
  void fieldsThatExpireTellOfIt() throws Exception {
    configure(EVERYTHING);
    try (RespSocket client = new RespSocket(local.port);
        RespSocket listener = new RespSocket(local.port)) {
      listener.ask("hello 3");
      listener.ask("psubscribe __key*");
      List<Row> wanted =
          List.of(
              new Row("hsetex h fields 2 a 1 b 2", List.of("new h", "hset h")),
              new Row("hexpire h 100 fields 2 a n", List.of("hexpire h")),
              new Row("hexpire h 100 nx fields 1 a", List.of()),
              new Row("hpersist h fields 2 a b", List.of("hpersist h")),
              new Row("hpersist h fields 1 a", List.of()),
              new Row("hgetex h ex 100 fields 1 a", List.of("hexpire h")),
              new Row("hgetex h persist fields 1 a", List.of("hpersist h")),
              new Row("hsetex h keepttl fields 1 a 3", List.of("hset h")),
              new Row("hexpire h 0 fields 1 a", List.of("hdel h")),
              new Row("hgetdel h fields 1 b", List.of("hdel h", "del h")));
      List<Row> told = new ArrayList<>();
      for (Row row : wanted) {
        client.ask(row.command());
        told.add(new Row(row.command(), events(listener)));
      }
      assertEquals(text(wanted), text(told));
      client.ask("hsetex h px 1 fields 1 a 1");
      List<String> last = new ArrayList<>();
      while (!last.contains("h del")) {
        // Each event comes twice, by key and by name.
        String[] words = listener.reply().split("\\|", -1);
        if (words[6].startsWith("__keyspace")) {
          last.add("h " + words[8]);
        }
      }
      assertEquals(List.of("h new", "h hset", "h hexpire", "h hexpired", "h del"), last);
    }
  }

  /** What has come; of the two messages of each event the one by its key, after a comparison. */
  private static List<String> events(RespSocket listener) throws Exception {
    listener.send("ping\r\n");
    List<String> events = new ArrayList<>();
    List<String> again = new ArrayList<>();
    for (String next = listener.reply(); !next.equals("+PONG|"); next = listener.reply()) {
      String[] words = next.split("\\|", -1);
      String channel = words[6];
      String tail = channel.substring(channel.indexOf(':') + 1);
      String database = channel.substring(channel.indexOf('@') + 1, channel.indexOf("__:"));
      String where = database.equals("0") ? "" : "[" + database + "] ";
      if (channel.startsWith("__keyspace")) {
        events.add(where + words[8] + " " + tail);
      } else {
        again.add(where + tail + " " + words[8]);
      }
    }
    assertEquals(events, again);
    return events;
  }

  private static String text(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      text.append("> ").append(row.command()).append('\n');
      row.events().forEach(event -> text.append("  ").append(event).append('\n'));
    }
    return text.toString();
  }

  private static void rewrite(List<Row> told) throws Exception {
    Files.writeString(
        FILE,
        "# Commands and the events that redis-server 7.0 tells of: by hand, then at random.\n"
            + text(told));
  }

  @Test
  void onlyTheClassesThatAreAskedForAreTold() throws Exception {
    try (RespSocket client = local.connect();
        RespSocket listener = local.connect()) {
      listener.ask("hello 3");
      listener.ask("psubscribe __key*");
      client.ask("set k v");
      assertEquals("+PONG|", listener.ask("ping"), "nothing is told by default");
      configure("El");
      client.ask("set k v");
      client.ask("rpush l a");
      assertEquals(">4|$8|pmessage|$6|__key*|$20|__keyevent@0__:rpush|$1|l|", listener.reply());
      assertEquals("+PONG|", listener.ask("ping"));
      configure("A");
      client.ask("rpush l a");
      assertEquals("+PONG|", listener.ask("ping"), "neither K nor E");
      configure("Kg$");
      client.ask("multi");
      client.ask("set k v ex 100");
      client.ask("del k");
      client.ask("exec");
      String head = ">4|$8|pmessage|$6|__key*|$16|__keyspace@0__:k|";
      assertEquals(head + "$3|set|", listener.reply());
      assertEquals(head + "$6|expire|", listener.reply());
      assertEquals(head + "$3|del|", listener.reply());
    }
  }

  @Test
  void anEventLeavesWithItsRecord() throws Exception {
    configure("KEA");
    try (RespSocket client = local.connect();
        RespSocket listener = local.connect()) {
      listener.ask("subscribe __keyevent@0__:set");
      local.onLoop(
          () -> {
            local.log.stop(true);
            return null;
          });
      client.send("set k v\r\n");
      local.roundTrip();
      assertEquals(0, listener.in().available(), "an event of a write that is not committed");
      local.onLoop(
          () -> {
            local.log.stop(false);
            return null;
          });
      assertEquals("*3|$7|message|$18|__keyevent@0__:set|$1|k|", listener.reply());
      assertEquals("+OK|", client.reply());
    }
  }

  @Test
  void keysThatNobodyAsksForExpireToo() throws Exception {
    configure("Ex");
    try (RespSocket client = local.connect();
        RespSocket listener = local.connect()) {
      listener.ask("subscribe __keyevent@0__:expired");
      client.ask("set k v px 1");
      assertEquals("*3|$7|message|$22|__keyevent@0__:expired|$1|k|", listener.reply());
    }
  }
}
