package io.engramdb.node.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyspaceTest {

  private static final long NOW_MS = 1_000_000;

  private final Keyspaces keyspaces = new Keyspaces(2, null);
  private final Keyspace db = keyspaces.database(0);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static StringValue string(String text) {
    return new StringValue(bytes(text), 0, text.length());
  }

  private Entry put(String key, String value) {
    return db.put(bytes(key), 0, key.length(), string(value));
  }

  private void begin(long nowMs, ExpiryMode mode) {
    keyspaces.beginCommand(nowMs, mode, true);
  }

  private static final class Recorder implements KeyspaceObserver {
    final List<String> expired = new ArrayList<>();
    int touchedAll;

    @Override
    public void touched(int database, int hash) {}

    @Override
    public void touchedAll(int database) {
      touchedAll++;
    }

    @Override
    public void changing(int database, Entry entry) {}

    @Override
    public void changingAll(int database) {}

    @Override
    public void expired(int database, byte[] key) {
      expired.add(new String(key, StandardCharsets.UTF_8));
    }
  }

  @Test
  void aPrimaryRemovesAnExpiredKeyAndSaysSoWithoutCountingAChange() {
    Recorder recorder = new Recorder();
    keyspaces.observe(recorder);
    begin(NOW_MS, ExpiryMode.PRIMARY);
    db.expireAt(put("k", "v"), NOW_MS + 10);
    begin(NOW_MS + 9, ExpiryMode.PRIMARY);
    assertNotNull(db.find(bytes("k")));
    long changes = keyspaces.changeCount();
    begin(NOW_MS + 10, ExpiryMode.PRIMARY);
    assertNull(db.find(bytes("k")));
    assertEquals(List.of("k"), recorder.expired);
    assertEquals(changes, keyspaces.changeCount());
    assertEquals(0, db.size());
    assertEquals(0, keyspaces.dataSizeBytes());
  }

  @Test
  void aReplicaHidesAnExpiredKeyAndReplaySeesIt() {
    begin(NOW_MS, ExpiryMode.REPLAY);
    db.expireAt(put("k", "v"), NOW_MS + 10);
    begin(NOW_MS + 10, ExpiryMode.REPLICA_READ);
    assertNull(db.find(bytes("k")));
    assertNotNull(db.random(new Random(1)));
    assertEquals(1, db.size());
    begin(NOW_MS + 10, ExpiryMode.REPLAY);
    assertNotNull(db.find(bytes("k")));
    KeyspaceValidator.validate(keyspaces);
  }

  @Test
  void wholeDatabaseReadsAreReported() {
    Recorder recorder = new Recorder();
    keyspaces.observe(recorder);
    db.scan(0, entry -> {});
    db.forEach(entry -> {});
    db.random(new Random(1));
    db.countKeys();
    assertEquals(4, recorder.touchedAll);
  }

  @Test
  void clearingLeavesTheOtherDatabaseAlone() {
    put("k", "v");
    keyspaces.database(1).put(bytes("j"), 0, 1, string("a longer value"));
    long before = keyspaces.dataSizeBytes();
    assertEquals(1, db.clear());
    assertTrue(keyspaces.dataSizeBytes() > 0 && keyspaces.dataSizeBytes() < before);
    KeyspaceValidator.validate(keyspaces);
    assertEquals(1, keyspaces.database(1).clear());
    assertEquals(0, keyspaces.dataSizeBytes());
    KeyspaceValidator.validate(keyspaces);
  }

  @Test
  void keysAreCountedPerSlot() {
    Keyspaces sliced = new Keyspaces(1, (key, offset, length) -> key[offset] & 0xFF);
    Keyspace database = sliced.database(0);
    Entry a = database.put(bytes("a1"), 0, 2, string("v"));
    database.put(bytes("a2"), 0, 2, string("v"));
    database.put(bytes("b1"), 0, 2, string("v"));
    assertEquals(2, database.countInSlot('a'));
    assertEquals(2, database.keysInSlot('a', 10).size());
    assertEquals(1, database.keysInSlot('a', 1).size());
    KeyspaceValidator.validate(sliced);
    database.remove(a);
    assertEquals(1, database.countInSlot('a'));
    database.clear();
    assertEquals(0, database.countInSlot('b'));
    KeyspaceValidator.validate(sliced);
  }

  @Test
  void theMemoryAccountIsExactAfterAnySequenceOfChanges() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    ValueLimits limits = new ValueLimits();
    limits.hashPackedEntries = 8;
    limits.listChunkLimit = 4;
    limits.setPackedEntries = 8;
    limits.sortedSetPackedEntries = 8;
    for (int i = 0; i < 40_000; i++) {
      begin(NOW_MS + i / 100, ExpiryMode.PRIMARY);
      for (int j = random.nextInt(30); j >= 0; j--) {
        change(keyspaces.database(random.nextInt(2)), random, limits);
      }
      if (random.nextInt(500) == 0) {
        keyspaces.swap(0, 1);
      }
      if (random.nextInt(3000) == 0) {
        db.clear();
      }
      keyspaces.endCommand();
      if (i % 1000 == 0) {
        validate(seed);
      }
    }
    validate(seed);
  }

  private void validate(long seed) {
    try {
      KeyspaceValidator.validate(keyspaces);
    } catch (Error violation) {
      throw new AssertionError("-Dseed=" + seed, violation);
    }
  }

  private static void change(Keyspace database, Random random, ValueLimits limits) {
    byte[] key = bytes("key:" + random.nextInt(200));
    byte[] value = bytes("v".repeat(random.nextInt(100)));
    Entry entry = database.find(key);
    if (entry == null) {
      database.add(key, 0, key.length, newValue(random, value));
      return;
    }
    switch (random.nextInt(8)) {
      case 0 -> database.remove(entry);
      case 1 -> database.expireAt(entry, NOW_MS + random.nextInt(500));
      case 2 -> database.clearExpiry(entry);
      case 3 -> database.replace(entry, new StringValue(value, 0, value.length));
      default -> {
        database.edit(entry);
        if (entry.value() instanceof StringValue string) {
          string.append(value, 0, value.length / 4);
        } else if (entry.value() instanceof HashValue hash) {
          ByteRange name = ByteRange.of(bytes("f" + random.nextInt(20)));
          if (random.nextInt(3) == 0) {
            hash.remove(name);
          } else {
            hash.put(name, ByteRange.of(value), limits);
          }
        } else {
          changeCollection(entry.value(), bytes("m" + random.nextInt(40)), random, limits);
        }
      }
    }
  }

  private static Value newValue(Random random, byte[] text) {
    return switch (random.nextInt(5)) {
      case 0 -> new HashValue();
      case 1 -> new ListValue();
      case 2 -> new SetValue();
      case 3 -> new SortedSetValue();
      default -> new StringValue(text, 0, text.length);
    };
  }

  private static void changeCollection(
      Value value, byte[] member, Random random, ValueLimits limits) {
    ByteRange range = ByteRange.of(member);
    boolean adds = random.nextInt(3) > 0;
    if (value instanceof ListValue list) {
      if (adds) {
        list.growing(member.length, 1, limits);
        list.pushHead(range, limits);
      } else {
        list.removeTail(Math.min(2, list.size()));
        list.shrunk(limits);
      }
    } else if (value instanceof SetValue set) {
      if (adds) {
        set.add(range, limits);
      } else {
        set.remove(range);
      }
    } else if (value instanceof SortedSetValue sorted) {
      if (sorted.contains(member, 0, member.length)) {
        sorted.remove(member, 0, member.length);
      } else {
        sorted.add(member, 0, member.length, random.nextInt(20), limits);
      }
    }
  }

  @Test
  void anAccessEndsTheIdleTimeUnlessTheClientAskedNotTo() {
    begin(NOW_MS, ExpiryMode.PRIMARY);
    put("k", "v");
    keyspaces.beginCommand(NOW_MS + 5000, ExpiryMode.PRIMARY, false);
    Entry entry = db.read(bytes("k"), 0, 1);
    assertNotNull(entry);
    assertEquals(5, db.idleSeconds(entry));
    begin(NOW_MS + 5000, ExpiryMode.PRIMARY);
    db.peek(bytes("k"), 0, 1);
    assertEquals(5, db.idleSeconds(entry));
    db.edit(entry);
    keyspaces.endCommand();
    assertEquals(0, db.idleSeconds(entry));
    assertFalse(entry.expires());
  }
}
