package io.engramdb.node.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.StringValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** What is accounted for data is what they take on the heap, as the virtual machine counts it. */
class MemoryAccountTest {

  /** A class of the histogram: number, instances, bytes, name. */
  private static final Pattern LINE =
      Pattern.compile("^ *\\d+: +\\d+ +(\\d+) +(.+)$", Pattern.MULTILINE);

  /** Bytes that the virtual machine and the test use meanwhile. */
  private static final long NOISE_BYTES = 300_000;

  private static final double TOLERANCE = 0.02;
  private static final long FAR_AWAY_MS = 10_000_000_000_000L;

  private final ValueLimits limits = new ValueLimits();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteRange range(String text) {
    return ByteRange.of(bytes(text));
  }

  /**
   * Bytes of all objects that are alive. What fills the rest of the collector's regions behind
   * large arrays is none of them.
   */
  private static long liveBytes() {
    try {
      Object text =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      Matcher line = LINE.matcher((String) text);
      long bytes = 0;
      while (line.find()) {
        bytes += line.group(2).contains("Filler") ? 0 : Long.parseLong(line.group(1));
      }
      assertTrue(bytes > 0, () -> "no classes in " + text);
      return bytes;
    } catch (JMException e) {
      throw new AssertionError(e);
    }
  }

  private void isAccounted(String what, int keys, boolean expiring, IntFunction<Value> value) {
    long before = liveBytes();
    Keyspaces keyspaces = new Keyspaces(1, null);
    keyspaces.beginCommand(0, ExpiryMode.PRIMARY, true);
    Keyspace database = keyspaces.database(0);
    long emptyBytes = keyspaces.usedBytes();
    for (int i = 0; i < keys; i++) {
      byte[] key = bytes(String.format("key:%012d", i));
      Entry entry = database.add(key, 0, key.length, value.apply(i));
      if (expiring) {
        database.expireAt(entry, FAR_AWAY_MS - i);
      }
    }
    keyspaces.endCommand();
    while (database.rehash(1000)) {}
    long real = liveBytes() - before;
    long accounted = keyspaces.usedBytes() - emptyBytes;
    System.out.printf(
        "%s: %,d keys, real %.1f, accounted %.1f bytes each%n",
        what, keys, (double) real / keys, (double) accounted / keys);
    assertEquals(real, accounted, real * TOLERANCE + NOISE_BYTES, what);
    // The data have to live until here.
    assertEquals(keys, database.size());
  }

  private HashValue hash(int fields, int valueBytes) {
    HashValue hash = new HashValue();
    for (int i = 0; i < fields; i++) {
      hash.put(range("field-" + i), range("v".repeat(valueBytes)), limits);
    }
    return hash;
  }

  private HashValue expiringHash(int fields) {
    HashValue hash = hash(fields, 10);
    for (int i = 0; i < fields; i++) {
      hash.expireAt(range("field-" + i), FAR_AWAY_MS - i);
    }
    return hash;
  }

  private SetValue set(int members, boolean integers) {
    SetValue set = SetValue.of(integers, members, limits);
    for (int i = 0; i < members; i++) {
      set.add(range(integers ? "" + i : "member-" + i), limits);
    }
    return set;
  }

  private SortedSetValue sortedSet(int members) {
    SortedSetValue set = new SortedSetValue();
    for (int i = 0; i < members; i++) {
      byte[] member = bytes("member-" + i);
      set.add(member, 0, member.length, i * 0.5, limits);
    }
    return set;
  }

  private ListValue list(int items) {
    ListValue list = new ListValue();
    for (int i = 0; i < items; i++) {
      ByteRange item = range("item-----------" + i + "---------");
      list.growing(item.length(), 1, limits);
      list.pushTail(item, limits);
    }
    return list;
  }

  @Test
  void stringsAreAccounted() {
    byte[] content = bytes("x".repeat(64));
    isAccounted("strings", 80_000, false, i -> new StringValue(content, 0, content.length));
    isAccounted("strings that expire", 80_000, true, i -> StringValue.ofLong(i));
    isAccounted("strings of 10 kB", 1000, false, i -> StringValue.zeros(10_000));
  }

  @Test
  void hashesAreAccounted() {
    isAccounted("hashes of 5 fields", 80_000, false, i -> hash(5, 5));
    isAccounted("hashes of 100 fields", 5000, false, i -> hash(100, 10));
    isAccounted("hashes of 300 fields", 500, false, i -> hash(300, 10));
    isAccounted("hashes of 5 fields that expire", 20_000, false, i -> expiringHash(5));
    isAccounted("a hash of 50,000 fields that expire", 1, false, i -> expiringHash(50_000));
    isAccounted("a hash of 200,000 fields", 1, false, i -> hash(200_000, 10));
  }

  @Test
  void setsAreAccounted() {
    isAccounted("sets of 10 integers", 80_000, false, i -> set(10, true));
    isAccounted("sets of 10 members", 40_000, false, i -> set(10, false));
    isAccounted("a set of 200,000 members", 1, false, i -> set(200_000, false));
  }

  @Test
  void sortedSetsAreAccounted() {
    isAccounted("sorted sets of 10 members", 40_000, false, i -> sortedSet(10));
    isAccounted("a sorted set of 200,000 members", 1, false, i -> sortedSet(200_000));
  }

  @Test
  void listsAreAccounted() {
    isAccounted("lists of 5 items", 40_000, false, i -> list(5));
    isAccounted("a list of 300,000 items", 1, false, i -> list(300_000));
  }
}
