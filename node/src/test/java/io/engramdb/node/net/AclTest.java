package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.security.PasswordHash;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What users may do, over several connections. {@code -Doracle=PORT} asks what both can show of a
 * redis-server there.
 */
class AclTest extends ServerClients {

  private static final String NOPERM_RUN = "-NOPERM this user has no permissions to run the ";
  private static final String NOPERM_KEY =
      "-NOPERM this user has no permissions to access one of the keys used as arguments|";
  private static final String NOPERM_CHANNEL =
      "-NOPERM this user has no permissions to access one of the channels used as arguments|";
  private static final String MODIFIER = "-ERR Error in ACL SETUSER modifier ";

  @BeforeEach
  void emptyTheOracle() throws Exception {
    if (oracle) {
      RespSocket admin = client();
      admin.ask("flushall");
      admin.ask("acl deluser bob eve a b c");
      admin.ask("acl log reset");
    }
  }

  private RespSocket user(RespSocket admin, String rules) throws Exception {
    assertEquals("+OK|", admin.ask("acl setuser bob on nopass " + rules));
    RespSocket bob = client();
    assertEquals("+OK|", bob.ask("auth bob x"));
    return bob;
  }

  @Test
  void aUserMayDoWhatItsRulesSayAndNothingElse() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+get +mset +client|getname +@list ~a* %R~b* &news* +publish");
    expect(
        bob,
        "get a1",
        "$-1|",
        "get b1",
        "$-1|",
        "get c1",
        NOPERM_KEY,
        "set a1 x",
        NOPERM_RUN + "'set' command|",
        "mset a1 1 a2 2",
        "+OK|",
        "mset a1 1 b2 2",
        NOPERM_KEY,
        "client getname",
        "$-1|",
        "client id",
        NOPERM_RUN + "'client|id' command|",
        "rpush a3 1",
        ":1|",
        "rpoplpush b3 a3",
        NOPERM_KEY,
        "publish news1 x",
        ":0|",
        "publish other x",
        NOPERM_CHANNEL,
        "acl whoami",
        NOPERM_RUN + "'acl|whoami' command|",
        "nosuch",
        "-ERR unknown command 'nosuch', with args beginning with:|",
        "client nosuch",
        "-ERR unknown subcommand 'nosuch'. Try CLIENT HELP.|");
  }

  @Test
  void accessFollowsWhatTheCommandDoesWithTheKey() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+@all -@dangerous %R~r* %W~w*");
    expect(
        bob,
        "set w1 x",
        "+OK|",
        "set w1 x get",
        NOPERM_KEY,
        "get w1",
        NOPERM_KEY,
        "get r1",
        "$-1|",
        "copy r1 w2",
        ":0|",
        "copy w1 r1",
        NOPERM_KEY,
        "incr w3",
        NOPERM_KEY,
        "bitfield r1 get u8 0",
        "*1|:0|",
        "bitfield r1 set u8 0 1",
        NOPERM_KEY,
        "zunionstore w4 2 r1 r2",
        ":0|",
        "zunionstore w4 2 r1 w2",
        NOPERM_KEY,
        "strlen w1",
        ":1|",
        "exists w1",
        ":1|");
  }

  @Test
  void aSelectorIsOneSetOfRights() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+get ~a* (+set ~b* +del) (+mget ~*)");
    expect(
        bob,
        "get a",
        "$-1|",
        "set b 1",
        "+OK|",
        "get b",
        NOPERM_KEY,
        "set a 1",
        NOPERM_KEY,
        "mget a b",
        "*2|$-1|$1|1|",
        "append a 1",
        NOPERM_RUN + "'append' command|");
    expect(admin, "acl setuser bob clearselectors", "+OK|");
    expect(bob, "set b 1", NOPERM_RUN + "'set' command|");
  }

  @Test
  void sortFollowsPatternsOnlyForWhoMayReadEverything() throws Exception {
    RespSocket admin = client();
    admin.ask("rpush a 1 2");
    RespSocket bob = user(admin, "+sort +sort_ro ~a");
    expect(
        bob,
        "sort a by nosort",
        "*2|$1|1|$1|2|",
        "sort a by w*",
        "-ERR BY option of SORT denied due to insufficient ACL permissions.|",
        "sort_ro a get x*",
        "-ERR GET option of SORT denied due to insufficient ACL permissions.|",
        "sort a store b",
        NOPERM_KEY);
    expect(admin, "acl setuser bob (+sort %R~*)", "+OK|");
    expect(bob, "sort a by w*", "*2|$1|1|$1|2|");
  }

  @Test
  void aChangeHoldsForConnectionsThatAreThere() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+get +set +multi +exec ~*");
    expect(bob, "multi", "+OK|", "set k 1", "+QUEUED|", "get k", "+QUEUED|");
    expect(admin, "acl setuser bob -set", "+OK|");
    expect(
        bob,
        "exec",
        "*2|-NOPERM ACLs rules changed between the moment the transaction was accumulated and the"
            + " EXEC call. This command is no longer allowed for the following reason: no"
            + " permission to execute the command or subcommand|$-1|",
        "multi",
        "+OK|",
        "set k 1",
        NOPERM_RUN + "'set' command|",
        "exec",
        "-EXECABORT Transaction discarded because of previous errors.|");
  }

  @Test
  void rightsAreAskedAgainWhenAWaitEnds() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+blpop ~*");
    bob.send("blpop list 0\r\n");
    if (!oracle) {
      local.roundTrip();
    }
    admin.ask("acl setuser bob -blpop +get");
    admin.ask("rpush list 1");
    if (!oracle) {
      assertEquals(NOPERM_RUN + "'blpop' command|", bob.reply());
      assertEquals(":1|", admin.ask("llen list"));
    }
  }

  @Test
  void connectionsOfADeletedUserClose() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+@all ~*");
    RespSocket other = client();
    other.ask("auth bob x");
    expect(admin, "acl deluser bob nobody", ":1|");
    assertThrows(IOException.class, () -> bob.ask("ping"));
    assertThrows(IOException.class, () -> other.ask("ping"));
    expect(admin, "acl getuser bob", "$-1|", "acl deluser bob", ":0|");
    expect(admin, "acl deluser default", "-ERR The 'default' user cannot be removed|");
  }

  @Test
  void whoDeletesItselfIsToldAndThenClosed() throws Exception {
    RespSocket bob = user(client(), "+@all ~* &*");
    assertEquals(":1|", bob.ask("acl deluser bob"));
    assertThrows(IOException.class, bob::reply);
  }

  @Test
  void whoListensToWhatItMayNotIsClosed() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+@all ~* &news* &p?");
    expect(
        bob,
        "subscribe news1",
        "*3|$9|subscribe|$5|news1|:1|",
        "psubscribe p?",
        "*3|$10|psubscribe|$2|p?|:2|",
        "psubscribe p1",
        NOPERM_CHANNEL);
    expect(admin, "acl setuser bob &more", "+OK|");
    expect(bob, "ping", "*2|$4|pong|$0||");
    expect(admin, "acl setuser bob resetchannels &news*", "+OK|");
    assertThrows(IOException.class, () -> bob.ask("ping"));
  }

  @Test
  void usersAreShownAsTheirRules() throws Exception {
    RespSocket admin = client();
    String hash = PasswordHash.of("pw").hex();
    admin.ask("acl setuser a on >pw ~k* %R~r* &c* +@read -@write +get (+set %W~w)");
    if (oracle) {
      // 7.0 looks for categories that fit; 7.2 keeps the rules as they were given.
      return;
    }
    String rules =
        "~k* %R~r* resetchannels &c* -@all +@read -@write +get (%W~w resetchannels -@all +set)";
    expect(
        admin,
        "acl list",
        "*2|$161|user a on #" + hash + ' ' + rules + "|$34|user default on nopass ~* &* +@all|");
    RespSocket three = client3();
    assertEquals(
        "%6|$5|flags|~1|$2|on|$9|passwords|*1|$64|"
            + hash
            + "|$8|commands|$25|-@all +@read -@write +get|$4|keys|$9|~k* %R~r*|$8|channels|$3|&c*|"
            + "$9|selectors|*1|%3|$8|commands|$10|-@all +set|$4|keys|$4|%W~w|$8|channels|$0||",
        three.ask("acl getuser a"));
    expect(
        admin,
        "acl users",
        "*2|$1|a|$7|default|",
        "acl whoami",
        "$7|default|",
        "acl setuser a reset",
        "+OK|",
        "acl getuser a",
        "*12|$5|flags|*2|$3|off|$16|sanitize-payload|$9|passwords|*0|$8|commands|$5|-@all|"
            + "$4|keys|$0||$8|channels|$0||$9|selectors|*0|");
  }

  @Test
  void whatIsNotUnderstoodChangesNothing() throws Exception {
    RespSocket admin = client();
    admin.ask("acl setuser a on >p");
    expect(
        admin,
        "acl setuser a +get bogus",
        MODIFIER + "'bogus': Syntax error|",
        "acl setuser a +foo",
        MODIFIER + "'+foo': Unknown command or category name in ACL|",
        "acl setuser a +client|foo",
        MODIFIER + "'+client|foo': Unknown command or category name in ACL|",
        "acl setuser a +client|id|x",
        MODIFIER + "'+client|id|x': Allowing first-arg of a subcommand is not supported|",
        "acl setuser a <nope",
        MODIFIER + "'<nope': The password you are trying to remove from the user does not exist|",
        "acl setuser a %X~a",
        MODIFIER + "'%X~a': Syntax error|",
        "acl setuser a (+get",
        "-ERR Unmatched parenthesis in acl selector starting at '(+get'.|",
        "acl setuser a (+get x)",
        MODIFIER + "'(+get x)': Syntax error|",
        "acl getuser nobody",
        "$-1|",
        "acl genpass 0",
        "-ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
            + " number up to 4096|",
        "acl log x",
        "-ERR value is not an integer or out of range|",
        "acl dryrun nobody get a",
        "-ERR User 'nobody' not found|",
        "acl dryrun a gett a",
        "-ERR Command 'gett' not found|",
        "acl dryrun a get",
        "-ERR wrong number of arguments for 'get' command|",
        "acl dryrun a get x",
        "$53|This user has no permissions to run the 'get' command|",
        "acl dryrun default get x",
        "+OK|");
    assertFalse(admin.ask("acl getuser a").contains("+get"));
    assertTrue(admin.ask("acl genpass").matches("\\$64\\|[0-9a-f]{64}\\|"));
    assertTrue(admin.ask("acl genpass 5").matches("\\$2\\|[0-9a-f]{2}\\|"));
  }

  @Test
  void refusalsAreLoggedAndCounted() throws Exception {
    RespSocket admin = client();
    RespSocket bob = user(admin, "+get ~a");
    bob.ask("get b");
    bob.ask("get b");
    bob.ask("set a 1");
    bob.ask("auth bob2 secret");
    String log = admin.ask("acl log");
    assertTrue(log.contains("reason|$4|auth|$7|context|$8|toplevel|$6|object|$4|"), log);
    assertTrue(log.contains("count|:2|$6|reason|$3|key|$7|context|$8|toplevel|$6|object|$1|b|"));
    assertTrue(log.contains("reason|$7|command|$7|context|$8|toplevel|$6|object|$3|set|"));
    assertFalse(log.contains("secret"));
    expect(admin, "acl log reset", "+OK|", "acl log", "*0|");
  }

  @Test
  void aChangeHoldsWhenItIsCommittedAndTheConnectionWaitsForIt() throws Exception {
    if (oracle) {
      return;
    }
    RespSocket admin = client();
    RespSocket bob = user(admin, "+get ~a");
    RespSocket other = client();
    local.onLoop(
        () -> {
          local.log.stop(true);
          return null;
        });
    admin.send("acl setuser bob +set\r\nset k 1\r\n");
    local.roundTrip();
    expect(bob, "set a 1", NOPERM_RUN + "'set' command|");
    assertEquals(0L, local.onLoop(local::keyCount), "the connection runs nothing meanwhile");
    // A second change builds on the first one, although that is not committed.
    other.send("acl setuser bob -get\r\n");
    local.roundTrip();
    local.onLoop(
        () -> {
          local.log.stop(false);
          return null;
        });
    expectMore(admin, "+OK|", "+OK|");
    expectMore(other, "+OK|");
    expect(admin, "acl dryrun bob set a 1", "+OK|");
    assertTrue(admin.ask("acl getuser bob").contains("-@all +set -get"));
    assertEquals(
        List.of("bob on nopass ~a resetchannels -@all +set -get"),
        local.onLoop(() -> local.shard().keyspaces().users().lines()));
  }

  @Test
  void firstWordsMayBeAllowedAlone() throws Exception {
    RespSocket bob = user(client(), "+select|0 +ping");
    expect(bob, "select 0", "+OK|", "select 1", NOPERM_RUN + "'select' command|", "ping", "+PONG|");
  }
}
