package io.engramdb.node.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.Replication;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotCheckTest {

  private static final ClusterNode A =
      new ClusterNode("a".repeat(40), "10.0.0.1", "", 7001, 17001, "z1", true);
  private static final ClusterNode B =
      new ClusterNode("b".repeat(40), "10.0.0.2", "b.example", 7002, 17002, "z2", true);

  private final CommandTable.Builder builder = new CommandTable.Builder();
  private final CommandSpec get =
      builder.read("get", "1.0.0", 2, List.of(KeySpec.key(1)), (c, a, r) -> {}).add();
  private final CommandSpec mset =
      builder
          .write(
              "mset",
              "1.0.0",
              -3,
              List.of(KeySpec.keys(1, -1, 2)),
              Replication.VERBATIM,
              (c, a, r) -> {})
          .add();
  private final CommandSpec eval = builder.other("ping", "1.0.0", -1, (c, a, r) -> {}).add();
  private final CommandSpec exec = builder.other("exec", "1.0.0", 1, (c, a, r) -> {}).add();

  private final ClientState client = new ClientState(1, "", "", 0);
  private ClusterView view = view(A, A, true, true);
  private final SlotCheck check = new SlotCheck(() -> view);

  private static ClusterView view(
      ClusterNode self, ClusterNode primary, boolean live, boolean selfServes) {
    ShardDescriptor shard =
        new ShardDescriptor("c".repeat(40), 0, 16383, List.of(A, B), primary, live, 3);
    return new ClusterView(self, List.of(shard), false, selfServes, ClusterView.Endpoints.IP);
  }

  private String refuse(CommandSpec spec, String... words) {
    CommandError error = check.refuse(spec, Args.of(words), client);
    return error == null ? "" : new String(error.line(), StandardCharsets.UTF_8);
  }

  @Test
  void thePrimaryServesItsSlots() {
    assertEquals("", refuse(get, "get", "k"));
    assertEquals("", refuse(mset, "mset", "{t}a", "1", "{t}b", "2"));
    assertEquals("", refuse(eval, "ping"));
  }

  @Test
  void keysOfSeveralSlotsAreRefusedEverywhere() {
    String text = "CROSSSLOT Keys in request don't hash to the same slot";
    assertEquals(text, refuse(mset, "mset", "a", "1", "b", "2"));
    view = view(B, A, true, false);
    assertEquals(text, refuse(mset, "mset", "a", "1", "b", "2"));
  }

  @Test
  void aReplicaRedirectsUnlessTheClientMayReadFromIt() {
    view = view(B, A, true, false);
    assertEquals("MOVED 12182 10.0.0.1:7001", refuse(get, "get", "foo"));
    client.readOnlyAllowed = true;
    assertEquals("", refuse(get, "get", "foo"));
    assertEquals("MOVED 12182 10.0.0.1:7001", refuse(mset, "mset", "foo", "1"));
    assertEquals("", refuse(eval, "ping"));
  }

  @Test
  void theRedirectNamesThePreferredEndpoint() {
    ShardDescriptor shard =
        new ShardDescriptor("c".repeat(40), 0, 16383, List.of(A, B), B, true, 3);
    view = new ClusterView(A, List.of(shard), false, false, ClusterView.Endpoints.HOSTNAME);
    assertEquals("MOVED 12182 b.example:7002", refuse(get, "get", "foo"));
    view = new ClusterView(A, List.of(shard), false, false, ClusterView.Endpoints.UNKNOWN_ENDPOINT);
    assertEquals("MOVED 12182 :7002", refuse(get, "get", "foo"));
  }

  @Test
  void withoutALivePrimaryTheClusterIsDown() {
    view = view(B, A, false, false);
    assertEquals("CLUSTERDOWN The cluster is down", refuse(get, "get", "foo"));
    view = view(A, A, true, false);
    assertEquals("CLUSTERDOWN The cluster is down", refuse(get, "get", "foo"));
    client.readOnlyAllowed = true;
    assertEquals("CLUSTERDOWN The cluster is down", refuse(get, "get", "foo"));
  }

  @Test
  void aSlotOfNobodyIsNotServed() {
    ShardDescriptor shard = new ShardDescriptor("c".repeat(40), 0, 5, List.of(A), A, true, 3);
    view = new ClusterView(A, List.of(shard), false, true, ClusterView.Endpoints.IP);
    assertEquals("CLUSTERDOWN Hash slot not served", refuse(get, "get", "foo"));
  }

  @Test
  void execIsJudgedByTheWholeTransaction() {
    view = view(B, A, true, false);
    client.readOnlyAllowed = true;
    client.transaction.open = true;
    client.transaction.enqueue(get, Args.of("get", "foo"));
    assertEquals("", refuse(exec, "exec"));
    client.transaction.enqueue(mset, Args.of("mset", "foo", "1"));
    assertEquals("MOVED 12182 10.0.0.1:7001", refuse(exec, "exec"));
    client.transaction.enqueue(get, Args.of("get", "bar"));
    assertEquals("CROSSSLOT Keys in request don't hash to the same slot", refuse(exec, "exec"));
  }

  @Test
  void anAcceptedCommandAllocatesNothing() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    Args args = Args.of("mset", "{t}a", "1", "{t}b", "2");
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      accepted += check.refuse(mset, args, client) == null ? 1 : 0;
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 10_000; i++) {
      accepted += check.refuse(mset, args, client) == null ? 1 : 0;
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertEquals(30_000, accepted);
    assertEquals(0, allocated / 10_000, allocated + " bytes for 10,000 commands");
  }

  @Test
  void nodesAreShownAsRedisShowsThem() {
    String text = ClusterNodesText.of(view(B, A, true, false), 1234);
    assertEquals(
        "a".repeat(40)
            + " 10.0.0.1:7001@17001 master - 0 1234 3 connected 0-16383\n"
            + "b".repeat(40)
            + " 10.0.0.2:7002@17002,b.example myself,slave "
            + "a".repeat(40)
            + " 0 0 3 connected\n",
        text);
    assertEquals(
        "a".repeat(40) + " 10.0.0.1:7001@17001 master,fail - 0 0 3 disconnected 0-16383",
        ClusterNodesText.of(view(B, A, false, false), 1234).lines().findFirst().orElseThrow());
  }
}
