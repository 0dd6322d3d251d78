package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Objects in the order of their ids: sorted leaves of up to {@value #LEAF_ITEMS} references, the
 * leaves themselves in an array.
 *
 * <p>Ids of streams grow, so nearly every insertion is at the end and nearly every removal at the
 * front. Two binary searches find an id; a removal moves at most a leaf, and once in a while the
 * array of leaves, which for a million objects is 32 KiB. A radix tree, which upstream has, would
 * touch an object for each byte of an id; a balanced tree would cost an object for each entry.
 * Nobody keeps a place in it: a walk asks for the next id, and may therefore remove as it goes.
 * Shard thread only.
 */
final class IdIndex<T extends IdIndex.Keyed> {

  /** Bytes that an object costs here, half-full leaves included. */
  static final int BYTES_PER_ITEM = 8;

  private static final int LEAF_ITEMS = 128;

  /** Something with an id that does not change. */
  abstract static class Keyed {
    final long ms;
    final long seq;

    Keyed(long ms, long seq) {
      this.ms = ms;
      this.seq = seq;
    }
  }

  private static final class Leaf {
    private Keyed[] items = new Keyed[4];
    private int count;

    /** First place whose id is not less. */
    private int place(long ms, long seq) {
      int low = 0;
      int high = count;
      while (low < high) {
        int middle = (low + high) >>> 1;
        Keyed item = items[middle];
        if (StreamId.compare(item.ms, item.seq, ms, seq) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    private void insert(int at, Keyed item) {
      if (count == items.length) {
        items = Arrays.copyOf(items, Math.min(LEAF_ITEMS, count * 2));
      }
      System.arraycopy(items, at, items, at + 1, count - at);
      items[at] = item;
      count++;
    }

    private void remove(int at) {
      count--;
      System.arraycopy(items, at + 1, items, at, count - at);
      items[count] = null;
    }
  }

  private final ArrayList<Leaf> leaves = new ArrayList<>();
  private int size;

  int size() {
    return size;
  }

  /** Number of the last leaf whose first id is not greater, or 0. */
  private int leafOf(long ms, long seq) {
    int low = 0;
    int high = leaves.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      Keyed first = leaves.get(middle).items[0];
      if (StreamId.compare(first.ms, first.seq, ms, seq) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  @SuppressWarnings("unchecked")
  private @Nullable T at(int leaf, int place) {
    int number = leaf;
    int at = place;
    if (number < leaves.size() && at == leaves.get(number).count) {
      number++;
      at = 0;
    } else if (at < 0) {
      number--;
      at = number < 0 ? 0 : leaves.get(number).count - 1;
    }
    return number < 0 || number >= leaves.size() ? null : (T) leaves.get(number).items[at];
  }

  @Nullable T first() {
    return at(0, 0);
  }

  @Nullable T last() {
    return at(leaves.size(), -1);
  }

  @Nullable T get(long ms, long seq) {
    T item = ceiling(ms, seq);
    return item != null && item.ms == ms && item.seq == seq ? item : null;
  }

  /** The first object whose id is not less. */
  @Nullable T ceiling(long ms, long seq) {
    if (size == 0) {
      return null;
    }
    int leaf = leafOf(ms, seq);
    return at(leaf, leaves.get(leaf).place(ms, seq));
  }

  /** The last object whose id is not greater. */
  @Nullable T floor(long ms, long seq) {
    if (size == 0) {
      return null;
    }
    int leaf = leafOf(ms, seq);
    int place = leaves.get(leaf).place(ms, seq);
    T item = at(leaf, place);
    return item != null && item.ms == ms && item.seq == seq ? item : at(leaf, place - 1);
  }

  /** The first object behind this one. */
  @Nullable T after(T item) {
    int leaf = leafOf(item.ms, item.seq);
    return at(leaf, leaves.get(leaf).place(item.ms, item.seq) + 1);
  }

  /** The last object before this one. */
  @Nullable T before(T item) {
    int leaf = leafOf(item.ms, item.seq);
    return at(leaf, leaves.get(leaf).place(item.ms, item.seq) - 1);
  }

  /** Adds an object whose id is not there. */
  void add(T item) {
    if (leaves.isEmpty()) {
      leaves.add(new Leaf());
    }
    int number = leafOf(item.ms, item.seq);
    Leaf leaf = leaves.get(number);
    int place = leaf.place(item.ms, item.seq);
    if (leaf.count == LEAF_ITEMS) {
      Leaf right = new Leaf();
      leaves.add(number + 1, right);
      if (place == LEAF_ITEMS && number == leaves.size() - 2) {
        // Ids grow: the full leaf stays full.
        place = 0;
      } else {
        int half = LEAF_ITEMS / 2;
        right.items = Arrays.copyOfRange(leaf.items, half, LEAF_ITEMS);
        right.count = LEAF_ITEMS - half;
        Arrays.fill(leaf.items, half, LEAF_ITEMS, null);
        leaf.count = half;
        if (place <= half) {
          right = leaf;
        } else {
          place -= half;
        }
      }
      leaf = right;
    }
    leaf.insert(place, item);
    size++;
  }

  void remove(T item) {
    int number = leafOf(item.ms, item.seq);
    Leaf leaf = leaves.get(number);
    int place = leaf.place(item.ms, item.seq);
    Invariant.check(place < leaf.count && leaf.items[place] == item, "removed what is not there");
    leaf.remove(place);
    if (leaf.count == 0) {
      leaves.remove(number);
    }
    size--;
  }

  /** Checks order and count. */
  void validate() {
    int found = 0;
    Keyed before = null;
    for (Leaf leaf : leaves) {
      Invariant.check(leaf.count > 0, "an empty leaf");
      for (int i = 0; i < leaf.count; i++) {
        Keyed item = leaf.items[i];
        Invariant.check(
            before == null || StreamId.compare(before.ms, before.seq, item.ms, item.seq) < 0,
            "ids out of order");
        before = item;
        found++;
      }
    }
    Invariant.check(found == size, "%d objects, counted %d", found, size);
  }
}
