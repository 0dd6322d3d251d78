package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Transactions and scripts while writes are refused, by {@code min-replicas-to-write} or for want
 * of memory; texts were read from redis-server.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RefusedWritesTest extends ServerClients {

  private static final String FEW = "-NOREPLICAS Not enough good replicas to write.|";

  private void demandReplicas(int count) throws Exception {
    local.onLoop(() -> local.shard().limits().replicasToWrite = count);
  }

  @Test
  void nothingBeginsToWriteWithoutThem() throws Exception {
    RespSocket client = client();
    expect(client, "set x 1", "+OK|", "multi", "+OK|", "incr x", "+QUEUED|");
    demandReplicas(1);
    expect(
        client,
        "exec",
        "-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to"
            + " write.|",
        "set x 2",
        FEW,
        "get x",
        "$1|1|",
        "eval \"return redis.call('get','x')\" 0",
        "$1|1|",
        "eval \"#!lua flags=no-writes\\nreturn redis.call('get','x')\" 0",
        "$1|1|",
        "eval \"#!lua\\nreturn redis.call('get','x')\" 0",
        FEW);
    String reply = client.ask("eval \"return redis.call('set','x',2)\" 0");
    assertTrue(reply.startsWith("-NOREPLICAS Not enough good replicas to write. script: "), reply);
    demandReplicas(0);
    expect(client, "get x", "$1|1|", "set x 2", "+OK|");
  }

  @Test
  void aTransactionThatGrowsIsRefusedAsAWholeWhileMemoryIsFull() throws Exception {
    RespSocket client = client();
    expect(client, "set x 1", "+OK|", "multi", "+OK|", "set y 1", "+QUEUED|", "get x", "+QUEUED|");
    local.onLoop(() -> local.shard().limits().maxMemoryBytes = 1L);
    expect(
        client,
        "exec",
        "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory >"
            + " 'maxmemory'.|",
        "multi",
        "+OK|",
        "get x",
        "+QUEUED|",
        "exec",
        "*1|$1|1|");
  }
}
