package io.engramdb.node.engine.dict;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The hash table with keys of 16 bytes, looked up in random order. */
public class DictionaryBenchmark {
  private static final int BATCH = 1_024;

  private static byte[] key(int number) {
    return "key:%012d".formatted(number).getBytes(StandardCharsets.US_ASCII);
  }

  private static DictNode node(byte[] key) {
    return new DictNode(key, ByteHash.of(key, 0, key.length));
  }

  private static DictNode[] nodes(int count) {
    DictNode[] nodes = new DictNode[count];
    for (int i = 0; i < count; i++) {
      nodes[i] = node(key(i));
    }
    return nodes;
  }

  /** A table that does not change in size. */
  @State(Scope.Thread)
  public static class Full {
    /** Keys in the table; a million do not fit into the caches. */
    @Param({"10000", "1000000"})
    public int keys;

    private final Dictionary<DictNode> dictionary = new Dictionary<>();
    private final byte[][] present = new byte[BATCH][];
    private final byte[][] absent = new byte[BATCH][];
    private final SplittableRandom random = new SplittableRandom(1);
    private DictNode[] nodes;

    /** Fills the table. */
    @Setup
    public void fill() {
      nodes = nodes(keys);
      for (DictNode node : nodes) {
        dictionary.add(node);
      }
    }

    /** Other keys for each iteration. */
    @Setup(Level.Iteration)
    public void choose() {
      for (int i = 0; i < BATCH; i++) {
        present[i] = key(random.nextInt(keys));
        absent[i] = key(keys + random.nextInt(keys));
      }
    }
  }

  private static int findAll(Full full, byte[][] keys) {
    int found = 0;
    for (byte[] key : keys) {
      int hash = ByteHash.of(key, 0, key.length);
      if (full.dictionary.find(hash, key, 0, key.length) != null) {
        found++;
      }
    }
    return found;
  }

  /** Hash and look-up of keys that are there. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int findPresent(Full full) {
    return findAll(full, full.present);
  }

  /** Hash and look-up of keys that are not. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int findAbsent(Full full) {
    return findAll(full, full.absent);
  }

  /** Takes a node out and puts it back. */
  @Benchmark
  public int removeAndAdd(Full full) {
    DictNode node = full.nodes[full.random.nextInt(full.keys)];
    full.dictionary.remove(node);
    full.dictionary.add(node);
    return full.dictionary.size();
  }

  /** A table that grows. */
  @State(Scope.Thread)
  public static class Empty {
    static final int KEYS = 100_000;

    private DictNode[] nodes;
    private Dictionary<DictNode> dictionary;

    /** A new table, for the nodes of the one before, which nobody uses any more. */
    @Setup(Level.Invocation)
    public void empty() {
      if (nodes == null) {
        nodes = nodes(KEYS);
      }
      dictionary = new Dictionary<>();
    }
  }

  /** From empty to 100,000 keys, all steps of growing included; the figure is that of one key. */
  @Benchmark
  @OperationsPerInvocation(Empty.KEYS)
  public int grow(Empty empty) {
    for (DictNode node : empty.nodes) {
      empty.dictionary.add(node);
    }
    return empty.dictionary.size();
  }
}
