package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ShardStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerCommandsTest {

  private final ServerHarness harness = new ServerHarness(false);

  private Map<String, String> info(String... sections) {
    List<String> words = new ArrayList<>(List.of("INFO"));
    words.addAll(List.of(sections));
    Map<String, String> fields = new HashMap<>();
    for (String line : harness.run(words.toArray(String[]::new)).split(" ")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  @Test
  void infoHasEveryFieldThatToolsRead() {
    harness.run("SET", "k", "v");
    harness.metrics.commands().executed(harness.table.find("get"), 5_000, true);
    harness.metrics.errors().count("ERR");
    Map<String, String> fields = info("everything");
    String required =
        "redis_version redis_mode role run_id tcp_port process_id os uptime_in_seconds"
            + " connected_clients maxclients used_memory used_memory_rss used_memory_dataset"
            + " maxmemory maxmemory_policy mem_fragmentation_ratio number_of_cached_scripts"
            + " loading rdb_last_save_time rdb_last_bgsave_status rdb_bgsave_in_progress"
            + " aof_enabled total_commands_processed instantaneous_ops_per_sec"
            + " instantaneous_input_kbps instantaneous_output_kbps keyspace_hits keyspace_misses"
            + " expired_keys evicted_keys connected_slaves slave0 master_repl_offset"
            + " master_failover_state cmdstat_get errorstat_ERR latency_percentiles_usec_get db0"
            + " cluster_enabled availability_zone blocked_clients total_system_memory"
            + " total_net_input_bytes total_net_output_bytes raft_term raft_leader"
            + " raft_commit_index raft_applied_index raft_commit_usec_p50 raft_commit_usec_p99"
            + " raft_commit_usec_p999 raft_fsync_usec_p99 raft_log_bytes raft_first_index"
            + " raft_peer0 raft_peer1 engram_version";
    for (String name : required.split(" ")) {
      assertTrue(fields.containsKey(name), name);
    }
    assertEquals("7", fields.get("uptime_in_seconds"));
    assertEquals("keys=1,expires=0,avg_ttl=0", fields.get("db0"));
    assertEquals("1", fields.get("aof_enabled"));
    assertEquals(
        "calls=1,usec=5,usec_per_call=5.00,rejected_calls=0,failed_calls=0",
        fields.get("cmdstat_get"));
    assertEquals("ip=10.0.0.2,port=7002,state=online,offset=90,lag=1", fields.get("slave0"));
    assertEquals("1", fields.get("connected_slaves"), "a log-only voter is no replica");
    assertEquals(
        "name=v3,zone=z3,role=log-voter,state=online,match_index=99,lag=1",
        fields.get("raft_peer1"));
  }

  @Test
  void infoShowsTheSectionsAskedFor() {
    assertEquals("$0", harness.run("INFO", "nosuch"));
    assertEquals("$30 # Cluster cluster_enabled:0", harness.run("INFO", "CLUSTER"));
    assertEquals("=34 txt:# Cluster cluster_enabled:0", harness.run3("INFO", "cluster"));
    Map<String, String> two = info("cpu", "cluster");
    assertTrue(two.containsKey("used_cpu_sys") && two.containsKey("cluster_enabled"));
    assertEquals(5, two.size());
    assertFalse(harness.run("INFO").contains("# Commandstats"));
    assertTrue(harness.run("INFO", "default", "commandstats").contains("# Commandstats"));
    assertFalse(harness.run("INFO", "all").contains("# Modules"));
    assertTrue(harness.run("INFO", "everything").contains("# Modules"));
  }

  @Test
  void infoOfAReplicaNamesThePrimary() {
    harness.shard.self = FakeShard.B;
    Map<String, String> fields = info("replication");
    assertEquals("slave", fields.get("role"));
    assertEquals("10.0.0.1", fields.get("master_host"));
    assertEquals("7001", fields.get("master_port"));
    assertEquals("up", fields.get("master_link_status"));
    assertEquals("2", fields.get("master_last_io_seconds_ago"));
    assertEquals("98", fields.get("master_repl_offset"));
    harness.shard.primary = null;
    assertEquals("down", info("replication").get("master_link_status"));
  }

  @Test
  void sizesAreReadableAsInRedis() {
    assertEquals("0B", ServerReport.human(0));
    assertEquals("1023B", ServerReport.human(1023));
    assertEquals("1016.47K", ServerReport.human(1040864));
    assertEquals("23.54G", ServerReport.human(25276510208L));
  }

  @Test
  void roleNamesReplicasOrThePrimary() {
    assertEquals("*3 $6 master :100 *1 *3 $8 10.0.0.2 $4 7002 $2 90", harness.run("ROLE"));
    harness.shard.self = FakeShard.B;
    assertEquals("*5 $5 slave $8 10.0.0.1 :7001 $9 connected :98", harness.run("ROLE"));
    harness.shard.loading = true;
    assertEquals("*5 $5 slave $8 10.0.0.1 :7001 $4 sync :98", harness.run("ROLE"));
    harness.shard.primary = null;
    assertEquals("*5 $5 slave $0  :0 $7 connect :98", harness.run("ROLE"));
  }

  @Test
  void timeIsShardTime() {
    assertEquals("*2 $2 10 $1 0", harness.run("TIME"));
  }

  @Test
  void waitAnswersAtOnceWhenEnoughVotersHaveTheWrite() {
    harness.client.lastWriteEpoch = 3;
    harness.client.lastWriteSequence = 55;
    harness.shard.copies = 1;
    assertEquals(":1", harness.run("WAIT", "1", "0"));
    assertEquals("copies 3 55", harness.shard.calls.getFirst());
    assertEquals(":1", harness.run("WAIT", "-1", "0"));
    assertNull(harness.deferred);
  }

  @Test
  void waitIsDeferredUntilEnoughVotersOrTheDeadline() {
    harness.client.lastWriteEpoch = 3;
    harness.client.lastWriteSequence = 55;
    assertEquals("", harness.run("WAIT", "2", "100"));
    assertEquals(ServerHarness.NOW_MS + 100, harness.deferred.deadlineMs());
    // A later write of the same client is not part of this wait.
    harness.client.lastWriteSequence = 56;
    harness.shard.copies = 1;
    assertNull(harness.complete(false));
    assertEquals(":1", harness.complete(true));
    harness.shard.copies = 2;
    assertEquals(":2", harness.complete(false));
    assertEquals("copies 3 55", harness.shard.calls.getLast());
    harness.run("WAIT", "3", "0");
    assertEquals(Long.MAX_VALUE, harness.deferred.deadlineMs());
  }

  @Test
  void waitInsideATransactionAnswersAtOnce() {
    harness.client.lastWriteSequence = 55;
    harness.mayDefer = false;
    assertEquals(":0", harness.run("WAIT", "2", "0"));
    assertEquals("*2 :0 :0", harness.run("WAITAOF", "1", "2", "0"));
  }

  @Test
  void waitOfAClientThatHasWrittenNothingCountsTheVotersThatAnswer() {
    assertEquals(":2", harness.run("WAIT", "2", "0"));
    harness.shard.peers =
        List.of(
            new PeerPosition(FakeShard.B, 90, 9_000, false),
            new PeerPosition(FakeShard.V, 99, 9_500, true),
            new PeerPosition(FakeShard.S, 99, 9_500, true));
    assertEquals("*2 :1 :1", harness.run("WAITAOF", "1", "1", "0"));
  }

  @Test
  void waitAofTellsTheOwnDiskToo() {
    harness.client.lastWriteSequence = 55;
    harness.shard.copies = 2;
    assertEquals("", harness.run("WAITAOF", "1", "1", "5"));
    assertNull(harness.complete(false));
    assertEquals("*2 :0 :2", harness.complete(true));
    harness.shard.onDisk = true;
    assertEquals("*2 :1 :2", harness.complete(false));
  }

  @Test
  void waitRefusesWhatRedisRefuses() {
    assertEquals("-ERR value is not an integer or out of range", harness.run("WAIT", "a", "0"));
    assertEquals("-ERR timeout is negative", harness.run("WAIT", "0", "-1"));
    assertEquals("-ERR timeout is not an integer or out of range", harness.run("WAIT", "0", "a"));
    assertEquals("-ERR timeout is out of range", harness.run("WAIT", "0", "9223372036854775807"));
    assertEquals(
        "-ERR value is out of range, value must between 0 and 1",
        harness.run("WAITAOF", "2", "0", "0"));
    assertEquals(
        "-ERR value is out of range, must be positive", harness.run("WAITAOF", "1", "-1", "0"));
    harness.shard.self = FakeShard.B;
    assertEquals(
        "-ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0"
            + " if a replica is configured to be writable (which is not the default) writes to"
            + " replicas are just local and are not propagated.",
        harness.run("WAIT", "a", "0"));
    assertEquals(
        "-ERR WAITAOF cannot be used with replica instances. Please also note that writes to"
            + " replicas are just local and are not propagated.",
        harness.run("WAITAOF", "0", "0", "0"));
  }

  @Test
  void failoverIsHandedToTheShard() {
    assertEquals("+OK", harness.run("FAILOVER"));
    assertEquals("+OK", harness.run("FAILOVER", "TO", "10.0.0.2", "7002", "TIMEOUT", "50"));
    assertEquals("+OK", harness.run("FAILOVER", "timeout", "9", "to", "10.0.0.2", "7002", "force"));
    assertEquals(
        List.of("failover any 0 false", "failover n2 50 false", "failover n2 9 true"),
        harness.shard.calls);
    assertEquals("-ERR No failover in progress.", harness.run("FAILOVER", "ABORT"));
    harness.shard.failover = ShardStatus.Failover.WAITING_FOR_SYNC;
    assertEquals("-ERR FAILOVER already in progress.", harness.run("FAILOVER"));
    assertEquals("+OK", harness.run("FAILOVER", "ABORT"));
  }

  @Test
  void failoverRefusesWhatRedisRefuses() {
    assertEquals("-ERR syntax error", harness.run("FAILOVER", "TO"));
    assertEquals("-ERR syntax error", harness.run("FAILOVER", "ABORT", "TIMEOUT", "5"));
    assertEquals(
        "-ERR value is not an integer or out of range", harness.run("FAILOVER", "TO", "a", "x"));
    assertEquals(
        "-ERR FAILOVER timeout must be greater than 0", harness.run("FAILOVER", "TIMEOUT", "0"));
    assertEquals(
        "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.",
        harness.run("FAILOVER", "FORCE"));
    assertEquals(
        "-ERR FAILOVER target HOST and PORT is not a replica.",
        harness.run("FAILOVER", "TO", "10.0.0.3", "0"));
    harness.shard.peers =
        List.of(
            new PeerPosition(FakeShard.B, 90, 9_000, false),
            new PeerPosition(FakeShard.V, 90, 9_000, true));
    assertEquals("-ERR FAILOVER requires connected replicas.", harness.run("FAILOVER"));
    harness.shard.self = FakeShard.B;
    assertEquals("-ERR FAILOVER is not valid when server is a replica.", harness.run("FAILOVER"));
    assertTrue(harness.shard.calls.isEmpty());
  }

  @Test
  void aPrimaryFollowsNobodyAlready() {
    assertEquals("+OK", harness.run("REPLICAOF", "no", "one"));
    assertEquals("-ERR Invalid master port", harness.run("SLAVEOF", "10.0.0.9", "70000"));
    assertEquals(
        "-ERR REPLICAOF another server is not possible: replicas follow the primary of their"
            + " shard",
        harness.run("SLAVEOF", "10.0.0.9", "6379"));
    harness.shard.self = FakeShard.B;
    assertEquals(
        "-ERR REPLICAOF NO ONE is not possible on a replica: use FAILOVER on the primary",
        harness.run("REPLICAOF", "NO", "ONE"));
  }

  @Test
  void shutdownAnswersOnlyIfItIsTakenBack() {
    assertEquals("-ERR syntax error", harness.run("SHUTDOWN", "SAVE", "NOSAVE"));
    assertEquals("-ERR syntax error", harness.run("SHUTDOWN", "ABORT", "NOW"));
    assertEquals("-ERR syntax error", harness.run("SHUTDOWN", "FOO"));
    assertEquals("-ERR No shutdown in progress.", harness.run("SHUTDOWN", "ABORT"));
    assertEquals("", harness.run("SHUTDOWN", "NOSAVE", "NOW", "FORCE"));
    assertEquals(List.of("shutdown true true"), harness.shard.calls);
    assertNotNull(harness.deferred);
    assertNull(harness.complete(false));
    assertEquals("+OK", harness.run("SHUTDOWN", "ABORT"));
    assertEquals("-ERR Errors trying to SHUTDOWN. Check logs.", harness.complete(false));
  }

  @Test
  void categoriesComeFromTheTable() {
    assertEquals("$7 default", harness.run("ACL", "WHOAMI"));
    harness.client.user = "ann";
    assertEquals("$3 ann", harness.run("ACL", "WHOAMI"));
    assertTrue(harness.run("ACL", "CAT").startsWith("*21 $8 keyspace $4 read"));
    assertTrue(harness.run("ACL", "CAT", "Admin").contains(" $10 config|get "));
    assertEquals("-ERR Unknown category 'nosuch'", harness.run("ACL", "CAT", "nosuch"));
    assertEquals("*0", harness.run("MODULE", "LIST"));
  }
}
