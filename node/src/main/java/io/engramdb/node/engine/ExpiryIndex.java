package io.engramdb.node.engine;

import io.engramdb.node.base.Invariant;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one database that expire and when, the soonest first.
 *
 * <p>A four-way heap whose entries know their own place, so that changing or removing an expiry
 * needs no search: O(log n), and usually O(1) for expiries further away than most. The times stand
 * beside the entries and not in them: a key that does not expire pays nothing, and a comparison
 * reads no entry. Shard thread only.
 */
final class ExpiryIndex {

  private static final int ARITY = 4;
  private static final int INITIAL_PLACES = 16;

  /** Heap bytes of a place: a reference and a time. */
  private static final int PLACE_BYTES = 4 + Long.BYTES;

  private @Nullable Entry[] heap = new Entry[INITIAL_PLACES];

  /** When the entry at the same place of {@link #heap} expires, Unix milliseconds. */
  private long[] timesMs = new long[INITIAL_PLACES];

  private int size;

  int size() {
    return size;
  }

  /** Heap bytes, for memory accounting; an index that never grew counts as nothing. */
  long sizeBytes() {
    return heap.length == INITIAL_PLACES ? 0 : (long) heap.length * PLACE_BYTES;
  }

  /** The entry that expires first, or null. */
  @Nullable Entry first() {
    return heap[0];
  }

  /** When the first entry expires, or {@link Long#MAX_VALUE} if there is none. */
  long firstMs() {
    return size == 0 ? Long.MAX_VALUE : timesMs[0];
  }

  /** When an entry expires, Unix milliseconds, or {@link Entry#NO_EXPIRY}. */
  long timeMs(Entry entry) {
    int place = entry.expiryPlace();
    return place < 0 ? Entry.NO_EXPIRY : timesMs[place];
  }

  /** An entry at random, or null. */
  @Nullable Entry random(RandomGenerator random) {
    return size == 0 ? null : at(random.nextInt(size));
  }

  /** Adds the entry or moves it to where its changed expiry belongs. */
  void update(Entry entry, long timeMs) {
    int place = entry.expiryPlace();
    if (place < 0) {
      if (size == heap.length) {
        resize(heap.length * 2);
      }
      place = size++;
    }
    set(place, entry, timeMs);
    siftDown(siftUp(place));
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
      set(place, last, timesMs[size]);
      siftDown(siftUp(place));
    }
    if (heap.length > INITIAL_PLACES && size < heap.length / 4) {
      resize(heap.length / 2);
    }
  }

  private void resize(int places) {
    heap = Arrays.copyOf(heap, places);
    timesMs = Arrays.copyOf(timesMs, places);
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
      Invariant.check(
          timesMs[Math.max(0, place - 1) / ARITY] <= timesMs[place],
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

  private void set(int place, Entry entry, long timeMs) {
    heap[place] = entry;
    timesMs[place] = timeMs;
    entry.setExpiryPlace(place);
  }

  /** Moves what is at that place towards the front; returns where it is then. */
  private int siftUp(int from) {
    Entry entry = at(from);
    long timeMs = timesMs[from];
    int place = from;
    while (place > 0) {
      int parentPlace = (place - 1) / ARITY;
      if (timesMs[parentPlace] <= timeMs) {
        break;
      }
      set(place, at(parentPlace), timesMs[parentPlace]);
      place = parentPlace;
    }
    if (place != from) {
      set(place, entry, timeMs);
    }
    return place;
  }

  private void siftDown(int from) {
    Entry entry = at(from);
    long timeMs = timesMs[from];
    int place = from;
    while (true) {
      int firstChild = place * ARITY + 1;
      if (firstChild >= size) {
        break;
      }
      int least = firstChild;
      int end = Math.min(firstChild + ARITY, size);
      for (int child = firstChild + 1; child < end; child++) {
        if (timesMs[child] < timesMs[least]) {
          least = child;
        }
      }
      if (timesMs[least] >= timeMs) {
        break;
      }
      set(place, at(least), timesMs[least]);
      place = least;
    }
    if (place != from) {
      set(place, entry, timeMs);
    }
  }
}
