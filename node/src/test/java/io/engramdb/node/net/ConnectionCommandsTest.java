package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.security.PasswordHash;
import io.engramdb.node.security.UserRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connection commands over real sockets; expected texts were read from redis-server. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ConnectionCommandsTest {

  private static LocalServer serve(UserRegistry users) throws Exception {
    return new LocalServer(TransportChoice.best(), users, ConnectionLimits.DEFAULT, null);
  }

  private static void expect(RespSocket client, String... linesAndReplies) throws Exception {
    for (int i = 0; i < linesAndReplies.length; i += 2) {
      assertEquals(linesAndReplies[i + 1], client.ask(linesAndReplies[i]), linesAndReplies[i]);
    }
  }

  private static final String NO_AUTH = "-NOAUTH Authentication required.|";
  private static final String WRONG =
      "-WRONGPASS invalid username-password pair or user is disabled.|";

  @Test
  void withoutPasswordEverybodyIsTheDefaultUser() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect()) {
      expect(
          client,
          "ping",
          "+PONG|",
          "ping hi",
          "$2|hi|",
          "ping a b",
          "-ERR wrong number of arguments for 'ping' command|",
          "echo hi",
          "$2|hi|",
          "auth x",
          "-ERR AUTH <password> called without any password configured for the default user."
              + " Are you sure your configuration is correct?|",
          "auth default anything",
          "+OK|",
          "auth nobody x",
          WRONG,
          "auth a b c",
          "-ERR syntax error|",
          "readonly",
          "-ERR This instance has cluster support disabled|",
          "asking",
          "-ERR This instance has cluster support disabled|");
    }
  }

  @Test
  void aPasswordIsAskedForBeforeAnythingElse() throws Exception {
    try (LocalServer local = serve(UserRegistry.withDefaultPassword("secret"));
        RespSocket client = local.connect();
        RespSocket other = local.connect()) {
      expect(
          client,
          "get a",
          NO_AUTH,
          "ping",
          NO_AUTH,
          "client id",
          NO_AUTH,
          "multi",
          NO_AUTH,
          "auth wrong",
          WRONG,
          "hello 3",
          "-NOAUTH HELLO must be called with the client already authenticated, otherwise the"
              + " HELLO <proto> AUTH <user> <pass> option can be used to authenticate the"
              + " client and select the RESP protocol version at the same time|",
          "auth secret",
          "+OK|",
          "get a",
          "$-1|",
          "reset",
          "+RESET|",
          "get a",
          NO_AUTH);
      other.send("*11\r\n");
      assertEquals("-ERR Protocol error: unauthenticated multibulk length\r\n", other.rest());
      local.users.requirePassword("");
      assertEquals("$-1|", client.ask("get a"));
    }
  }

  @Test
  void aNamedUserReplacesTheDefaultUser() throws Exception {
    try (LocalServer local = serve(UserRegistry.withOnly("app", "pw"));
        RespSocket client = local.connect()) {
      expect(
          client,
          "auth pw",
          WRONG,
          "auth default pw",
          WRONG,
          "auth app wrong",
          WRONG,
          "hello 3 auth app wrong",
          WRONG,
          "get a",
          NO_AUTH);
      String hello = client.ask("hello 3 auth app pw setname me");
      assertTrue(hello.startsWith("%8|$6|server|$5|redis|$7|version|$5|7.2.4|$5|proto|:3|"), hello);
      assertTrue(
          hello.endsWith(
              "$4|mode|$10|standalone|$4|role|$6|master|$7|modules|*0|"
                  + "$17|availability_zone|$1|a|"),
          hello);
      expect(client, "client getname", "$2|me|", "get a", "_|");
      assertTrue(
          client.ask("client info").contains(" user=app redir=-1 resp=3 lib-name= lib-ver="));
    }
  }

  @Test
  void disabledUsersAndUsersOfSeveralPasswordsAreTold() {
    UserRegistry users = UserRegistry.open();
    users.speakOf(new CommandTable.Builder().build());
    users.logged("two", "on #" + PasswordHash.of("a").hex() + " #" + PasswordHash.of("b").hex());
    users.logged("off", "off nopass");
    assertTrue(isRight(users, "two", "a"));
    assertTrue(isRight(users, "two", "b"));
    assertTrue(!isRight(users, "two", "c") && !isRight(users, "two", ""));
    assertTrue(!isRight(users, "off", "a") && !isRight(users, "none", ""));
    assertTrue(isRight(users, "default", "anything"));
  }

  private static boolean isRight(UserRegistry users, String name, String password) {
    byte[] bytes = password.getBytes();
    return users.authenticate(name, bytes, 0, bytes.length) != null;
  }

  @Test
  void helloChoosesTheProtocolAndRefusesOthers() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect()) {
      expect(
          client,
          "hello 4",
          "-NOPROTO unsupported protocol version|",
          "hello x",
          "-ERR Protocol version is not an integer or out of range|",
          "hello 2 foo",
          "-ERR Syntax error in HELLO option 'foo'|",
          "hello 2 setname \"a b\"",
          "-ERR Client names cannot contain spaces, newlines or special characters.|",
          "get none",
          "$-1|");
      assertTrue(client.ask("hello").startsWith("*16|"));
      assertTrue(client.ask("hello 3").startsWith("%8|"));
      expect(client, "get none", "_|");
      assertTrue(client.ask("hello 2").startsWith("*16|"));
      expect(client, "hello 3 setname x y", "-ERR Syntax error in HELLO option 'y'|");
    }
  }

  @Test
  void selectAndResetChangeTheConnection() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect()) {
      expect(
          client,
          "select 99",
          "-ERR DB index is out of range|",
          "select -1",
          "-ERR DB index is out of range|",
          "select x",
          "-ERR value is not an integer or out of range|",
          "select 4294967296",
          "-ERR value is out of range, value must between -2147483648 and 2147483647|",
          "select 3",
          "+OK|",
          "set k v",
          "+OK|",
          "client setname me",
          "+OK|",
          "multi",
          "+OK|",
          "set k w",
          "+QUEUED|",
          "reset",
          "+RESET|",
          "get k",
          "$-1|",
          "client getname",
          "$-1|",
          "exec",
          "-ERR EXEC without MULTI|",
          "select 3",
          "+OK|",
          "get k",
          "$1|v|");
      client.send("ping\r\nquit\r\nping\r\n");
      assertEquals("+PONG\r\n+OK\r\n", client.rest());
    }
  }

  @Test
  void clientRepliesCanBeTurnedOff() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect()) {
      client.send("client reply skip\r\nping lost\r\nping a\r\n");
      assertEquals("$1|a|", client.reply());
      client.send("client reply off\r\nping b\r\nping c\r\nclient reply on\r\nping d\r\n");
      assertEquals("+OK|", client.reply());
      assertEquals("$1|d|", client.reply());
      expect(client, "client reply foo", "-ERR syntax error|");
    }
  }

  @Test
  void connectionsAreListedByKindAndNumber() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect();
        RespSocket other = local.connect()) {
      expect(other, "client setname second", "+OK|", "client setinfo lib-name jedis", "+OK|");
      expect(other, "client setinfo lib-ver 5.0", "+OK|", "multi", "+OK|", "get a", "+QUEUED|");
      String list = client.ask("client list");
      assertEquals(2, list.lines().filter(line -> line.contains("id=")).count(), list);
      assertTrue(
          list.contains(" name=second age=0 idle=0 flags=x db=0 sub=0 psub=0 ssub=0 multi=1 "));
      assertTrue(list.contains(" lib-name=jedis lib-ver=5.0"), list);
      assertTrue(list.contains(" cmd=client|list user=default redir=-1 resp=2 "), list);
      String id = other(list);
      assertTrue(client.ask("client list id " + id + " 999").contains("name=second"));
      assertEquals("$0||", client.ask("client list type pubsub"));
      expect(
          client,
          "client list id x",
          "-ERR Invalid client ID|",
          "client list foo",
          "-ERR syntax error|",
          "client list type foo",
          "-ERR Unknown client type 'foo'|",
          "client setinfo foo bar",
          "-ERR Unrecognized option 'foo'|",
          "client setinfo lib-name \"a b\"",
          "-ERR lib-name cannot contain spaces, newlines or special characters.|",
          "client getredir",
          ":-1|",
          "client trackinginfo",
          "*6|$5|flags|*1|$3|off|$8|redirect|:-1|$8|prefixes|*0|",
          "client no-evict on",
          "+OK|",
          "client no-touch on",
          "+OK|",
          "client no-evict foo",
          "-ERR syntax error|",
          "client unblock " + id,
          ":0|",
          "client unblock x",
          "-ERR value is not an integer or out of range|",
          "client unblock 1 foo",
          "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR|");
      assertTrue(client.ask("client info").contains(" flags=eT "));
    }
  }

  /** Number of the client called second. */
  private static String other(String list) {
    String line = list.lines().filter(l -> l.contains("name=second")).findFirst().orElseThrow();
    return line.replaceFirst(".*id=(\\d+) .*", "$1");
  }

  @Test
  void connectionsAreClosedByFilter() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect();
        RespSocket first = local.connect();
        RespSocket second = local.connect()) {
      first.ask("ping");
      expect(second, "client setname second", "+OK|");
      expect(
          client,
          "client kill 1.2.3.4:5",
          "-ERR No such client|",
          "client kill id x",
          "-ERR client-id should be greater than 0|",
          "client kill id 0",
          "-ERR client-id should be greater than 0|",
          "client kill type foo",
          "-ERR Unknown client type 'foo'|",
          "client kill user nobody",
          "-ERR No such user 'nobody'|",
          "client kill foo bar",
          "-ERR syntax error|",
          "client kill id 1 x",
          "-ERR syntax error|",
          "client kill addr 127.0.0.1:" + first.socket.getLocalPort(),
          ":1|",
          "client kill id " + other(client.ask("client list")) + " type normal user default",
          ":1|",
          "client kill laddr 127.0.0.1:" + local.port,
          ":0|");
      assertEquals("", first.rest());
      assertEquals("", second.rest());
      client.send("client kill laddr 127.0.0.1:" + local.port + " skipme no\r\nping\r\n");
      assertEquals(":1\r\n", client.rest());
    }
  }

  @Test
  void aPauseHoldsWritesOrEverything() throws Exception {
    try (LocalServer local = serve(UserRegistry.open());
        RespSocket client = local.connect();
        RespSocket other = local.connect()) {
      expect(
          client,
          "client pause x",
          "-ERR timeout is not an integer or out of range|",
          "client pause -1",
          "-ERR timeout is negative|",
          "client pause 1 foo",
          "-ERR CLIENT PAUSE mode must be WRITE or ALL|",
          "client pause 100000 write",
          "+OK|",
          "get a",
          "$-1|");
      other.send("set a 1\r\nget a\r\n");
      expect(client, "get a", "$-1|", "client unpause", "+OK|");
      assertEquals("+OK|", other.reply());
      assertEquals("$1|1|", other.reply());
      long startedNs = System.nanoTime();
      expect(client, "client pause 200", "+OK|");
      expect(other, "get a", "$1|1|");
      assertTrue(System.nanoTime() - startedNs >= TimeUnit.MILLISECONDS.toNanos(190));
    }
  }

  /** COMMAND INFO of redis-server 7.0: arity and flags; the newer rows are 7.2's. */
  @Test
  void rowsAreThoseOfRedis() {
    CommandTable.Builder builder = new CommandTable.Builder();
    AllCommands.connectionFamilies(
            UserRegistry.open(),
            LocalServer.status(),
            false,
            () -> {
              throw new AssertionError("not asked for a table");
            },
            () -> {
              throw new AssertionError("not asked for a table");
            })
        .forEach(family -> family.register(builder));
    String login = "noscript loading stale fast no_auth allow_busy @fast @connection";
    String plain = "noscript loading stale @slow @connection";
    String admin = "admin noscript loading stale @admin @slow @dangerous @connection";
    List<String> expected =
        List.of(
            "ping -1 fast @fast @connection",
            "echo 2 loading stale fast @fast @connection",
            "auth -2 " + login,
            "hello -1 " + login,
            "select 2 loading stale fast @fast @connection",
            "reset 1 " + login,
            "quit -1 " + login,
            "readonly 1 loading stale fast @fast @connection",
            "readwrite 1 loading stale fast @fast @connection",
            "asking 1 fast @fast @connection",
            "client -2 @slow",
            "client|caching 3 " + plain,
            "client|tracking -3 " + plain,
            "client|getname 2 " + plain,
            "client|getredir 2 " + plain,
            "client|id 2 " + plain,
            "client|info 2 " + plain,
            "client|kill -3 " + admin,
            "client|list -2 " + admin,
            "client|no-evict 3 " + admin,
            "client|no-touch 3 " + plain,
            "client|pause -3 " + admin,
            "client|reply 3 " + plain,
            "client|setinfo 4 " + plain,
            "client|setname 3 " + plain,
            "client|trackinginfo 2 " + plain,
            "client|unblock -3 " + admin,
            "client|unpause 2 " + admin,
            "client|help 2 loading stale @slow @connection");
    List<String> rows =
        builder.build().all().stream()
            .map(
                spec ->
                    spec.fullName()
                        + ' '
                        + spec.arity()
                        + spec.flags().stream()
                            .filter(CommandFlag::isShown)
                            .map(flag -> ' ' + flag.wireName())
                            .sorted()
                            .collect(Collectors.joining())
                        + spec.categories().stream()
                            .map(category -> " @" + category.wireName())
                            .sorted()
                            .collect(Collectors.joining()))
            .toList();
    List<String> all = new ArrayList<>(expected);
    all.addAll(rowsAboutMessages());
    all.addAll(rowsAboutUsers());
    assertEquals(sorted(all), sorted(rows));
  }

  private static List<String> rowsAboutUsers() {
    String admin = "admin noscript loading stale @admin @slow @dangerous";
    String plain = "noscript loading stale @slow";
    return List.of(
        "acl -2 @slow",
        "acl|cat -2 " + plain,
        "acl|deluser -3 " + admin,
        "acl|dryrun -4 " + admin,
        "acl|genpass -2 " + plain,
        "acl|getuser 3 " + admin,
        "acl|list 2 " + admin,
        "acl|load 2 " + admin,
        "acl|log -2 " + admin,
        "acl|save 2 " + admin,
        "acl|setuser -3 " + admin,
        "acl|users 2 " + admin,
        "acl|whoami 2 " + plain,
        "acl|help 2 loading stale @slow");
  }

  private static List<String> rowsAboutMessages() {
    String listening = "-2 pubsub noscript loading stale @pubsub @slow";
    String silenced = "-1 pubsub noscript loading stale @pubsub @slow";
    String asking = "-2 pubsub loading stale @pubsub @slow";
    return List.of(
        "subscribe " + listening,
        "psubscribe " + listening,
        "ssubscribe " + listening,
        "unsubscribe " + silenced,
        "punsubscribe " + silenced,
        "sunsubscribe " + silenced,
        "publish 3 pubsub loading stale fast @pubsub @fast",
        "spublish 3 pubsub loading stale fast @pubsub @fast",
        "pubsub -2 @slow",
        "pubsub|channels " + asking,
        "pubsub|numsub " + asking,
        "pubsub|shardchannels " + asking,
        "pubsub|shardnumsub " + asking,
        "pubsub|numpat 2 pubsub loading stale @pubsub @slow",
        "pubsub|help 2 loading stale @slow",
        "monitor 1 admin noscript loading stale @admin @slow @dangerous");
  }

  /** Rows in one order, each with its words in one order. */
  private static List<String> sorted(List<String> rows) {
    return rows.stream()
        .map(row -> java.util.Arrays.stream(row.split(" ")).sorted().toList().toString())
        .sorted()
        .toList();
  }
}
