package io.engramdb.node.engine.dict;

import io.engramdb.node.base.Invariant;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A chained hash table that grows and shrinks a few buckets at a time and can be scanned with a
 * cursor while it changes.
 *
 * <p>Two tables exist while it resizes; each operation moves one bucket. The cursor counts with its
 * bits reversed, so that a bucket visited before a resize is not needed again after it: whatever is
 * in the dictionary during a whole scan is returned at least once. Algorithm: Pieter Noordhuis, in
 * Redis {@code dict.c}. All operations O(1) expected. Shard thread only.
 */
public final class Dictionary<N extends DictNode> {

  /** Heap bytes of a dictionary without its tables. */
  public static final int OBJECT_BYTES = 40;

  private static final int INITIAL_BUCKETS = 4;
  private static final int MAX_BUCKETS = 1 << 30;

  /** Empty buckets that one rehash step may pass over. */
  private static final int EMPTY_VISITS_PER_STEP = 10;

  /** A table less full than one part in this many shrinks. */
  private static final int SHRINK_DIVISOR = 8;

  /**
   * Buckets with up to that many nodes are chosen as often as they have nodes. At one node a bucket
   * on average, one in twelve thousand has more.
   */
  private static final int FAIR_CHAIN_LENGTH = 6;

  private @Nullable DictNode[] table = new DictNode[INITIAL_BUCKETS];

  /** The table that is being filled while resizing, otherwise null. */
  private @Nullable DictNode @Nullable [] target;

  /** Next bucket of {@link #table} to move; all before it are empty. */
  private int rehashIndex;

  private int size;

  private long weighedBuckets = INITIAL_BUCKETS;

  private int resizeHolds;

  /** Keeps the compiler from leaving out reads whose results nobody uses. */
  private int preloaded;

  public int size() {
    return size;
  }

  /** Buckets of all tables, for memory accounting. */
  public long bucketCount() {
    return table.length + (target == null ? 0L : target.length);
  }

  /**
   * What {@link #bucketCount} was when a node was last added or removed: a look-up may end a
   * resize, and what accounts for memory must not change while it is only read.
   */
  public long weighedBuckets() {
    return weighedBuckets;
  }

  public boolean isRehashing() {
    return target != null;
  }

  /** The node with that key, or null. */
  public @Nullable N find(int hash, byte[] buffer, int offset, int length) {
    if (target != null) {
      rehashStep();
    }
    DictNode node = table[hash & (table.length - 1)];
    while (node != null) {
      if (node.matches(hash, buffer, offset, length)) {
        return cast(node);
      }
      node = node.next;
    }
    @Nullable DictNode[] filling = target;
    if (filling != null) {
      node = filling[hash & (filling.length - 1)];
      while (node != null) {
        if (node.matches(hash, buffer, offset, length)) {
          return cast(node);
        }
        node = node.next;
      }
    }
    return null;
  }

  /**
   * Reads the nodes that most likely have these hashes, with what belongs to them. The reads of one
   * key depend on nothing of another one, so the processor waits for all of them together.
   */
  public void preload(int[] hashes, int count) {
    @Nullable DictNode[] from = table;
    int mask = from.length - 1;
    int read = 0;
    for (int i = 0; i < count; i++) {
      DictNode node = from[hashes[i] & mask];
      if (node != null && node.hash != hashes[i] && node.next != null) {
        node = node.next;
      }
      if (node != null) {
        read += node.preload();
      }
    }
    preloaded = read;
  }

  /** Adds a node whose key must not be present (the caller has looked). */
  public void add(N node) {
    if (target != null) {
      rehashStep();
    } else if (size >= table.length && table.length < MAX_BUCKETS && resizeHolds == 0) {
      startResize(table.length << 1);
    }
    @Nullable DictNode[] into = target != null ? target : table;
    int bucket = node.hash & (into.length - 1);
    DictNode plain = node;
    plain.next = into[bucket];
    into[bucket] = plain;
    size++;
    weighedBuckets = bucketCount();
  }

  /** Removes exactly this node; it must be present. */
  public void remove(N node) {
    if (target != null) {
      rehashStep();
    }
    boolean removed = unlink(table, node);
    if (!removed && target != null) {
      removed = unlink(target, node);
    }
    Invariant.check(removed, "removed a node that is not in the dictionary");
    size--;
    if (target == null && resizeHolds == 0) {
      shrinkIfSparse();
    }
    weighedBuckets = bucketCount();
  }

