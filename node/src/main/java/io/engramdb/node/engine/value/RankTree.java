package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a sorted set in order, with ranks: a B+ tree whose inner nodes count what is below
 * them.
 *
 * <p>Upstream has a skip list with spans. Here a level of a node would be an object of its own or
 * an array, some forty bytes an entry; the tree takes four to eight, and a search touches a few
 * arrays instead of twenty objects. Insertion, removal, rank and member by rank O(log n),
 * neighbours O(1). After Bayer and McCreight, 1972, the counts after Knuth, The Art of Computer
 * Programming 6.2.3. Shard thread only.
 */
final class RankTree {

  /** Entries of a leaf and children of an inner node at most. */
  private static final int FANOUT = 64;

  /** A node with fewer is joined with a neighbour if both together have {@link #JOINED} at most. */
  private static final int SPARSE = FANOUT / 4;

  private static final int JOINED = FANOUT * 3 / 4;

  private static final long LEAF_BYTES = 24 + HeapSize.ofReferences(FANOUT);
  private static final long INNER_BYTES = 24 + 3 * HeapSize.ofReferences(FANOUT);

  /** A leaf or an inner node. */
  private abstract static class Node {
    int used;

    abstract SortedEntry first();

    abstract int entries();
  }

  private static final class Leaf extends Node {
    final SortedEntry[] entries = new SortedEntry[FANOUT];
    @Nullable Leaf previous;
    @Nullable Leaf next;

    @Override
    SortedEntry first() {
      return entries[0];
    }

    @Override
    int entries() {
      return used;
    }
  }

  private static final class Inner extends Node {
    final Node[] children = new Node[FANOUT];

    /** Entries below each child. */
    final int[] sizes = new int[FANOUT];

    /** The first entry below each child. */
    final SortedEntry[] firsts = new SortedEntry[FANOUT];

    @Override
    SortedEntry first() {
      return firsts[0];
    }

    @Override
    int entries() {
      int sum = 0;
      for (int i = 0; i < used; i++) {
        sum += sizes[i];
      }
      return sum;
    }

    /** The child below which an entry is or belongs. */
    int childOf(SortedEntry entry) {
      int low = 1;
      int high = used - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        if (firsts[middle].compareTo(entry) <= 0) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return low - 1;
    }

    void put(int at, Node child) {
      children[at] = child;
      sizes[at] = child.entries();
      firsts[at] = child.first();
    }

    void open(int at) {
      System.arraycopy(children, at, children, at + 1, used - at);
      System.arraycopy(sizes, at, sizes, at + 1, used - at);
      System.arraycopy(firsts, at, firsts, at + 1, used - at);
      used++;
    }

    @SuppressWarnings("NullAway")
    void close(int at) {
      System.arraycopy(children, at + 1, children, at, used - at - 1);
      System.arraycopy(sizes, at + 1, sizes, at, used - at - 1);
      System.arraycopy(firsts, at + 1, firsts, at, used - at - 1);
      used--;
      children[used] = null;
      firsts[used] = null;
    }
  }

  private Node root = new Leaf();
  private int size;
  private int leaves = 1;
  private int inners;

  /** Result of {@link #locate}. */
  private Leaf foundLeaf = (Leaf) root;

  private int foundIndex;

  int size() {
    return size;
  }

  long sizeBytes() {
    return 40 + leaves * LEAF_BYTES + inners * INNER_BYTES;
  }

  // --- insertion

  /** Adds an entry that is not in the tree. */
  void insert(SortedEntry entry) {
    Node split = insert(root, entry);
    if (split != null) {
      Inner grown = new Inner();
      inners++;
      grown.used = 2;
      grown.put(0, root);
      grown.put(1, split);
      root = grown;
    }
    size++;
  }

  /** Returns the new right neighbour if the node was split. */
  private @Nullable Node insert(Node node, SortedEntry entry) {
    if (node instanceof Leaf leaf) {
      return insertInLeaf(leaf, entry);
    }
    Inner inner = (Inner) node;
    int at = inner.childOf(entry);
    Node child = inner.children[at];
    Node split = insert(child, entry);
    if (split == null) {
      inner.sizes[at]++;
      inner.firsts[at] = child.first();
      return null;
    }
    inner.put(at, child);
    return insertChild(inner, at + 1, split);
  }

  private @Nullable Node insertChild(Inner inner, int at, Node child) {
    if (inner.used < FANOUT) {
      inner.open(at);
      inner.put(at, child);
      return null;
    }
    Inner right = new Inner();
    inners++;
    if (at == FANOUT) {
      // Growth at the end, as with scores that are times, leaves full nodes behind.
      right.used = 1;
      right.put(0, child);
      return right;
    }
    int kept = FANOUT / 2;
    for (int i = kept; i < FANOUT; i++) {
      right.children[i - kept] = inner.children[i];
      right.sizes[i - kept] = inner.sizes[i];
      right.firsts[i - kept] = inner.firsts[i];
    }
    right.used = FANOUT - kept;
    while (inner.used > kept) {
      inner.close(inner.used - 1);
    }
    Inner into = at <= kept ? inner : right;
    int place = at <= kept ? at : at - kept;
    into.open(place);
    into.put(place, child);
    return right;
  }

