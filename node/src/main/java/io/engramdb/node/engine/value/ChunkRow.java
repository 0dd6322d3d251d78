package io.engramdb.node.engine.value;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chunks side by side in an array with room at both ends: adding and removing at the ends is O(1),
 * within it moves references. Shard thread only.
 */
final class ChunkRow {

  private static final int OBJECT_BYTES = 24;

  /** Rows up to this length do not shrink. */
  private static final int SMALL_LENGTH = 16;

  private @Nullable Listpack[] row = new Listpack[1];
  private int start;
  private int count;

  int count() {
    return count;
  }

  long sizeBytes() {
    return OBJECT_BYTES + HeapSize.ofReferences(row.length);
  }

  Listpack get(int index) {
    Listpack chunk = row[start + index];
    if (chunk == null) {
      throw new IndexOutOfBoundsException(index);
    }
    return chunk;
  }

  /** The chunk of that number, or null if the row has none. */
  @Nullable Listpack getOrNull(int index) {
    return index < 0 || index >= count ? null : row[start + index];
  }

  void set(int index, Listpack chunk) {
    row[start + index] = chunk;
  }

  /** Puts a chunk before the one of that number. */
  void insert(int index, Listpack chunk) {
    boolean front = index < count - index;
    if (front && start > 0) {
      System.arraycopy(row, start, row, start - 1, index);
      start--;
    } else if (!front && start + count < row.length) {
      System.arraycopy(row, start + index, row, start + index + 1, count - index);
    } else {
      grow(index, front);
    }
    row[start + index] = chunk;
    count++;
  }

  private void grow(int index, boolean front) {
    Listpack[] larger = new Listpack[count == 0 ? 1 : count * 2];
    // Most room at the side that grows, some at the other.
    int spare = larger.length - count - 1;
    int newStart = front ? spare - spare / 4 : spare / 4;
    System.arraycopy(row, start, larger, newStart, index);
    System.arraycopy(row, start + index, larger, newStart + index + 1, count - index);
    row = larger;
    start = newStart;
  }

  void removeRange(int from, int to) {
    int removed = to - from;
    if (removed == 0) {
      return;
    }
    int before = from;
    int after = count - to;
    if (before < after) {
      System.arraycopy(row, start, row, start + removed, before);
      Arrays.fill(row, start, start + removed, null);
      start += removed;
    } else {
      System.arraycopy(row, start + to, row, start + from, after);
      Arrays.fill(row, start + from + after, start + count, null);
    }
    count -= removed;
    shrink();
  }

  /** Removes all chunks without elements. */
  void removeEmpty() {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      Listpack chunk = get(i);
      if (chunk.count() > 0) {
        row[start + kept++] = chunk;
      }
    }
    Arrays.fill(row, start + kept, start + count, null);
    count = kept;
    shrink();
  }

  private void shrink() {
    if (row.length > SMALL_LENGTH && count < row.length / 4) {
      row = Arrays.copyOfRange(row, start, start + Math.max(count, 1));
      start = 0;
    }
  }

  /** A row of its own with copies of all chunks. */
  ChunkRow copy() {
    ChunkRow copy = new ChunkRow();
    copy.row = new Listpack[Math.max(1, count)];
    copy.count = count;
    for (int i = 0; i < count; i++) {
      copy.row[i] = get(i).copy();
    }
    return copy;
  }
}
