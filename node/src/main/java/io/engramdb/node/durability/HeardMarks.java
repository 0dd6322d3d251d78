package io.engramdb.node.durability;

/**
 * How many bytes of records were heard up to which index: a few marks of the way, the newest ones.
 * What it tells is at most a step too much. Shard thread only.
 */
final class HeardMarks {

  /** Marks that are remembered. */
  private static final int MAX_MARKS = 1024;

  private final long[] indexes = new long[MAX_MARKS];
  private final long[] bytes = new long[MAX_MARKS];
  private int count;
  private int next;
  private long totalBytes;

  HeardMarks() {
    begin(ShardSeed.INDEX);
  }

  /** Memory goes on behind that index. */
  void begin(long index) {
    totalBytes = 0;
    count = 0;
    next = 0;
    mark(index);
  }

  /**
   * More was heard.
   *
   * @param index up to which
   * @param stepBytes two marks are so far apart at least
   */
  void heard(long index, int sizeBytes, long stepBytes) {
    totalBytes += sizeBytes;
    if (totalBytes - bytes[last()] >= stepBytes) {
      mark(index);
    }
  }

  private int last() {
    return (next + MAX_MARKS - 1) % MAX_MARKS;
  }

  private void mark(long index) {
    indexes[next] = index;
    bytes[next] = totalBytes;
    next = (next + 1) % MAX_MARKS;
    count = Math.min(count + 1, MAX_MARKS);
  }

  /**
   * Bytes of what was heard behind that index; of an index before all marks, those behind the
   * oldest mark.
   */
  long bytesBehind(long index) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (indexes[place(middle)] <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return totalBytes - bytes[place(low)];
  }

  /** Where the mark is that is that many younger than the oldest. */
  private int place(int age) {
    return (next - count + age + MAX_MARKS) % MAX_MARKS;
  }
}
