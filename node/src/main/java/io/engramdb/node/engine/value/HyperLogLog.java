package io.engramdb.node.engine.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How many different elements were added, within about a percent, in at most 12 KiB: 16,384
 * registers of six bits, each the longest run of zeros seen among the hashes that chose it.
 *
 * <p>The bytes of a string, in the layout of Redis ({@code hyperloglog.c}), byte for byte:
 *
 * <pre>
 *  0  4  "HYLL"
 *  4  1  encoding: 0 dense, 1 sparse
 *  5  3  unused
 *  8  8  cached cardinality, little endian; the highest bit says that it is stale
 * 16     dense: registers, six bits each, from the lowest bit of the first byte on
 *        sparse: runs. 00xxxxxx: x+1 zeros; 01xxxxxx yyyyyyyy: xy+1 zeros; 1vvvvvxx: x+1 times v+1
 * </pre>
 *
 * <p>The estimate is Ertl's improved one ("New cardinality estimation algorithms for HyperLogLog
 * sketches", 2017), the hash MurmurHash64A. No state of its own: everything works on {@link
 * StringValue}s. Shard thread only.
 */
public final class HyperLogLog {

  public static final int REGISTERS = 1 << 14;
  public static final int HEADER_BYTES = 16;
  public static final int DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 / 8;

  /** Bits of a hash behind those that choose the register. */
  private static final int HASH_BITS_LEFT = 50;

  private static final byte[] MAGIC = "HYLL".getBytes(StandardCharsets.US_ASCII);
  private static final int ENCODING_AT = 4;
  private static final int CACHE_AT = 8;
  private static final int STALE_AT = 15;
  private static final byte DENSE = 0;
  private static final byte SPARSE = 1;

  private static final int MAX_ZEROS = 64;
  private static final int MAX_SPARSE_VALUE = 32;
  private static final int MAX_VALUE_RUN = 4;
  private static final int MERGES_TRIED = 5;

  private static final long HASH_SEED = 0xadc83b19L;
  private static final long HASH_MULTIPLIER = 0xc6a4a7935bd1e995L;
  private static final int HASH_SHIFT = 47;

  /** Bias of infinitely many registers: 1 / (2 ln 2). */
  private static final double ALPHA = 0.721347520444481703680;

  private HyperLogLog() {}

  /** An empty one, sparse; its cached cardinality is valid. */
  public static StringValue empty() {
    StringValue string = StringValue.zeros(HEADER_BYTES + 2);
    byte[] bytes = string.array();
    System.arraycopy(MAGIC, 0, bytes, 0, MAGIC.length);
    bytes[ENCODING_AT] = SPARSE;
    bytes[HEADER_BYTES] = 0x7F;
    bytes[HEADER_BYTES + 1] = (byte) 0xFF;
    return string;
  }

  /** Whether the string looks like one; what is in it may still be damaged. */
  public static boolean isOne(StringValue string) {
    byte[] bytes = string.array();
    int length = string.length();
    if (length < HEADER_BYTES
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || (bytes[ENCODING_AT] != DENSE && bytes[ENCODING_AT] != SPARSE)) {
      return false;
    }
    return bytes[ENCODING_AT] == SPARSE || length == DENSE_BYTES;
  }

  public static boolean isDense(StringValue string) {
    return string.array()[ENCODING_AT] == DENSE;
  }

  /** Whether its registers can be read: the runs of a sparse one must give all of them. */
  public static boolean isWhole(StringValue string) {
    return isDense(string) || forEachRun(string, (first, count, value) -> {});
  }

  // --- elements

  /** Hash of an element. */
  public static long hash(byte[] array, int offset, int length) {
    long hash = HASH_SEED ^ length * HASH_MULTIPLIER;
    int at = offset;
    int end = offset + (length & ~7);
    for (; at < end; at += 8) {
      long word = littleEndian(array, at, 8) * HASH_MULTIPLIER;
      word = (word ^ word >>> HASH_SHIFT) * HASH_MULTIPLIER;
      hash = (hash ^ word) * HASH_MULTIPLIER;
    }
    if ((length & 7) != 0) {
      hash = (hash ^ littleEndian(array, at, length & 7)) * HASH_MULTIPLIER;
    }
    hash = (hash ^ hash >>> HASH_SHIFT) * HASH_MULTIPLIER;
    return hash ^ hash >>> HASH_SHIFT;
  }

  private static long littleEndian(byte[] array, int at, int count) {
    long word = 0;
    for (int i = 0; i < count; i++) {
      word |= (array[at + i] & 0xFFL) << 8 * i;
    }
    return word;
  }

  /** The register that a hash belongs to. */
  public static int registerOf(long hash) {
    return (int) hash & REGISTERS - 1;
  }

  /** What that register must be at least: 1 to 51. */
  public static int valueOf(long hash) {
    return Long.numberOfTrailingZeros(hash >>> 14 | 1L << HASH_BITS_LEFT) + 1;
  }

