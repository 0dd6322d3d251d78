package io.engramdb.node.engine.value;

import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/**
 * Collects members with scores, in any order, into a sorted set; the scores of a member that comes
 * again are combined. Sorting once at the end is cheaper than keeping the order all the time.
 */
public final class ScoreSum {

  private final Dictionary<SortedEntry> entries = new Dictionary<>();

  /** Adds a member, or combines its score with the one that it has. */
  public void add(
      byte[] array, int offset, int length, double score, DoubleBinaryOperator combine) {
    SortedEntry present = entries.find(ByteHash.of(array, offset, length), array, offset, length);
    if (present == null) {
      entries.add(new SortedEntry(new ByteRange(array, offset, length).copy(), score));
    } else {
      present.score = combine.applyAsDouble(present.score, score);
    }
  }

  /** All of them in order. */
  public SortedSetValue toSortedSet(ValueLimits limits) {
    SortedEntry[] sorted = new SortedEntry[entries.size()];
    int[] filled = {0};
    entries.forEach(entry -> sorted[filled[0]++] = entry);
    Arrays.sort(sorted, SortedEntry::compareTo);
    SortedSetValue set = new SortedSetValue();
    set.expect(sorted.length, limits);
    for (SortedEntry entry : sorted) {
      set.add(entry.key, 0, entry.key.length, entry.score, limits);
    }
    return set;
  }
}