  private @Nullable Node insertInLeaf(Leaf leaf, SortedEntry entry) {
    int at = placeIn(leaf, entry);
    if (leaf.used < FANOUT) {
      System.arraycopy(leaf.entries, at, leaf.entries, at + 1, leaf.used - at);
      leaf.entries[at] = entry;
      leaf.used++;
      return null;
    }
    Leaf right = new Leaf();
    leaves++;
    right.next = leaf.next;
    right.previous = leaf;
    if (leaf.next != null) {
      leaf.next.previous = right;
    }
    leaf.next = right;
    if (at == FANOUT && right.next == null) {
      right.entries[0] = entry;
      right.used = 1;
      return right;
    }
    int kept = FANOUT / 2;
    System.arraycopy(leaf.entries, kept, right.entries, 0, FANOUT - kept);
    right.used = FANOUT - kept;
    clear(leaf, kept);
    insertInLeaf(at <= kept ? leaf : right, entry);
    return right;
  }

  @SuppressWarnings("NullAway")
  private static void clear(Leaf leaf, int from) {
    for (int i = from; i < leaf.used; i++) {
      leaf.entries[i] = null;
    }
    leaf.used = from;
  }

  /** Index of the first entry of a leaf that does not stand before this one. */
  private static int placeIn(Leaf leaf, SortedEntry entry) {
    int low = 0;
    int high = leaf.used - 1;
    if (high >= 0 && leaf.entries[high].compareTo(entry) < 0) {
      return leaf.used;
    }
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (leaf.entries[middle].compareTo(entry) < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  // --- removal

  /** Removes an entry that is in the tree. */
  void remove(SortedEntry entry) {
    remove(root, entry);
    size--;
    while (root instanceof Inner inner && inner.used == 1) {
      root = inner.children[0];
      inners--;
    }
    if (root instanceof Inner && root.used == 0) {
      root = new Leaf();
      leaves = 1;
      inners = 0;
    }
    if (size == 0) {
      foundLeaf = (Leaf) root;
    }
  }

  private void remove(Node node, SortedEntry entry) {
    if (node instanceof Leaf leaf) {
      int at = placeIn(leaf, entry);
      Invariant.check(
          at < leaf.used && leaf.entries[at] == entry, "removed an entry that is not in the tree");
      System.arraycopy(leaf.entries, at + 1, leaf.entries, at, leaf.used - at - 1);
      clear(leaf, leaf.used - 1);
      return;
    }
    Inner inner = (Inner) node;
    int at = inner.childOf(entry);
    Node child = inner.children[at];
    remove(child, entry);
    if (child.used == 0) {
      drop(child);
      inner.close(at);
      return;
    }
    inner.sizes[at]--;
    inner.firsts[at] = child.first();
    if (child.used < SPARSE) {
      join(inner, at);
    }
  }

  private void drop(Node empty) {
    if (empty instanceof Leaf leaf) {
      if (leaf.previous != null) {
        leaf.previous.next = leaf.next;
      }
      if (leaf.next != null) {
        leaf.next.previous = leaf.previous;
      }
      leaves--;
    } else {
      inners--;
    }
  }

  /** Joins a sparse child with a neighbour if that leaves room. */
  private void join(Inner inner, int at) {
    if (at > 0 && joins(inner.children[at - 1], inner.children[at])) {
      joinWithNext(inner, at - 1);
    } else if (at + 1 < inner.used && joins(inner.children[at], inner.children[at + 1])) {
      joinWithNext(inner, at);
    }
  }

  private static boolean joins(Node left, Node right) {
    return left.used + right.used <= JOINED;
  }

  private void joinWithNext(Inner inner, int at) {
    Node left = inner.children[at];
    Node right = inner.children[at + 1];
    if (left instanceof Leaf into && right instanceof Leaf from) {
      System.arraycopy(from.entries, 0, into.entries, into.used, from.used);
      into.used += from.used;
      into.next = from.next;
      if (from.next != null) {
        from.next.previous = into;
      }
      leaves--;
    } else {
      Inner into = (Inner) left;
      Inner from = (Inner) right;
      System.arraycopy(from.children, 0, into.children, into.used, from.used);
      System.arraycopy(from.sizes, 0, into.sizes, into.used, from.used);
      System.arraycopy(from.firsts, 0, into.firsts, into.used, from.used);
      into.used += from.used;
      inners--;
    }
    inner.put(at, left);
    inner.close(at + 1);
  }

  // --- ranks

  /** Entries that stand before this one, which is in the tree. */
  int rankOf(SortedEntry entry) {
    Node node = root;
    int rank = 0;
    while (node instanceof Inner inner) {
      int at = inner.childOf(entry);
      for (int i = 0; i < at; i++) {
        rank += inner.sizes[i];
      }
      node = inner.children[at];
    }
    return rank + placeIn((Leaf) node, entry);
  }

  /** Entries below the bound. */
  int countBelow(RankBound bound) {
    Node node = root;
    int rank = 0;
    while (node instanceof Inner inner) {
      int low = 1;
      int high = inner.used - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        if (inner.firsts[middle].isBelow(bound)) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      for (int i = 0; i < low - 1; i++) {
        rank += inner.sizes[i];
      }
      node = inner.children[low - 1];
    }
    Leaf leaf = (Leaf) node;
    int low = 0;
    int high = leaf.used - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (leaf.entries[middle].isBelow(bound)) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return rank + low;
  }

  private void locate(int rank) {
    Node node = root;
    int left = rank;
    while (node instanceof Inner inner) {
      int at = 0;
      while (left >= inner.sizes[at]) {
        left -= inner.sizes[at];
        at++;
      }
      node = inner.children[at];
    }
    foundLeaf = (Leaf) node;
    foundIndex = left;
  }

  /** The entry of a rank from 0 to size - 1. */
  SortedEntry get(int rank) {
    locate(rank);
    return foundLeaf.entries[foundIndex];
  }

  /** Visits entries from a rank on upwards, {@code count} of them at most. */
  void visitRange(int rank, int count, ScoredVisitor visitor) {
    if (count <= 0) {
      return;
    }
    locate(rank);
    Leaf leaf = foundLeaf;
    int at = foundIndex;
    for (int left = count; left > 0; left--) {
      if (at == leaf.used) {
        if (leaf.next == null) {
          return;
        }
        leaf = leaf.next;
        at = 0;
      }
      if (!leaf.entries[at++].visit(visitor)) {
        return;
      }
    }
  }

  /** Visits entries from a rank on downwards, {@code count} of them at most. */
  void visitRangeBackwards(int rank, int count, ScoredVisitor visitor) {
    if (count <= 0) {
      return;
    }
    locate(rank);
    Leaf leaf = foundLeaf;
    int at = foundIndex;
    for (int left = count; left > 0; left--) {
      if (at < 0) {
        if (leaf.previous == null) {
          return;
        }
        leaf = leaf.previous;
        at = leaf.used - 1;
      }
      if (!leaf.entries[at--].visit(visitor)) {
        return;
      }
    }
  }

  /** The entries of some ranks. */
  List<SortedEntry> entries(int rank, int count) {
    List<SortedEntry> entries = new ArrayList<>(count);
    locate(rank);
    Leaf leaf = foundLeaf;
    int at = foundIndex;
    while (entries.size() < count) {
      if (at == leaf.used) {
        leaf = leaf.next == null ? leaf : leaf.next;
        at = 0;
      }
      entries.add(leaf.entries[at++]);
    }
    return entries;
  }

  // --- checking

  /** Checks order, counts, links and separators; walks everything. */
  void validate() {
    int[] seen = new int[2];
    List<Leaf> inOrder = new ArrayList<>();
    Invariant.check(validate(root, seen, inOrder) == size, "the tree counts %d", size);
    Invariant.check(seen[0] == leaves && seen[1] == inners, "%d leaves, %d inner", leaves, inners);
    SortedEntry before = null;
    for (int i = 0; i < inOrder.size(); i++) {
      Leaf leaf = inOrder.get(i);
      Invariant.check(
          leaf.previous == (i == 0 ? null : inOrder.get(i - 1)), "leaf %d is not linked back", i);
      Invariant.check(
          leaf.next == (i + 1 == inOrder.size() ? null : inOrder.get(i + 1)),
          "leaf %d is not linked on",
          i);
      for (int k = 0; k < leaf.used; k++) {
        Invariant.check(
            before == null || before.compareTo(leaf.entries[k]) < 0, "leaf %d is out of order", i);
        before = leaf.entries[k];
      }
    }
  }

  private static int validate(Node node, int[] seen, List<Leaf> leaves) {
    if (node instanceof Leaf leaf) {
      seen[0]++;
      leaves.add(leaf);
      return leaf.used;
    }
    Inner inner = (Inner) node;
    seen[1]++;
    int sum = 0;
    for (int i = 0; i < inner.used; i++) {
      Node child = inner.children[i];
      Invariant.check(child.used > 0, "child %d is empty", i);
      Invariant.check(child.first() == inner.firsts[i], "the first below child %d is wrong", i);
      int below = validate(child, seen, leaves);
      Invariant.check(below == inner.sizes[i], "child %d has %d entries", i, below);
      sum += below;
    }
    return sum;
  }
}