  // --- registers

  /** One register; only of a whole one. */
  public static int get(StringValue string, int register) {
    if (isDense(string)) {
      return getDense(string.array(), register);
    }
    byte[] bytes = string.array();
    int at = HEADER_BYTES;
    int first = 0;
    while (register >= first + runOf(bytes, at)) {
      first += runOf(bytes, at);
      at += isLongZeros(bytes[at]) ? 2 : 1;
    }
    return isValue(bytes[at]) ? sparseValue(bytes[at]) : 0;
  }

  /**
   * Raises a register; it must be lower.
   *
   * @param sparseBytes a sparse one that would become longer is made dense
   */
  public static void raise(StringValue string, int register, int value, long sparseBytes) {
    if (!isDense(string)) {
      if (value <= MAX_SPARSE_VALUE && raiseSparse(string, register, value, sparseBytes)) {
        return;
      }
      toDense(string);
    }
    setDense(string.array(), register, value);
  }

  /** Says that the cached cardinality is not right any more. */
  public static void invalidate(StringValue string) {
    string.array()[STALE_AT] |= (byte) 0x80;
  }

  /** Makes it dense unless it is. */
  public static void toDense(StringValue string) {
    if (isDense(string)) {
      return;
    }
    byte[] dense = new byte[DENSE_BYTES];
    System.arraycopy(string.array(), 0, dense, 0, HEADER_BYTES);
    dense[ENCODING_AT] = DENSE;
    forEachRun(
        string,
        (first, count, value) -> {
          for (int i = first; value > 0 && i < first + count; i++) {
            setDense(dense, i, value);
          }
        });
    string.assign(dense, 0, dense.length);
  }

  /** Raises each of these registers to the one of the string; only of a whole one. */
  public static void mergeInto(byte[] registers, StringValue string) {
    if (isDense(string)) {
      byte[] bytes = string.array();
      for (int i = 0; i < REGISTERS; i++) {
        registers[i] = (byte) Math.max(registers[i], getDense(bytes, i));
      }
      return;
    }
    forEachRun(
        string,
        (first, count, value) -> {
          for (int i = first; value > 0 && i < first + count; i++) {
            registers[i] = (byte) Math.max(registers[i], value);
          }
        });
  }

  private static int getDense(byte[] bytes, int register) {
    int bit = register * 6;
    int at = HEADER_BYTES + (bit >> 3);
    int low = bytes[at] & 0xFF;
    int high = at + 1 < DENSE_BYTES ? bytes[at + 1] & 0xFF : 0;
    return (high << 8 | low) >> (bit & 7) & 63;
  }

  private static void setDense(byte[] bytes, int register, int value) {
    int bit = register * 6;
    int at = HEADER_BYTES + (bit >> 3);
    int shift = bit & 7;
    bytes[at] = (byte) (bytes[at] & ~(63 << shift) | value << shift);
    if (shift > 2) {
      bytes[at + 1] = (byte) (bytes[at + 1] & ~(63 >> 8 - shift) | value >> 8 - shift);
    }
  }

  // --- runs of a sparse one

  /** Hears the runs of a sparse one. */
  @FunctionalInterface
  public interface RunVisitor {
    /**
     * Neighbouring registers that are equal.
     *
     * @param value 0 for none
     */
    void run(int first, int count, int value);
  }

  /**
   * Visits the runs.
   *
   * @return whether they are all registers and no more
   */
  public static boolean forEachRun(StringValue string, RunVisitor visitor) {
    byte[] bytes = string.array();
    int end = string.length();
    int first = 0;
    int at = HEADER_BYTES;
    while (at < end) {
      boolean isLong = isLongZeros(bytes[at]);
      if (isLong && at + 1 == end) {
        return false;
      }
      int run = runOf(bytes, at);
      if (first + run > REGISTERS) {
        return false;
      }
      visitor.run(first, run, isValue(bytes[at]) ? sparseValue(bytes[at]) : 0);
      first += run;
      at += isLong ? 2 : 1;
    }
    return first == REGISTERS;
  }

  /** Whether a run of a sparse one is written in two bytes. */
  private static boolean isLongZeros(byte opcode) {
    return (opcode & 0xC0) == 0x40;
  }

  private static boolean isValue(byte opcode) {
    return opcode < 0;
  }

  private static int sparseValue(byte opcode) {
    return (opcode >> 2 & 31) + 1;
  }

  private static int runOf(byte[] bytes, int at) {
    byte opcode = bytes[at];
    if (isValue(opcode)) {
      return (opcode & 3) + 1;
    }
    return isLongZeros(opcode)
        ? ((opcode & 0x3F) << 8 | bytes[at + 1] & 0xFF) + 1
        : (opcode & 0x3F) + 1;
  }

  private static byte valueRun(int value, int count) {
    return (byte) (0x80 | value - 1 << 2 | count - 1);
  }

