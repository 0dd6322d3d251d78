package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ClusterCommandsTest {

  private static final String A = "a".repeat(40);
  private static final String B = "b".repeat(40);

  private final ServerHarness harness = new ServerHarness(true);

  @Test
  void withoutClusterModeEverySubcommandIsRefused() {
    ServerHarness single = new ServerHarness(false);
    String text = "-ERR This instance has cluster support disabled";
    assertEquals(text, single.run("CLUSTER", "INFO"));
    assertEquals(text, single.run("CLUSTER", "KEYSLOT", "a"));
    assertEquals(text, single.run("CLUSTER", "HELP"));
  }

  @Test
  void whoWouldChangeSlotsOrRolesIsToldWhoDecides() {
    String text =
        "-ERR Slots and roles follow from the members of the shards: no node changes them by"
            + " CLUSTER";
    assertEquals(text, harness.run("CLUSTER", "MEET", "10.0.0.9", "7009"));
    assertEquals(text, harness.run("CLUSTER", "SETSLOT", "1", "STABLE"));
    assertEquals(text, harness.run("CLUSTER", "RESET"));
    assertEquals(
        "-ERR wrong number of arguments for 'cluster|forget' command",
        harness.run("CLUSTER", "FORGET"));
  }

  @Test
  void slotsListThePrimaryFirst() {
    String nodes = "*4 $8 10.0.0.1 :7001 $40 " + A + " *0 *4 $8 10.0.0.2 :7002 $40 " + B + " *0";
    assertEquals("*1 *4 :0 :16383 " + nodes, harness.run("CLUSTER", "SLOTS"));
    assertEquals("*1 *4 :0 :16383 " + nodes.replace("*0", "%0"), harness.run3("CLUSTER", "SLOTS"));
  }

  @Test
  void shardsAreMapsOfSlotsAndNodes() {
    String first =
        "%7 $2 id $40 "
            + A
            + " $4 port :7001 $2 ip $8 10.0.0.1 $8 endpoint $8 10.0.0.1 $4 role $6 master"
            + " $18 replication-offset :100 $6 health $6 online";
    String second =
        "%7 $2 id $40 "
            + B
            + " $4 port :7002 $2 ip $8 10.0.0.2 $8 endpoint $8 10.0.0.2 $4 role $7 replica"
            + " $18 replication-offset :90 $6 health $6 online";
    String shards = "*1 %2 $5 slots *2 :0 :16383 $5 nodes *2 " + first + ' ' + second;
    assertEquals(shards, harness.run3("CLUSTER", "SHARDS"));
    assertEquals(shards.replace("%2", "*4").replace("%7", "*14"), harness.run("CLUSTER", "SHARDS"));
  }

  @Test
  void aShardWithoutALivePrimaryIsShownAsFailed() {
    harness.shard.self = FakeShard.B;
    harness.shard.primary = null;
    harness.view = harness.clusterView(false);
    assertTrue(harness.run("CLUSTER", "INFO").contains("cluster_state:fail "));
    assertTrue(harness.run("CLUSTER", "INFO").contains("cluster_slots_fail:16384 "));
    assertTrue(harness.run("CLUSTER", "NODES").contains(":7001@17001 master,fail - "));
    assertTrue(harness.run("CLUSTER", "SHARDS").contains("$6 master $18 replication-offset :99"));
    assertTrue(harness.run("CLUSTER", "SHARDS").contains("$6 health $4 fail"));
  }

  @Test
  void infoHasTheFieldsOfRedis() {
    assertEquals(
        "cluster_state:ok cluster_slots_assigned:16384 cluster_slots_ok:16384"
            + " cluster_slots_pfail:0 cluster_slots_fail:0 cluster_known_nodes:2 cluster_size:1"
            + " cluster_current_epoch:3 cluster_my_epoch:3 cluster_stats_messages_sent:0"
            + " cluster_stats_messages_received:0 total_cluster_links_buffer_limit_exceeded:0",
        harness.run("CLUSTER", "INFO").replaceFirst("\\$[0-9]+ ", ""));
    assertTrue(harness.run3("CLUSTER", "INFO").contains(" txt:cluster_state:ok"));
  }

  @Test
  void nodesAndReplicasAreLinesOfText() {
    assertTrue(harness.run("CLUSTER", "NODES").contains(A + " 10.0.0.1:7001@17001 myself,master"));
    String replica = B + " 10.0.0.2:7002@17002 slave " + A + " 0 10000 3 connected";
    assertEquals("*1 $" + replica.length() + ' ' + replica, harness.run("CLUSTER", "REPLICAS", A));
    assertEquals(harness.run("CLUSTER", "REPLICAS", A), harness.run("CLUSTER", "SLAVES", A));
    assertEquals("-ERR Unknown node 123", harness.run("CLUSTER", "REPLICAS", "123"));
    assertEquals("-ERR The specified node is not a master", harness.run("CLUSTER", "REPLICAS", B));
    assertEquals(":0", harness.run("CLUSTER", "COUNT-FAILURE-REPORTS", B));
    assertEquals("-ERR Unknown node 123", harness.run("CLUSTER", "COUNT-FAILURE-REPORTS", "123"));
  }

  @Test
  void keysOfASlotAreCountedAndListed() {
    harness.run("SET", "a", "1");
    harness.run("SET", "{a}b", "1");
    assertEquals(":15495", harness.run("CLUSTER", "KEYSLOT", "a"));
    assertEquals(":2", harness.run("CLUSTER", "COUNTKEYSINSLOT", "15495"));
    assertEquals(":0", harness.run("CLUSTER", "COUNTKEYSINSLOT", "1"));
    assertEquals("*1", harness.run("CLUSTER", "GETKEYSINSLOT", "15495", "1").substring(0, 2));
    assertEquals("*2", harness.run("CLUSTER", "GETKEYSINSLOT", "15495", "9").substring(0, 2));
    assertEquals("-ERR Invalid slot", harness.run("CLUSTER", "COUNTKEYSINSLOT", "20000"));
    assertEquals(
        "-ERR value is not an integer or out of range",
        harness.run("CLUSTER", "COUNTKEYSINSLOT", "abc"));
    String text = "-ERR Invalid slot or number of keys";
    assertEquals(text, harness.run("CLUSTER", "GETKEYSINSLOT", "1", "-1"));
    assertEquals(text, harness.run("CLUSTER", "GETKEYSINSLOT", "99999", "1"));
  }

  @Test
  void identitiesAreFortyDigits() {
    assertEquals("$40 " + A, harness.run("CLUSTER", "MYID"));
    assertEquals("$40 " + "d".repeat(40), harness.run("CLUSTER", "MYSHARDID"));
    assertEquals("*0", harness.run("CLUSTER", "LINKS"));
  }
}
