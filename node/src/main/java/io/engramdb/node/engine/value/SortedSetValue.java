package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set: {@link PackedScores} while it is small; from then on a {@link Dictionary} from
 * member to score and a {@link RankTree} of the same entries in order (never back, as in Redis).
 *
 * <p>Members stand in order of their scores, equal ones in the order of their bytes; the first has
 * rank 0. Scores are never NaN. Shard thread only.
 */
public final class SortedSetValue extends Value {

  private static final int OWN_BYTES = HeapSize.OBJECT_HEADER_BYTES + 24;

  private static final int ENTRY_BYTES = 32;

  /** A sample of more than one part in this many is taken by walking. */
  private static final int SPARSE_SAMPLE_DIVISOR = 3;

  /** The members while the set is small; null from then on. */
  private @Nullable PackedScores packed = new PackedScores();

  /** The members once the set is large, as {@link #tree} has them; null until then. */
  private @Nullable Dictionary<SortedEntry> table;

  private @Nullable RankTree tree;

  /** Bytes of the table's entries. */
  private long tableBytes;

  public int size() {
    return packed != null ? packed.count() : tree().size();
  }

  private Dictionary<SortedEntry> table() {
    Dictionary<SortedEntry> present = table;
    if (present == null) {
      throw new IllegalStateException("the sorted set is packed");
    }
    return present;
  }

  private RankTree tree() {
    RankTree present = tree;
    if (present == null) {
      throw new IllegalStateException("the sorted set is packed");
    }
    return present;
  }

  private @Nullable SortedEntry find(byte[] array, int offset, int length) {
    return table().find(ByteHash.of(array, offset, length), array, offset, length);
  }

  // --- asking

  /** The score of a member; NaN if there is none. */
  public double score(byte[] array, int offset, int length) {
    if (packed != null) {
      int place = packed.find(array, offset, length);
      return place < 0 ? Double.NaN : packed.scoreAt(place);
    }
    SortedEntry entry = find(array, offset, length);
    return entry == null ? Double.NaN : entry.score;
  }

  public boolean contains(byte[] array, int offset, int length) {
    return !Double.isNaN(score(array, offset, length));
  }

  /** The rank of a member; -1 if there is none. */
  public int rank(byte[] array, int offset, int length) {
    if (packed != null) {
      int place = packed.find(array, offset, length);
      return place < 0 ? -1 : packed.rankOf(place);
    }
    SortedEntry entry = find(array, offset, length);
    return entry == null ? -1 : tree().rankOf(entry);
  }

  /** Members below a bound: the rank of the first that is not. */
  public int countBelow(RankBound bound) {
    return packed != null ? packed.countBelow(bound) : tree().countBelow(bound);
  }

  /** Visits members from a rank on upwards, {@code count} of them at most. */
  public void visitRange(int rank, int count, ScoredVisitor visitor) {
    if (packed != null) {
      packed.visitRange(rank, count, visitor);
    } else {
      tree().visitRange(rank, count, visitor);
    }
  }

  /** Visits members from a rank on downwards, {@code count} of them at most. */
  public void visitRangeBackwards(int rank, int count, ScoredVisitor visitor) {
    if (packed != null) {
      packed.visitRangeBackwards(rank, count, visitor);
    } else {
      tree().visitRangeBackwards(rank, count, visitor);
    }
  }

  /** Visits all members in order, until the visitor has seen enough. */
  public void forEach(ScoredVisitor visitor) {
    visitRange(0, size(), visitor);
  }

  /**
   * Visits some members; see {@link Dictionary#scan}. A packed set is visited whole.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long cursor, ScoredVisitor visitor) {
    if (packed != null) {
      packed.visitRange(0, packed.count(), visitor);
      return 0;
    }
    return table().scan(cursor, entry -> entry.visit(visitor));
  }

  /** Visits one member, all with the same chance; the set must not be empty. */
  public void visitRandom(RandomGenerator random, ScoredVisitor visitor) {
    visitRange(random.nextInt(size()), 1, visitor);
  }

  /**
   * Visits {@code count} different members chosen at random.
   *
   * @param count less than {@link #size}
   */
  public void visitSample(int count, RandomGenerator random, ScoredVisitor visitor) {
    if (packed == null && count < size() / SPARSE_SAMPLE_DIVISOR) {
      Set<DictNode> seen = new HashSet<>();
      while (seen.size() < count) {
        SortedEntry entry = tree().get(random.nextInt(size()));
        if (seen.add(entry)) {
          entry.visit(visitor);
        }
      }
      return;
    }
    // Selection sampling (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
    int[] left = {size(), count};
    forEach(
        (array, offset, length, score) -> {
          boolean chosen = random.nextInt(left[0]--) < left[1];
          if (chosen) {
            left[1]--;
            visitor.member(array, offset, length, score);
          }
          return left[1] > 0;
        });
  }

