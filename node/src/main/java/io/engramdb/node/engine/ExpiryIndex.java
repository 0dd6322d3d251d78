package io.engramdb.node.engine;

import io.engramdb.node.base.Invariant;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one database that expire, the soonest first.
 *
 * <p>A four-way heap whose entries know their own place, so that changing or removing an expiry
 * needs no search: O(log n), and usually O(1) for expiries further away than most. Shard thread
 * only.
 */
final class ExpiryIndex {

  private static final int ARITY = 4;
  private static final int INITIAL_PLACES = 16;

  private @Nullable Entry[] heap = new Entry[INITIAL_PLACES];
  private int size;

  int size() {
    return size;
  }

  /** The entry that expires first, or null. */
  @Nullable Entry first() {
    return heap[0];
  }

  /** An entry at random, or null. */
  @Nullable Entry random(RandomGenerator random) {
    return size == 0 ? null : at(random.nextInt(size));
  }

  /** Adds the entry or moves it to where its changed expiry belongs. */
  void update(Entry entry) {
    if (entry.expiryPlace() < 0) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, heap.length * 2);
      }
      entry.setExpiryPlace(size);
      heap[size++] = entry;
      siftUp(entry);
    } else {
      siftUp(entry);
      siftDown(entry);
    }
  }

  /** Takes the entry out; does nothing if it is not in. */
  void remove(Entry entry) {
    int place = entry.expiryPlace();
    if (place < 0) {
      return;
    }
    entry.setExpiryPlace(-1);
    Entry last = at(--size);
    heap[size] = null;
    if (last != entry) {
      heap[place] = last;
      last.setExpiryPlace(place);
      siftUp(last);
      siftDown(last);
    }
    if (heap.length > INITIAL_PLACES && size < heap.length / 4) {
      heap = Arrays.copyOf(heap, heap.length / 2);
    }
  }

  void clear() {
    heap = new Entry[INITIAL_PLACES];
    size = 0;
  }

  /** Checks order and places; walks everything. */
  void validate() {
    for (int place = 0; place < size; place++) {
      Entry entry = at(place);
      Invariant.check(
          entry.expiryPlace() == place,
          "an entry at %d believes to be at %d",
          place,
          entry.expiryPlace());
      Entry parent = at(Math.max(0, place - 1) / ARITY);
      Invariant.check(
          parent.expireAtMs <= entry.expireAtMs,
          "the entry at %d expires before its parent",
          place);
    }
    for (int place = size; place < heap.length; place++) {
      Invariant.check(heap[place] == null, "an entry at %d of %d", place, size);
    }
  }

  private Entry at(int place) {
    Entry entry = heap[place];
    if (entry == null) {
      throw new IllegalStateException("no entry at place " + place + " of " + size);
    }
    return entry;
  }

  private void siftUp(Entry entry) {
    int place = entry.expiryPlace();
    while (place > 0) {
      int parentPlace = (place - 1) / ARITY;
      Entry parent = at(parentPlace);
      if (parent.expireAtMs <= entry.expireAtMs) {
        break;
      }
      heap[place] = parent;
      parent.setExpiryPlace(place);
      place = parentPlace;
    }
    heap[place] = entry;
    entry.setExpiryPlace(place);
  }

  private void siftDown(Entry entry) {
    int place = entry.expiryPlace();
    while (true) {
      int firstChild = place * ARITY + 1;
      if (firstChild >= size) {
        break;
      }
      Entry least = at(firstChild);
      int end = Math.min(firstChild + ARITY, size);
      for (int child = firstChild + 1; child < end; child++) {
        Entry candidate = at(child);
        if (candidate.expireAtMs < least.expireAtMs) {
          least = candidate;
        }
      }
      if (least.expireAtMs >= entry.expireAtMs) {
        break;
      }
      int childPlace = least.expiryPlace();
      heap[place] = least;
      least.setExpiryPlace(place);
      place = childPlace;
    }
    heap[place] = entry;
    entry.setExpiryPlace(place);
  }
}
