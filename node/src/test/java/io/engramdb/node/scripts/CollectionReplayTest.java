package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.engine.KeyspaceValidator;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Commands on lists, sets, sorted sets and streams at random, under limits at random, some in
 * transactions and some on keys that expire: a replica that executes the effects must end with the
 * primary's data, and both with counters that are right.
 */
class CollectionReplayTest {

  private static final int RUNS = 40;
  private static final int COMMANDS = 1500;

  /** L, S, Z, X: a key; E: an element; N: a number; I: an index; B: a border of scores. */
  private static final String[] REQUESTS = {
    "LPUSH L E E E",
    "RPUSH L E E E E E",
    "RPUSHX L E",
    "LPOP L",
    "RPOP L N",
    "LSET L 0 E",
    "LINSERT L BEFORE E E",
    "LINSERT L AFTER E E",
    "LREM L I E",
    "LTRIM L 0 20",
    "LTRIM L I I",
    "LMOVE L L LEFT RIGHT",
    "LMOVE L L RIGHT RIGHT",
    "RPOPLPUSH L L",
    "LMPOP 2 L L LEFT COUNT N",
    "SADD S E E E",
    "SADD S N N N N",
    "SREM S E E",
    "SPOP S",
    "SPOP S N",
    "SMOVE S S E",
    "SINTERSTORE S S S",
    "SUNIONSTORE S S S",
    "SDIFFSTORE S S S",
    "SRANDMEMBER S N",
    "ZADD Z N E N E N E",
    "ZADD Z GT CH N E N E",
    "ZADD Z INCR 0.1 E",
    "ZINCRBY Z 0.3 E",
    "ZREM Z E E",
    "ZPOPMIN Z",
    "ZPOPMAX Z N",
    "ZMPOP 2 Z Z MAX COUNT N",
    "ZREMRANGEBYRANK Z I I",
    "ZREMRANGEBYSCORE Z B B",
    "ZRANGESTORE Z Z B B BYSCORE LIMIT 0 N",
    "ZUNIONSTORE Z 2 Z S WEIGHTS 0.1 3",
    "ZINTERSTORE Z 2 Z Z AGGREGATE MAX",
    "ZDIFFSTORE Z 2 Z Z",
    "XADD X * f E",
    "XADD X * f E g E",
    "XADD X * f E g E",
    "XADD X MAXLEN ~ N * f E",
    "XTRIM X MAXLEN ~ N",
    "XTRIM X MINID 1000010",
    "XDEL X 1000001 1000002-1 1000003 1000005 1000008",
    "XGROUP CREATE X g 0 MKSTREAM",
    "XGROUP CREATE X h $ MKSTREAM",
    "XGROUP SETID X g 1000002",
    "XGROUP DELCONSUMER X g c",
    "XGROUP DESTROY X h",
    "XREADGROUP GROUP g c COUNT N STREAMS X >",
    "XREADGROUP GROUP g d COUNT 3 STREAMS X >",
    "XREADGROUP GROUP h c NOACK COUNT 2 STREAMS X >",
    "XREADGROUP GROUP g c COUNT 4 STREAMS X 0",
    "XACK X g 1000001 1000002 1000003-0 1000004",
    "XCLAIM X g e 1 1000005 1000006 1000006-1 1000007",
    "XCLAIM X g c 0 1000009 1000010 FORCE IDLE 3 LASTID 1000011",
    "XAUTOCLAIM X g d 2 - COUNT 4",
    "XSETID X 1000090",
    "COPY X X REPLACE",
    "COPY L L REPLACE",
    "COPY S S REPLACE",
    "COPY Z Z REPLACE",
    "RENAME L L",
    "RENAME Z Z",
    "PEXPIRE L N",
    "PEXPIRE S N",
    "PEXPIRE Z N",
    "MULTI",
    "EXEC",
  };

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void aReplicaEndsWithTheDataOfThePrimary() {
    for (int run = 0; run < RUNS; run++) {
      TestShard shard = new TestShard(3, 1_000_000, random.nextLong());
      ValueLimits limits = shard.limits();
      limits.listChunkLimit = random.nextInt(8) - 2;
      limits.setIntegerEntries = random.nextInt(20);
      limits.setPackedEntries = random.nextInt(20);
      limits.sortedSetPackedEntries = random.nextInt(20);
      limits.streamBlockEntries = random.nextInt(8);
      List<String> history = new ArrayList<>();
      for (int i = 0; i < COMMANDS; i++) {
        List<String> request = request();
        history.add(String.join(" ", request));
        shard.execute(TestShard.args(request));
        if (random.nextInt(10) == 0) {
          shard.advance(random.nextInt(3));
          shard.commit();
        }
      }
      shard.execute(TestShard.args(List.of("DISCARD")));
      shard.commit();
      KeyspaceValidator.validate(shard.keyspaces());
      var replica = shard.replayed();
      KeyspaceValidator.validate(replica);
      int number = run;
      assertEquals(
          KeyspaceText.of(shard.keyspaces()),
          KeyspaceText.of(replica),
          () -> "run " + number + ", -Dseed=" + seed + ", history " + history);
    }
  }

  private List<String> request() {
    List<String> words = new ArrayList<>();
    for (String word : REQUESTS[random.nextInt(REQUESTS.length)].split(" ")) {
      words.add(
          switch (word) {
            case "L", "S", "Z", "X" -> word + random.nextInt(3);
            case "E" -> random.nextBoolean() ? "e" + random.nextInt(20) : "" + random.nextInt(300);
            case "N" -> "" + random.nextInt(30);
            case "I" -> "" + (random.nextInt(10) - 5);
            case "B" -> (random.nextBoolean() ? "(" : "") + random.nextInt(30);
            default -> word;
          });
    }
    return words;
  }
}