  private void shrinkIfSparse() {
    if (table.length > INITIAL_BUCKETS && size < table.length / SHRINK_DIVISOR) {
      startResize(capacityFor(size));
    }
  }

  public void clear() {
    table = new DictNode[INITIAL_BUCKETS];
    target = null;
    rehashIndex = 0;
    size = 0;
    weighedBuckets = INITIAL_BUCKETS;
  }

  /** Makes room for that many nodes at once, before anything is in it. */
  public void reserve(int expectedSize) {
    if (size == 0 && expectedSize > table.length) {
      table = new DictNode[capacityFor(expectedSize)];
      target = null;
      weighedBuckets = table.length;
    }
  }

  /**
   * Moves up to {@code buckets} buckets of a running resize; for idle turns.
   *
   * @return true if there is more to move
   */
  public boolean rehash(int buckets) {
    for (int i = 0; i < buckets && target != null; i++) {
      rehashStep();
    }
    return target != null;
  }

  /**
   * Visits the nodes of one bucket (of one or both tables).
   *
   * @param cursor 0 at first, then what the previous call returned
   * @return the next cursor, 0 when everything was visited
   */
  public long scan(long cursor, Consumer<? super N> visitor) {
    if (size == 0) {
      return 0;
    }
    resizeHolds++;
    try {
      @Nullable DictNode[] filling = target;
      if (filling == null) {
        visit(table, cursor, visitor);
        return next(cursor, table.length - 1L);
      }
      @Nullable DictNode[] small = table.length <= filling.length ? table : filling;
      @Nullable DictNode[] large = table.length <= filling.length ? filling : table;
      long smallMask = small.length - 1L;
      long largeMask = large.length - 1L;
      long at = cursor;
      visit(small, at, visitor);
      do {
        visit(large, at, visitor);
        at = next(at, largeMask);
      } while ((at & (smallMask ^ largeMask)) != 0);
      return at;
    } finally {
      resizeHolds--;
    }
  }

  /** Visits every node. The visitor must not change the dictionary, but may look up in it. */
  public void forEach(Consumer<? super N> visitor) {
    resizeHolds++;
    try {
      visitAll(table, visitor);
      if (target != null) {
        visitAll(target, visitor);
      }
    } finally {
      resizeHolds--;
    }
  }

  /** A node chosen at random, or null if empty; every node has a fair, though not equal, chance. */
  public @Nullable N random(RandomGenerator random) {
    if (size == 0) {
      return null;
    }
    if (target != null) {
      rehashStep();
    }
    DictNode head;
    do {
      @Nullable DictNode[] filling = target;
      long bucket = random.nextLong(bucketCount());
      if (filling != null && bucket >= table.length) {
        head = filling[(int) (bucket - table.length)];
      } else {
        head = table[(int) bucket];
      }
    } while (head == null);
    return cast(skip(head, random.nextInt(chainLength(head))));
  }

  /** As {@link #forEach}, until the visitor has seen enough. */
  public void forEachWhile(Predicate<? super N> visitor) {
    // A look-up by the visitor must not move nodes that are still to be visited, or were already.
    resizeHolds++;
    try {
      if (visitWhile(table, visitor) && target != null) {
        visitWhile(target, visitor);
      }
    } finally {
      resizeHolds--;
    }
  }

  private boolean visitWhile(@Nullable DictNode[] of, Predicate<? super N> visitor) {
    for (DictNode head : of) {
      for (DictNode node = head; node != null; node = node.next) {
        if (!visitor.test(cast(node))) {
          return false;
        }
      }
    }
    return true;
  }

  /** A node chosen at random, all with the same chance; there must be one. O(1) expected. */
  public N randomFair(RandomGenerator random) {
    Invariant.check(size > 0, "a choice out of nothing");
    if (target != null) {
      rehashStep();
    }
    while (true) {
      @Nullable DictNode[] filling = target;
      long bucket = random.nextLong(bucketCount());
      DictNode head =
          filling != null && bucket >= table.length
              ? filling[(int) (bucket - table.length)]
              : table[(int) bucket];
      int length = chainLength(head);
      int chosen = random.nextInt(Math.max(length, FAIR_CHAIN_LENGTH));
      if (chosen < length) {
        return cast(skip(head, chosen));
      }
    }
  }

