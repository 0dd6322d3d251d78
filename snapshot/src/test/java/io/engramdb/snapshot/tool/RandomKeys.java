package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/** Says random keys of all types and many sizes to a visitor; the same ones for the same seed. */
final class RandomKeys {
  private static final long FAR_FUTURE_MS = 4_102_444_800_000L;
  private static final int TYPES = 6;

  private final Random random;
  private final boolean fieldsExpire;

  /** Whether the visitor is told how many elements follow. */
  private final boolean counts;

  RandomKeys(long seed, boolean fieldsExpire, boolean counts) {
    this.random = new Random(seed);
    this.fieldsExpire = fieldsExpire;
    this.counts = counts;
  }

  /** A whole file of so many keys. */
  void visit(int keys, RdbVisitor visitor) throws IOException {
    visitor.header(new RdbVersion(false, RdbVersion.REDIS_7_2));
    for (int database = 0; database < 2; database++) {
      visitor.databaseSize(database, keys, 0);
      for (int i = 0; i < keys / 2; i++) {
        boolean expires = random.nextInt(4) == 0;
        long expireAtMs = expires ? FAR_FUTURE_MS + random.nextInt(1000) : RdbKey.NO_EXPIRY;
        byte[] name = ("key:" + i + ":" + random.nextInt(100)).getBytes(StandardCharsets.UTF_8);
        key(new RdbKey(database, name, expireAtMs), visitor);
      }
    }
    visitor.end();
  }

  /** One key. */
  void key(RdbKey key, RdbVisitor visitor) throws IOException {
    switch (random.nextInt(TYPES)) {
      case 0 -> visitor.string(key, element());
      case 1 -> list(key, visitor);
      case 2 -> set(key, visitor);
      case 3 -> sortedSet(key, visitor);
      case 4 -> hash(key, visitor);
      default -> stream(key, visitor);
    }
  }

  private long said(long count) {
    return counts ? count : RdbVisitor.UNKNOWN_COUNT;
  }

  private int size() {
    return switch (random.nextInt(10)) {
      case 0 -> 1;
      case 1 -> 100 + random.nextInt(60);
      case 2 -> 480 + random.nextInt(60);
      case 3 -> 1 + random.nextInt(3000);
      default -> 1 + random.nextInt(20);
    };
  }

  private byte[] element() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> Long.toString(random.nextLong() >> random.nextInt(64)).getBytes();
      case 2 -> Integer.toString(random.nextInt(-5, 300)).getBytes();
      case 3 -> new byte[0];
      case 4 -> ("user-" + random.nextInt(1000)).repeat(1 + random.nextInt(20)).getBytes();
      case 5 -> binary(random.nextInt(50));
      case 6 -> random.nextInt(20) == 0 ? binary(random.nextInt(20_000)) : binary(63);
      default -> odd();
    };
  }

  private byte[] odd() {
    String[] texts = {
      "-0", "007", "+1", "9223372036854775808", "-9223372036854775808", "1.5", " 1"
    };
    return texts[random.nextInt(texts.length)].getBytes();
  }

  private byte[] binary(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private List<byte[]> different(int count) {
    boolean numbers = random.nextInt(3) == 0;
    TreeSet<byte[]> all = new TreeSet<>(java.util.Arrays::compareUnsigned);
    int shift = random.nextInt(60);
    for (int i = 0; i < count; i++) {
      all.add(numbers ? Long.toString(random.nextLong() >> shift).getBytes() : element());
    }
    List<byte[]> shuffled = new ArrayList<>(all);
    java.util.Collections.shuffle(shuffled, random);
    return shuffled;
  }

  private void list(RdbKey key, RdbVisitor visitor) throws IOException {
    int count = size();
    visitor.beginList(key, said(count));
    for (int i = 0; i < count; i++) {
      visitor.element(element());
    }
    visitor.endKey();
  }

  private void set(RdbKey key, RdbVisitor visitor) throws IOException {
    List<byte[]> members = different(size());
    visitor.beginSet(key, said(members.size()));
    for (byte[] each : members) {
      visitor.member(each);
    }
    visitor.endKey();
  }

  private void sortedSet(RdbKey key, RdbVisitor visitor) throws IOException {
    List<byte[]> members = different(size());
    visitor.beginSortedSet(key, said(members.size()));
    for (byte[] each : members) {
      visitor.scoredMember(each, score());
    }
    visitor.endKey();
  }

  private double score() {
    return switch (random.nextInt(8)) {
      case 0 -> Double.POSITIVE_INFINITY;
      case 1 -> Double.NEGATIVE_INFINITY;
      case 2 -> random.nextLong() >> random.nextInt(64);
      case 3 -> Double.MIN_VALUE * random.nextInt(1, 9);
      case 4 -> random.nextGaussian() * Math.pow(10, random.nextInt(-300, 300));
      default -> random.nextInt(100) / 8.0;
    };
  }

  private void hash(RdbKey key, RdbVisitor visitor) throws IOException {
    List<byte[]> fields = different(size());
    boolean expiring = fieldsExpire && random.nextBoolean();
    visitor.beginHash(key, said(fields.size()), fieldsExpire);
    for (byte[] each : fields) {
      boolean expires = expiring && random.nextBoolean();
      long expireAtMs = expires ? FAR_FUTURE_MS + random.nextInt(1 << 20) : RdbKey.NO_EXPIRY;
      visitor.field(each, element(), expireAtMs);
    }
    visitor.endKey();
  }

  private void stream(RdbKey key, RdbVisitor visitor) throws IOException {
    int count = random.nextInt(8) == 0 ? 0 : size();
    visitor.beginStream(key, said(count));
    byte[][] names = {"temperature".getBytes(), "unit".getBytes(), element()};
    long ms = 1_600_000_000_000L;
    long sequence = random.nextInt(3);
    List<StreamId> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (random.nextBoolean()) {
        ms += random.nextInt(1, 5000);
        sequence = random.nextInt(2) == 0 ? 0 : random.nextInt(100_000);
      } else {
        sequence++;
      }
      ids.add(new StreamId(ms, sequence));
      byte[][] pairs =
          random.nextInt(5) == 0
              ? new byte[][] {element(), element()}
              : new byte[][] {names[0], element(), names[1], element(), names[2], element()};
      visitor.streamEntry(ms, sequence, pairs);
    }
    StreamId last = new StreamId(ms + 10, 7);
    StreamId first = ids.isEmpty() ? StreamId.ZERO : ids.getFirst();
    StreamId deleted = random.nextBoolean() ? StreamId.ZERO : new StreamId(ms, sequence + 1);
    long added = count + random.nextInt(1, 3);
    visitor.streamState(new StreamState(count, last, first, deleted, added));
    groups(ids, last, added, visitor);
    visitor.endKey();
  }

  private void groups(List<StreamId> ids, StreamId last, long added, RdbVisitor visitor)
      throws IOException {
    for (int i = random.nextInt(3); i > 0; i--) {
      long read = random.nextBoolean() ? StreamState.UNKNOWN_ENTRIES_READ : added;
      visitor.group(("group-" + i).getBytes(), last, read);
      int at = 0;
      for (int j = random.nextInt(4); j > 0; j--) {
        long seenMs = 1_700_000_000_000L + random.nextInt(1000);
        visitor.consumer(("consumer-" + j).getBytes(), seenMs, seenMs - random.nextInt(100));
        for (int k = random.nextInt(10); k > 0 && at < ids.size(); k--) {
          StreamId id = ids.get(at++);
          visitor.pending(id.ms(), id.sequence(), 1_700_000_000_000L, 1 + random.nextInt(5));
        }
      }
    }
  }
}
