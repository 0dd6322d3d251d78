package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.engine.KeyspaceValidator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Commands near the moment at which their keys expire, batched at random: one record may hold turns
 * of different times, and a replica must still end with the primary's data.
 */
class ExpiryReplayTest {

  private static final int RUNS = 60;
  private static final int COMMANDS = 400;
  private static final String[] KEYS = {"a", "b", "c", "d", "e"};

  @Test
  void aReplicaEndsWithTheDataOfThePrimary() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int run = 0; run < RUNS; run++) {
      int number = run;
      TestShard shard = new TestShard(3, 1_000_000, random.nextLong());
      List<String> history = new ArrayList<>();
      for (int i = 0; i < COMMANDS; i++) {
        step(shard, random, history);
      }
      shard.commit();
      KeyspaceValidator.validate(shard.keyspaces());
      String replica = KeyspaceText.of(shard.replayed());
      assertEquals(
          KeyspaceText.of(shard.keyspaces()),
          replica,
          () -> "run " + number + ", -Dseed=" + seed + ", history " + history);
    }
  }

  private static void step(TestShard shard, Random random, List<String> history) {
    switch (random.nextInt(12)) {
      case 0, 1 -> {
        long ms = random.nextInt(4);
        shard.advance(ms);
        history.add("+" + ms);
      }
      case 2 -> shard.endTurn();
      case 3 -> shard.commit();
      case 4 -> shard.cycle();
      default -> {
        String[] request = request(random);
        history.add(String.join(" ", request));
        shard.execute(TestShard.args(List.of(request)));
      }
    }
  }

  private static String[] request(Random random) {
    String key = KEYS[random.nextInt(KEYS.length)];
    String other = KEYS[random.nextInt(KEYS.length)];
    String ms = Integer.toString(random.nextInt(8) - 1);
    String value = Integer.toString(random.nextInt(100));
    String line =
        switch (random.nextInt(31)) {
          case 0 -> "SET k v";
          case 1 -> "SET k v PX t";
          case 2 -> "SET k v KEEPTTL";
          case 3 -> "SET k v NX PX t";
          case 4 -> "SET k v XX GET";
          case 5 -> "APPEND k v";
          case 6 -> "INCR k";
          case 7 -> "INCRBYFLOAT k 0.1";
          case 8 -> "SETRANGE k 2 v";
          case 9 -> "GETEX k PX t";
          case 10 -> "GETDEL k";
          case 11 -> "GETSET k v";
          case 12 -> "MSETNX k v j v";
          case 13 -> "MSET k v j v";
          case 14 -> "PEXPIRE k t";
          case 15 -> "PEXPIRE k t GT";
          case 16 -> "PEXPIRE k t NX";
          case 17 -> "PERSIST k";
          case 18 -> "RENAME k j";
          case 19 -> "RENAMENX k j";
          case 20 -> "COPY k j REPLACE";
          case 21 -> "COPY k j";
          case 22 -> "MOVE k 1";
          case 23 -> "DEL k j";
          case 24 -> "HSET k f v";
          case 25 -> "HDEL k f";
          case 26 -> "HINCRBYFLOAT k f 0.1";
          case 27 -> "EXISTS k j";
          case 28 -> "KEYS *";
          case 29 -> "RANDOMKEY";
          default -> random.nextInt(20) == 0 ? "FLUSHDB" : "SWAPDB 0 1";
        };
    String[] words = line.split(" ");
    for (int i = 1; i < words.length; i++) {
      words[i] =
          switch (words[i]) {
            case "k" -> key;
            case "j" -> other;
            case "v" -> value;
            case "t" -> ms;
            default -> words[i];
          };
    }
    return words;
  }
}