  private static int chainLength(@Nullable DictNode head) {
    int length = 0;
    for (DictNode node = head; node != null; node = node.next) {
      length++;
    }
    return length;
  }

  private static DictNode skip(@Nullable DictNode head, int nodes) {
    DictNode node = head;
    for (int i = 0; i < nodes && node != null; i++) {
      node = node.next;
    }
    if (node == null) {
      throw new IllegalStateException("a chain ended early");
    }
    return node;
  }

  /** Checks that every node is in its bucket and counted; walks everything. */
  public void validate() {
    long found = validate(table);
    @Nullable DictNode[] filling = target;
    if (filling != null) {
      for (int bucket = 0; bucket < rehashIndex; bucket++) {
        Invariant.check(table[bucket] == null, "bucket %d was moved and is not empty", bucket);
      }
      found += validate(filling);
    }
    Invariant.check(found == size, "found %d nodes, counted %d", found, size);
  }

  private static long validate(@Nullable DictNode[] of) {
    long found = 0;
    for (int bucket = 0; bucket < of.length; bucket++) {
      for (DictNode node = of[bucket]; node != null; node = node.next) {
        Invariant.check(
            (node.hash & (of.length - 1)) == bucket, "a node is in the wrong bucket %d", bucket);
        Invariant.check(
            ByteHash.of(node.key, 0, node.key.length) == node.hash, "a node has a wrong hash");
        found++;
      }
    }
    return found;
  }

  private static int capacityFor(int nodes) {
    int wanted = Math.max(INITIAL_BUCKETS, nodes);
    return Math.min(MAX_BUCKETS, Integer.highestOneBit(Math.max(1, wanted - 1)) << 1);
  }

  private void startResize(int buckets) {
    target = new DictNode[buckets];
    rehashIndex = 0;
  }

  private void rehashStep() {
    @Nullable DictNode[] filling = target;
    if (filling == null || resizeHolds > 0) {
      return;
    }
    int visits = EMPTY_VISITS_PER_STEP;
    while (rehashIndex < table.length && table[rehashIndex] == null) {
      rehashIndex++;
      if (--visits == 0) {
        return;
      }
    }
    if (rehashIndex < table.length) {
      DictNode node = table[rehashIndex];
      while (node != null) {
        DictNode following = node.next;
        int bucket = node.hash & (filling.length - 1);
        node.next = filling[bucket];
        filling[bucket] = node;
        node = following;
      }
      table[rehashIndex] = null;
      rehashIndex++;
    }
    if (rehashIndex == table.length) {
      table = filling;
      target = null;
      rehashIndex = 0;
      // Much may have been removed meanwhile, and perhaps nothing more ever will be.
      shrinkIfSparse();
    }
  }

  private static boolean unlink(@Nullable DictNode[] from, DictNode node) {
    int bucket = node.hash & (from.length - 1);
    DictNode previous = null;
    for (DictNode at = from[bucket]; at != null; at = at.next) {
      if (at == node) {
        if (previous == null) {
          from[bucket] = at.next;
        } else {
          previous.next = at.next;
        }
        at.next = null;
        return true;
      }
      previous = at;
    }
    return false;
  }

  private void visit(@Nullable DictNode[] of, long cursor, Consumer<? super N> visitor) {
    DictNode node = of[(int) (cursor & (of.length - 1))];
    while (node != null) {
      DictNode following = node.next;
      visitor.accept(cast(node));
      node = following;
    }
  }

  private void visitAll(@Nullable DictNode[] of, Consumer<? super N> visitor) {
    for (DictNode head : of) {
      for (DictNode node = head; node != null; ) {
        DictNode following = node.next;
        visitor.accept(cast(node));
        node = following;
      }
    }
  }

  /** Adds one to the cursor's bits under the mask, counted from the highest bit down. */
  private static long next(long cursor, long mask) {
    long at = cursor | ~mask;
    return Long.reverse(Long.reverse(at) + 1);
  }

  @SuppressWarnings("unchecked")
  private N cast(DictNode node) {
    return (N) node;
  }
}