  /** Writes a run of zeros, and answers where the next one may stand. */
  private static int putZeros(byte[] into, int at, int count) {
    if (count > MAX_ZEROS) {
      into[at] = (byte) (0x40 | count - 1 >> 8);
      into[at + 1] = (byte) (count - 1);
      return at + 2;
    }
    into[at] = (byte) (count - 1);
    return at + 1;
  }

  /**
   * Splits the run that the register is in.
   *
   * @return false if the string would become too long; then nothing has changed
   */
  private static boolean raiseSparse(
      StringValue string, int register, int value, long sparseBytes) {
    byte[] bytes = string.array();
    int previous = HEADER_BYTES;
    int at = HEADER_BYTES;
    int first = 0;
    while (register >= first + runOf(bytes, at)) {
      previous = at;
      first += runOf(bytes, at);
      at += isLongZeros(bytes[at]) ? 2 : 1;
    }
    int run = runOf(bytes, at);
    if (run == 1) {
      bytes[at] = valueRun(value, 1);
    } else {
      byte[] split = new byte[5];
      int length = split(bytes[at], register - first, run, value, split);
      int old = isLongZeros(bytes[at]) ? 2 : 1;
      if (length > old && string.length() + length - old > sparseBytes) {
        return false;
      }
      string.splice(at, old, split, 0, length);
    }
    join(string, previous);
    invalidate(string);
    return true;
  }

  /** The runs in place of one, with another value at that place of it. */
  private static int split(byte opcode, int place, int run, int value, byte[] into) {
    int behind = run - place - 1;
    int at = 0;
    if (isValue(opcode)) {
      int present = sparseValue(opcode);
      if (place > 0) {
        into[at++] = valueRun(present, place);
      }
      into[at++] = valueRun(value, 1);
      if (behind > 0) {
        into[at++] = valueRun(present, behind);
      }
      return at;
    }
    at = place > 0 ? putZeros(into, at, place) : at;
    into[at++] = valueRun(value, 1);
    return behind > 0 ? putZeros(into, at, behind) : at;
  }

  /** Joins neighbouring runs of the same value, a few from that one on. */
  private static void join(StringValue string, int from) {
    int at = from;
    for (int i = 0; i < MERGES_TRIED && at < string.length(); i++) {
      byte[] bytes = string.array();
      byte opcode = bytes[at];
      if (!isValue(opcode)) {
        at += isLongZeros(opcode) ? 2 : 1;
        continue;
      }
      if (at + 1 < string.length() && isValue(bytes[at + 1])) {
        int together = runOf(bytes, at) + runOf(bytes, at + 1);
        if (sparseValue(opcode) == sparseValue(bytes[at + 1]) && together <= MAX_VALUE_RUN) {
          bytes[at + 1] = valueRun(sparseValue(opcode), together);
          string.splice(at, 1, bytes, at, 0);
          continue;
        }
      }
      at++;
    }
  }

  // --- how many

  /** The cached cardinality; negative if it is stale. */
  public static long cached(StringValue string) {
    byte[] bytes = string.array();
    return bytes[STALE_AT] < 0 ? -1 : littleEndian(bytes, CACHE_AT, 8);
  }

  /** Remembers the cardinality. */
  public static void cache(StringValue string, long count) {
    for (int i = 0; i < 8; i++) {
      string.array()[CACHE_AT + i] = (byte) (count >>> 8 * i);
    }
  }

  /** How many elements were added, about; only of a whole one. */
  public static long estimate(StringValue string) {
    int[] histogram = new int[64];
    if (isDense(string)) {
      for (int i = 0; i < REGISTERS; i++) {
        histogram[getDense(string.array(), i)]++;
      }
    } else {
      forEachRun(string, (first, count, value) -> histogram[value] += count);
    }
    return estimate(histogram);
  }

  /** As {@link #estimate(StringValue)} of single registers. */
  public static long estimate(byte[] registers) {
    int[] histogram = new int[64];
    for (byte register : registers) {
      histogram[register]++;
    }
    return estimate(histogram);
  }

  private static long estimate(int[] histogram) {
    double m = REGISTERS;
    double z = m * tau((m - histogram[HASH_BITS_LEFT + 1]) / m);
    for (int i = HASH_BITS_LEFT; i >= 1; i--) {
      z += histogram[i];
      z *= 0.5;
    }
    z += m * sigma(histogram[0] / m);
    return Math.round(ALPHA * m * m / z);
  }

  private static double tau(double start) {
    if (start == 0 || start == 1) {
      return 0;
    }
    double x = start;
    double y = 1;
    double z = 1 - x;
    double before;
    do {
      x = Math.sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    } while (before != z);
    return z / 3;
  }

  private static double sigma(double start) {
    if (start == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double x = start;
    double y = 1;
    double z = x;
    double before;
    do {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    } while (before != z);
    return z;
  }
}