  // --- changing

  /** To be called before a command adds that many members: a set that will be large is made so. */
  public void expect(int members, ValueLimits limits) {
    if (packed != null && members > limits.sortedSetPackedEntries) {
      unpack(Math.max(members, packed.count()));
    }
  }

  /** Adds a member that is not there. */
  public void add(byte[] array, int offset, int length, double score, ValueLimits limits) {
    PackedScores small = packed;
    if (small != null) {
      if (fits(small, length, limits)) {
        small.insert(array, offset, length, score);
        return;
      }
      unpack(small.count() + 1);
    }
    insert(new SortedEntry(new ByteRange(array, offset, length).copy(), score));
  }

  private static boolean fits(PackedScores small, int length, ValueLimits limits) {
    return small.count() < limits.sortedSetPackedEntries
        && length <= limits.sortedSetPackedValueBytes
        && small.usedBytes() + (long) length + 16 <= PackedScores.MAX_BYTES;
  }

  private void insert(SortedEntry entry) {
    table().add(entry);
    tree().insert(entry);
    tableBytes += sizeOf(entry);
  }

  /** Gives a member that is there another score. */
  public void change(byte[] array, int offset, int length, double score) {
    if (packed != null) {
      packed.remove(packed.find(array, offset, length));
      packed.insert(array, offset, length, score);
      return;
    }
    SortedEntry entry = find(array, offset, length);
    if (entry != null) {
      tree().remove(entry);
      entry.score = score;
      tree().insert(entry);
    }
  }

  private void unpack(int expected) {
    PackedScores small = packed;
    Dictionary<SortedEntry> entries = new Dictionary<>();
    entries.reserve(expected);
    table = entries;
    tree = new RankTree();
    packed = null;
    tableBytes = 0;
    if (small != null) {
      small.visitRange(
          0,
          small.count(),
          (array, offset, length, score) -> {
            insert(new SortedEntry(new ByteRange(array, offset, length).copy(), score));
            return true;
          });
    }
  }

  /** Removes a member; false if there is none. The owner removes a set that became empty. */
  public boolean remove(byte[] array, int offset, int length) {
    if (packed != null) {
      int place = packed.find(array, offset, length);
      if (place >= 0) {
        packed.remove(place);
      }
      return place >= 0;
    }
    SortedEntry entry = find(array, offset, length);
    if (entry == null) {
      return false;
    }
    remove(entry);
    return true;
  }

  private void remove(SortedEntry entry) {
    tree().remove(entry);
    table().remove(entry);
    tableBytes -= sizeOf(entry);
  }

  /** Removes the members of ranks that exist. */
  public void removeRange(int rank, int count) {
    if (packed != null) {
      packed.removeRange(rank, count);
    } else {
      tree().entries(rank, count).forEach(this::remove);
    }
  }

  private static long sizeOf(SortedEntry entry) {
    return ENTRY_BYTES + HeapSize.ofArray(entry.key.length);
  }

  // --- as a value

  @Override
  public ValueType type() {
    return ValueType.SORTED_SET;
  }

  @Override
  public String encoding() {
    return packed != null ? "listpack" : "skiplist";
  }

  @Override
  public long sizeBytes() {
    if (packed != null) {
      return OWN_BYTES + packed.sizeBytes();
    }
    return OWN_BYTES
        + Dictionary.OBJECT_BYTES
        + HeapSize.ofReferences(table().weighedBuckets())
        + tableBytes
        + tree().sizeBytes();
  }

  @Override
  public int elementCount() {
    return packed != null ? 1 : size();
  }

  @Override
  public void validate() {
    Invariant.check((packed == null) != (table == null), "a sorted set is packed or a table");
    if (packed != null) {
      packed.validate();
      return;
    }
    table().validate();
    tree().validate();
    Invariant.check(
        table().size() == tree().size(), "%d members, %d ranks", table().size(), tree().size());
    long[] bytes = {0};
    table()
        .forEach(
            entry -> {
              bytes[0] += sizeOf(entry);
              Invariant.check(
                  tree().get(tree().rankOf(entry)) == entry, "a member has a wrong rank");
            });
    Invariant.check(bytes[0] == tableBytes, "entries weigh %d, accounted %d", bytes[0], tableBytes);
  }

  @Override
  public Value copy() {
    SortedSetValue copy = new SortedSetValue();
    if (packed != null) {
      copy.packed = packed.copy();
      return copy;
    }
    copy.packed = null;
    copy.unpack(size());
    forEach(
        (array, offset, length, score) -> {
          copy.insert(new SortedEntry(array, score));
          return true;
        });
    return copy;
  }
}
