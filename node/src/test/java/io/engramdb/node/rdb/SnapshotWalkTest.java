package io.engramdb.node.rdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.KeyspaceValidator;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.SnapshotWalk;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever happens to the data during a walk, it shows them as they were when it began. */
class SnapshotWalkTest {

  private static final int ROUNDS = 400;
  private static final int DATABASES = 3;
  private static final ValueLimits LIMITS = new ValueLimits();

  private SplittableRandom random;
  private Keyspaces keyspaces;
  private int keys;

  @Test
  void aWalkShowsTheMomentAtWhichItBegan() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("SnapshotWalkTest: -Dseed=" + seed);
    random = new SplittableRandom(seed);
    keyspaces = new Keyspaces(DATABASES, null);
    for (int round = 0; round < ROUNDS; round++) {
      keys = 1 + random.nextInt(random.nextBoolean() ? 10 : 2000);
      change(random.nextInt(3 * keys));
      String before = digestOfAll();
      RdbDigest shown = new RdbDigest();
      SnapshotWalk walk =
          SnapshotWalk.begin(keyspaces, (database, e, time) -> say(database, e, time, shown));
      boolean abandons = random.nextInt(10) == 0;
      boolean done = false;
      while (!done) {
        change(random.nextInt(1 + keys / 4));
        done = walk.step(1 + random.nextInt(50));
        if (abandons && random.nextBoolean()) {
          walk.abandon();
        }
      }
      if (!abandons) {
        assertEquals(before, shown.value(), "round " + round + " of seed " + seed);
      }
      KeyspaceValidator.validate(keyspaces);
    }
  }

  @Test
  void dataThatAreThrownAwayEndTheWalk() {
    random = new SplittableRandom(1);
    keyspaces = new Keyspaces(DATABASES, null);
    keys = 100;
    change(300);
    SnapshotWalk walk = SnapshotWalk.begin(keyspaces, (database, entry, time) -> {});
    walk.step(1);
    keyspaces.reset();
    assertTrue(walk.isForgotten());
    assertTrue(walk.step(1));
    change(300);
    KeyspaceValidator.validate(keyspaces);
  }

  private static void say(int database, Entry entry, long expireAtMs, RdbDigest to) {
    try {
      ValueToRdb.say(new RdbKey(database, entry.key, expireAtMs), entry.value(), to);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String digestOfAll() {
    RdbDigest digest = new RdbDigest();
    for (int i = 0; i < keyspaces.count(); i++) {
      int database = i;
      Keyspace all = keyspaces.database(i);
      all.forEach(entry -> say(database, entry, all.expireAtMs(entry), digest));
    }
    return digest.value();
  }

  private void change(int times) {
    for (int i = 0; i < times; i++) {
      keyspaces.beginCommand(random.nextInt(1000), ExpiryMode.REPLAY, true);
      changeOnce(keyspaces.database(random.nextInt(DATABASES)));
      keyspaces.endCommand();
    }
  }

  private byte[] bytes(int bound) {
    return Integer.toString(random.nextInt(bound)).getBytes(StandardCharsets.US_ASCII);
  }

  private void changeOnce(Keyspace database) {
    byte[] key = bytes(keys);
    Entry entry = database.find(key);
    int what = random.nextInt(1000);
    if (what < 2) {
      database.clear();
    } else if (what < 6) {
      keyspaces.swap(database.index(), random.nextInt(DATABASES));
    } else if (entry == null || what < 300) {
      put(database, key, entry);
    } else if (what < 500) {
      database.remove(entry);
    } else if (what < 600) {
      database.expireAt(entry, random.nextInt(2000));
    } else if (what < 650) {
      database.clearExpiry(entry);
    } else if (what < 800) {
      move(database, entry);
    } else {
      edit(database, entry);
    }
  }

  private void put(Keyspace database, byte[] key, Entry present) {
    byte[] content = bytes(1_000_000);
    Value value = new StringValue(content, 0, content.length);
    if (random.nextBoolean()) {
      HashValue hash = new HashValue();
      ByteRange field = ByteRange.of(bytes(9));
      hash.put(field, ByteRange.of(content), LIMITS);
      if (random.nextInt(3) == 0) {
        hash.expireAt(field, 1 + random.nextInt(2000));
      }
      value = hash;
    }
    if (present == null) {
      database.add(key, 0, key.length, value);
    } else {
      database.replace(present, value);
    }
  }

  /** As RENAME, MOVE or COPY do. */
  private void move(Keyspace from, Entry entry) {
    Keyspace to = keyspaces.database(random.nextInt(DATABASES));
    byte[] name = bytes(keys);
    Entry target = to.find(name);
    if (target == entry) {
      return;
    }
    if (target != null) {
      to.remove(target);
    }
    Value value = entry.value();
    if (random.nextBoolean()) {
      value = value.copy();
    } else {
      from.remove(entry);
    }
    to.add(name, 0, name.length, value);
  }

  private void edit(Keyspace database, Entry entry) {
    database.edit(entry);
    byte[] content = bytes(1_000_000);
    switch (entry.value()) {
      case StringValue string -> string.append(content, 0, Math.min(3, content.length));
      case HashValue hash -> {
        ByteRange field = ByteRange.of(bytes(9));
        hash.put(field, ByteRange.of(content), LIMITS);
        if (random.nextInt(3) == 0) {
          hash.expireAt(field, 1 + random.nextInt(2000));
        }
      }
      default -> throw new AssertionError();
    }
  }
}
