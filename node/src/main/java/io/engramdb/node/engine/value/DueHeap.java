package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What becomes due, and when, the soonest first.
 *
 * <p>A four-way heap whose items know their own place, so that changing or removing one needs no
 * search: O(log n), and usually O(1) for times further away than most. The times stand beside the
 * items and not in them: what has no time pays nothing, and a comparison reads no item. Shard
 * thread only.
 *
 * @param <T> the items; an item is in one heap at most
 */
public abstract class DueHeap<T> {

  /** The time of what is not in the heap. */
  public static final long NO_TIME = -1;

  private static final int ARITY = 4;
  private static final int INITIAL_PLACES = 4;

  private @Nullable Object[] heap = new Object[INITIAL_PLACES];

  /** When the item at the same place of {@link #heap} is due, Unix milliseconds. */
  private long[] timesMs = new long[INITIAL_PLACES];

  private int size;

  /** The place that was set last, -1 at first. */
  protected abstract int place(T item);

  protected abstract void setPlace(T item, int place);

  public final int size() {
    return size;
  }

  /** Heap bytes of the arrays, for memory accounting. */
  public final long sizeBytes() {
    return HeapSize.ofReferences(heap.length) + HeapSize.ofLongs(timesMs.length);
  }

  /** The item that is due first, or null. */
  public final @Nullable T first() {
    return size == 0 ? null : at(0);
  }

  /** When the first item is due, or {@link Long#MAX_VALUE} if there is none. */
  public final long firstMs() {
    return size == 0 ? Long.MAX_VALUE : timesMs[0];
  }

  /** When an item is due, Unix milliseconds, or {@link #NO_TIME}. */
  public final long timeMs(T item) {
    int place = place(item);
    return place < 0 ? NO_TIME : timesMs[place];
  }

  /** An item at random, or null. */
  public final @Nullable T random(RandomGenerator random) {
    return size == 0 ? null : at(random.nextInt(size));
  }

  /** Adds the item or moves it to where its changed time belongs. */
  public final void update(T item, long timeMs) {
    int place = place(item);
    if (place < 0) {
      if (size == heap.length) {
        resize(heap.length * 2);
      }
      place = size++;
    }
    set(place, item, timeMs);
    siftDown(siftUp(place));
  }

  /** Takes the item out; does nothing if it is not in. */
  public final void remove(T item) {
    int place = place(item);
    if (place < 0) {
      return;
    }
    setPlace(item, -1);
    T last = at(--size);
    heap[size] = null;
    if (last != item) {
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

  /** Items that are due at that moment. O(their number). */
  public final int countDue(long atMs) {
    int[] count = {0};
    visitDue(
        0,
        atMs,
        item -> {
          count[0]++;
          return true;
        });
    return count[0];
  }

  /** Whether all items are due at that moment. O(their number), but less the fewer are due. */
  public final boolean allDue(long atMs) {
    // What is due last has nothing below it.
    int firstLeaf = (size + ARITY - 2) / ARITY;
    for (int place = size - 1; place >= firstLeaf; place--) {
      if (timesMs[place] > atMs) {
        return false;
      }
    }
    return true;
  }

  /** Visits items that are due at that moment, in no order, until the visitor has enough. */
  public final void forEachDue(long atMs, Predicate<? super T> visitor) {
    visitDue(0, atMs, visitor);
  }

  /** The depth is that of the heap. */
  private boolean visitDue(int place, long atMs, Predicate<? super T> visitor) {
    if (place >= size || timesMs[place] > atMs) {
      return true;
    }
    if (!visitor.test(at(place))) {
      return false;
    }
    for (int child = place * ARITY + 1; child <= place * ARITY + ARITY; child++) {
      if (!visitDue(child, atMs, visitor)) {
        return false;
      }
    }
    return true;
  }

  /** Checks order and places; walks everything. */
  public final void validate() {
    for (int place = 0; place < size; place++) {
      T item = at(place);
      Invariant.check(
          place(item) == place, "an item at %d believes to be at %d", place, place(item));
      Invariant.check(
          timesMs[Math.max(0, place - 1) / ARITY] <= timesMs[place],
          "the item at %d is due before its parent",
          place);
    }
    for (int place = size; place < heap.length; place++) {
      Invariant.check(heap[place] == null, "an item at %d of %d", place, size);
    }
  }

  @SuppressWarnings("unchecked")
  private T at(int place) {
    Object item = heap[place];
    if (item == null) {
      throw new IllegalStateException("nothing at place " + place + " of " + size);
    }
    return (T) item;
  }

  private void set(int place, T item, long timeMs) {
    heap[place] = item;
    timesMs[place] = timeMs;
    setPlace(item, place);
  }

  /** Moves what is at that place towards the front; returns where it is then. */
  private int siftUp(int from) {
    T item = at(from);
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
      set(place, item, timeMs);
    }
    return place;
  }

  private void siftDown(int from) {
    T item = at(from);
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
      set(place, item, timeMs);
    }
  }
}
