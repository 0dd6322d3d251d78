package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.engine.KeyspaceValidator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Commands near the moment at which fields of their hashes expire, batched at random: a replica
 * must end with the primary's data and expiries, whatever the limits of packed hashes are.
 */
class FieldExpiryReplayTest {

  private static final int RUNS = 80;
  private static final int COMMANDS = 400;

  /** K: a key; F: a field; T: milliseconds; A: a point in time; V: a value. */
  private static final String[] REQUESTS = {
    "HSET K F V",
    "HSET K F V F V F V",
    "HSETNX K F V",
    "HDEL K F F",
    "HINCRBY K F V",
    "HINCRBYFLOAT K F 0.1",
    "HGET K F",
    "HLEN K",
    "HGETALL K",
    "HRANDFIELD K 2",
    "HSCAN K 0",
    "HPEXPIRE K T FIELDS 2 F F",
    "HPEXPIRE K T NX FIELDS 1 F",
    "HPEXPIRE K T XX FIELDS 1 F",
    "HPEXPIRE K T GT FIELDS 2 F F",
    "HPEXPIRE K T LT FIELDS 2 F F",
    "HPEXPIREAT K A FIELDS 1 F",
    "HEXPIRE K 0 FIELDS 1 F",
    "HPERSIST K FIELDS 2 F F",
    "HPTTL K FIELDS 1 F",
    "HGETDEL K FIELDS 2 F F",
    "HGETEX K PX T FIELDS 2 F F",
    "HGETEX K PERSIST FIELDS 1 F",
    "HGETEX K FIELDS 1 F",
    "HSETEX K PX T FIELDS 2 F V F V",
    "HSETEX K FNX PX T FIELDS 1 F V",
    "HSETEX K FXX PXAT A FIELDS 1 F V",
    "HSETEX K KEEPTTL FIELDS 2 F V F V",
    "RENAME K K",
    "COPY K K REPLACE",
    "MOVE K 1",
    "SWAPDB 0 1",
    "PEXPIRE K T",
    "PERSIST K",
    "DEL K",
    "EXISTS K K",
    "KEYS *",
    "SCAN 0",
    "RANDOMKEY",
    "SET K V",
    "SORT K BY *->F",
    "MULTI",
    "EXEC",
  };

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private long nowMs;

  @Test
  void aReplicaEndsWithTheDataOfThePrimary() {
    for (int run = 0; run < RUNS; run++) {
      int number = run;
      nowMs = 1_000_000;
      TestShard shard = new TestShard(3, nowMs, random.nextLong());
      shard.limits().hashPackedEntries = random.nextInt(8);
      List<String> history = new ArrayList<>();
      for (int i = 0; i < COMMANDS; i++) {
        step(shard, history);
      }
      shard.execute(TestShard.args(List.of("DISCARD")));
      shard.commit();
      KeyspaceValidator.validate(shard.keyspaces());
      assertEquals(
          KeyspaceText.of(shard.keyspaces()),
          KeyspaceText.of(shard.replayed()),
          () -> "run " + number + ", -Dseed=" + seed + ", history " + history);
    }
  }

  private void step(TestShard shard, List<String> history) {
    switch (random.nextInt(12)) {
      case 0, 1 -> {
        long ms = random.nextInt(4);
        nowMs += ms;
        shard.advance(ms);
        history.add("+" + ms);
      }
      case 2 -> shard.endTurn();
      case 3 -> shard.commit();
      case 4 -> shard.cycle();
      default -> {
        List<String> request = request();
        history.add(String.join(" ", request));
        shard.execute(TestShard.args(request));
      }
    }
  }

  private List<String> request() {
    List<String> words = new ArrayList<>();
    for (String word : REQUESTS[random.nextInt(REQUESTS.length)].split(" ")) {
      words.add(
          switch (word) {
            case "K" -> "k" + random.nextInt(4);
            case "F" -> "f" + random.nextInt(6);
            case "V" -> Integer.toString(random.nextInt(100));
            case "T" -> Integer.toString(random.nextInt(8));
            case "A" -> Long.toString(nowMs + random.nextInt(8) - 1);
            default -> word;
          });
    }
    return words;
  }
}
