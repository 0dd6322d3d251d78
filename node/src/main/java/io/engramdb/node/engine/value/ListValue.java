package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import org.jspecify.annotations.Nullable;

/**
 * A list: {@link Listpack} chunks in a {@link ChunkRow}; while it is small, a single one.
 *
 * <p>Which chunk takes a new element, when chunks are split and joined and when the list is called
 * a listpack or a quicklist follows Redis 7.2 ({@code quicklist.c} by Matt Stancliff, {@code
 * listTypeTryConversion}), so that OBJECT ENCODING agrees. Both ends O(1), an index O(chunks),
 * found from the nearer end. Shard thread only.
 */
public final class ListValue extends Value {

  private static final int OWN_BYTES = 40;

  /** What the format may take beyond an element's bytes; a chunk is closed that much earlier. */
  private static final int ENTRY_OVERHEAD_BYTES = 8;

  /** Sizes that the limits -1 to -5 stand for, bytes. */
  private static final int[] SIZE_LIMITS = {4096, 8192, 16384, 32768, 65536};

  /** Size of a chunk that is limited by its count, bytes. */
  private static final int SAFE_CHUNK_BYTES = 8192;

  /** What takes the place of another element and is larger gets a chunk of its own. */
  private static final int LARGE_ELEMENT_BYTES = 1 << 16;

  private static final int MAX_CHUNK_ELEMENTS = (1 << 15) - 1;

  private ChunkRow chunks = new ChunkRow();

  /** Whether it may have several chunks; a quicklist in Redis' words. */
  private boolean chunked;

  private int size;

  /** Bytes of all chunks. */
  private long chunkBytes;

  /** Result of {@link #locate}: number of the chunk, and place in it. */
  private int foundChunk;

  private int foundPlace;

  public int size() {
    return size;
  }

  /** Chunks that hold the elements. */
  public int chunkCount() {
    return chunks.count();
  }

  /** Bytes of all chunks in the layout of files, without spare room. */
  public long formatBytes() {
    long total = 0;
    for (int i = 0; i < chunks.count(); i++) {
      total += chunks.get(i).formatBytes();
    }
    return total;
  }

  // --- limits

  private static boolean exceeds(int limit, long formatBytes, int count) {
    if (limit >= 0) {
      return formatBytes > SAFE_CHUNK_BYTES || count > countLimit(limit);
    }
    return formatBytes > sizeLimit(limit);
  }

  private static int countLimit(int limit) {
    return Math.max(1, Math.min(limit, MAX_CHUNK_ELEMENTS));
  }

  private static int sizeLimit(int limit) {
    return SIZE_LIMITS[-Math.max(limit, -SIZE_LIMITS.length) - 1];
  }

  private static boolean takes(@Nullable Listpack chunk, ByteRange element, ValueLimits limits) {
    if (chunk == null) {
      return false;
    }
    long grown = chunk.formatBytes() + element.length() + ENTRY_OVERHEAD_BYTES;
    return !exceeds(limits.listChunkLimit, grown, chunk.count() + 1);
  }

  private static boolean joins(@Nullable Listpack first, @Nullable Listpack second, int limit) {
    if (first == null || second == null) {
      return false;
    }
    long joined = first.formatBytes() + second.formatBytes() - Listpack.FRAME_BYTES;
    return !exceeds(limit, joined, first.count() + second.count());
  }

  /**
   * To be called before a command adds elements (or exchanges one): a small list becomes a chunked
   * one if it will not stay small.
   */
  public void growing(long addedBytes, int addedElements, ValueLimits limits) {
    if (chunked) {
      return;
    }
    long present = size == 0 ? Listpack.FRAME_BYTES : chunks.get(0).formatBytes();
    if (exceeds(limits.listChunkLimit, present + addedBytes, size + addedElements)) {
      chunked = true;
    }
  }

  /** To be called after elements were removed or exchanged: it may have become small again. */
  public void shrunk(ValueLimits limits) {
    if (!chunked || chunks.count() != 1) {
      return;
    }
    int limit = limits.listChunkLimit;
    boolean small =
        limit >= 0
            ? size <= countLimit(limit) / 2
            : chunks.get(0).formatBytes() <= sizeLimit(limit) / 2;
    if (small) {
      chunked = false;
    }
  }

  // --- ends

  public void pushHead(ByteRange element, ValueLimits limits) {
    Listpack head = chunks.count() == 0 ? null : chunks.get(0);
    if (head == null || (chunked && !takes(head, element, limits))) {
      close(head);
      head = new Listpack();
      chunks.insert(0, head);
    } else {
      chunkBytes -= head.sizeBytes();
    }
    head.prepend(element);
    chunkBytes += head.sizeBytes();
    size++;
  }

  public void pushTail(ByteRange element, ValueLimits limits) {
    Listpack tail = chunks.count() == 0 ? null : chunks.get(chunks.count() - 1);
    if (tail == null || (chunked && !takes(tail, element, limits))) {
      close(tail);
      tail = new Listpack();
      chunks.insert(chunks.count(), tail);
    } else {
      chunkBytes -= tail.sizeBytes();
    }
    tail.append(element);
    chunkBytes += tail.sizeBytes();
    size++;
  }

  /** A chunk that is full at its end keeps no spare room. */
  private void close(@Nullable Listpack chunk) {
    if (chunk != null) {
      chunkBytes -= chunk.sizeBytes();
      chunk.trim();
      chunkBytes += chunk.sizeBytes();
    }
  }

  /** Shows the first element; the list must not be empty. */
  public void visitHead(ElementVisitor visitor) {
    Listpack head = chunks.get(0);
    head.visit(head.first(), visitor);
  }

  /** Shows the last element; the list must not be empty. */
  public void visitTail(ElementVisitor visitor) {
    Listpack tail = chunks.get(chunks.count() - 1);
    tail.visit(tail.previous(tail.end()), visitor);
  }

  /** Removes that many elements, at most all, from the head. */
  public void removeHead(int elements) {
    int left = elements;
    int emptied = 0;
    while (left > 0) {
      Listpack head = chunks.get(emptied);
      chunkBytes -= head.sizeBytes();
      if (head.count() <= left) {
        left -= head.count();
        emptied++;
      } else {
        head.removeFirst(left);
        chunkBytes += head.sizeBytes();
        left = 0;
      }
    }
    chunks.removeRange(0, emptied);
    size -= elements;
  }

  /** Removes that many elements, at most all, from the tail. */
  public void removeTail(int elements) {
    int left = elements;
    int kept = chunks.count();
    while (left > 0) {
      Listpack tail = chunks.get(kept - 1);
      chunkBytes -= tail.sizeBytes();
      if (tail.count() <= left) {
        left -= tail.count();
        kept--;
      } else {
        tail.removeLast(left);
        chunkBytes += tail.sizeBytes();
        left = 0;
      }
    }
    chunks.removeRange(kept, chunks.count());
    size -= elements;
  }

  // --- by index

  /** Finds the element of an index within the list. */
  private void locate(int index) {
    int at;
    int left = index;
    if (index < size / 2) {
      at = 0;
      while (left >= chunks.get(at).count()) {
        left -= chunks.get(at).count();
        at++;
      }
    } else {
      at = chunks.count() - 1;
      left -= size - chunks.get(at).count();
      while (left < 0) {
        at--;
        left += chunks.get(at).count();
      }
    }
    foundChunk = at;
    foundPlace = chunks.get(at).seek(left);
  }

  /** Shows the element of an index from 0 to size - 1. */
  public void visit(int index, ElementVisitor visitor) {
    locate(index);
    chunks.get(foundChunk).visit(foundPlace, visitor);
  }

  /** Shows elements from an index on, {@code count} of them at most. */
  public void visitRange(int index, int count, ElementVisitor visitor) {
    if (count <= 0) {
      return;
    }
    locate(index);
    int at = foundChunk;
    Listpack chunk = chunks.get(at);
    int place = foundPlace;
    for (int left = count; left > 0; left--) {
      if (place == chunk.end()) {
        if (++at == chunks.count()) {
          return;
        }
        chunk = chunks.get(at);
        place = chunk.first();
      }
      if (!chunk.visit(place, visitor)) {
        return;
      }
      place = chunk.next(place);
    }
  }

  /** As {@link #visitRange} towards the head. */
  public void visitRangeBackwards(int index, int count, ElementVisitor visitor) {
    if (count <= 0) {
      return;
    }
    locate(index);
    int at = foundChunk;
    Listpack chunk = chunks.get(at);
    int place = foundPlace;
    for (int left = count; left > 0; left--) {
      if (!chunk.visit(place, visitor) || left == 1) {
        return;
      }
      if (place == chunk.first()) {
        if (at == 0) {
          return;
        }
        chunk = chunks.get(--at);
        place = chunk.end();
      }
      place = chunk.previous(place);
    }
  }

  /** Shows all elements, head first. */
  public void forEach(ElementVisitor visitor) {
    for (int i = 0; i < chunks.count(); i++) {
      if (!chunks.get(i).forEach(visitor)) {
        return;
      }
    }
  }

  /** Exchanges the element of an index within the list. */
  public void set(int index, ByteRange element, ValueLimits limits) {
    locate(index);
    Listpack chunk = chunks.get(foundChunk);
    boolean wasLarge = chunk.count() == 1 && chunk.formatBytes() > LARGE_ELEMENT_BYTES;
    chunkBytes -= chunk.sizeBytes();
    chunk.replace(foundPlace, element);
    chunkBytes += chunk.sizeBytes();
    if (chunked && chunk.count() > 1 && element.length() > LARGE_ELEMENT_BYTES) {
      isolate(index);
    } else if (wasLarge) {
      join(foundChunk, limits.listChunkLimit);
    }
  }

  /** A large element in company would make every change of its neighbours move it. */
  private void isolate(int index) {
    locate(index);
    Listpack chunk = chunks.get(foundChunk);
    chunkBytes -= chunk.sizeBytes();
    Listpack alone = chunk.split(foundPlace);
    Listpack rest = alone.split(alone.next(alone.first()));
    int at = foundChunk;
    if (chunk.count() > 0) {
      chunkBytes += chunk.sizeBytes();
      at++;
      chunks.insert(at, alone);
    } else {
      chunks.set(at, alone);
    }
    chunkBytes += alone.sizeBytes();
    if (rest.count() > 0) {
      chunks.insert(at + 1, rest);
      chunkBytes += rest.sizeBytes();
    }
  }

  // --- by value

  /**
   * Puts an element beside the first one that equals the pivot.
   *
   * @return false if there is no such element
   */
  public boolean insert(ByteRange pivot, boolean after, ByteRange element, ValueLimits limits) {
    for (int i = 0; i < chunks.count(); i++) {
      Listpack chunk = chunks.get(i);
      int place = chunk.find(pivot, chunk.first());
      if (place >= 0) {
        insert(i, place, after, element, limits);
        size++;
        return true;
      }
    }
    return false;
  }

  /** Whether an element equals the pivot of {@link #insert}. */
  public boolean contains(ByteRange element) {
    for (int i = 0; i < chunks.count(); i++) {
      Listpack chunk = chunks.get(i);
      if (chunk.find(element, chunk.first()) >= 0) {
        return true;
      }
    }
    return false;
  }

  private void insert(int at, int place, boolean after, ByteRange element, ValueLimits limits) {
    Listpack chunk = chunks.get(at);
    int gap = after ? chunk.next(place) : place;
    if (!chunked || takes(chunk, element, limits)) {
      chunkBytes -= chunk.sizeBytes();
      chunk.insert(gap, element);
      chunkBytes += chunk.sizeBytes();
      return;
    }
    boolean atTail = after && gap == chunk.end();
    boolean atHead = !after && gap == chunk.first();
    if (!atTail && !atHead) {
      insertBySplitting(at, gap, after, element, limits);
      return;
    }
    Listpack neighbour = chunks.getOrNull(atTail ? at + 1 : at - 1);
    if (neighbour == null || !takes(neighbour, element, limits)) {
      neighbour = new Listpack();
      chunks.insert(atTail ? at + 1 : at, neighbour);
    } else {
      chunkBytes -= neighbour.sizeBytes();
    }
    if (atTail) {
      neighbour.prepend(element);
    } else {
      neighbour.append(element);
    }
    chunkBytes += neighbour.sizeBytes();
  }

  /** The chunk is full: the element goes to the smaller side of a split, and neighbours join. */
  private void insertBySplitting(
      int at, int gap, boolean after, ByteRange element, ValueLimits limits) {
    Listpack front = chunks.get(at);
    chunkBytes -= front.sizeBytes();
    Listpack back = front.split(gap);
    if (after) {
      back.prepend(element);
    } else {
      front.append(element);
    }
    chunks.insert(at + 1, back);
    chunkBytes += front.sizeBytes() + back.sizeBytes();
    // The chunk that stays in Redis is the one without the element; joining begins around it.
    join(after ? at : at + 1, limits.listChunkLimit);
  }

  /** Joins chunks around that one where they fit together, in the order in which Redis does. */
  private void join(int center, int limit) {
    int at = center;
    if (joins(chunks.getOrNull(at - 2), chunks.getOrNull(at - 1), limit)) {
      joinWithNext(at - 2);
      at--;
    }
    if (joins(chunks.getOrNull(at + 1), chunks.getOrNull(at + 2), limit)) {
      joinWithNext(at + 1);
    }
    if (joins(chunks.getOrNull(at - 1), chunks.getOrNull(at), limit)) {
      joinWithNext(at - 1);
      at--;
    }
    if (joins(chunks.getOrNull(at), chunks.getOrNull(at + 1), limit)) {
      joinWithNext(at);
    }
  }

  private void joinWithNext(int at) {
    Listpack first = chunks.get(at);
    Listpack second = chunks.get(at + 1);
    chunkBytes -= first.sizeBytes() + second.sizeBytes();
    first.appendAll(second);
    chunkBytes += first.sizeBytes();
    chunks.removeRange(at + 1, at + 2);
  }

  /**
   * Removes elements that equal this one.
   *
   * @param limit how many at most
   * @param backwards whether to begin at the tail
   * @return how many were removed
   */
  public int remove(ByteRange element, int limit, boolean backwards) {
    int removed = 0;
    boolean emptied = false;
    for (int i = 0; i < chunks.count() && removed < limit; i++) {
      Listpack chunk = chunks.get(backwards ? chunks.count() - 1 - i : i);
      chunkBytes -= chunk.sizeBytes();
      removed +=
          backwards
              ? removeBackwards(chunk, element, limit - removed)
              : removeForwards(chunk, element, limit - removed);
      if (chunk.count() == 0) {
        emptied = true;
      } else {
        chunkBytes += chunk.sizeBytes();
      }
    }
    if (emptied) {
      chunks.removeEmpty();
    }
    size -= removed;
    return removed;
  }

  private static int removeForwards(Listpack chunk, ByteRange element, int limit) {
    int removed = 0;
    int place = chunk.find(element, chunk.first());
    while (place >= 0) {
      place = chunk.remove(place);
      removed++;
      place = removed == limit ? -1 : chunk.find(element, place);
    }
    return removed;
  }

  private static int removeBackwards(Listpack chunk, ByteRange element, int limit) {
    int removed = 0;
    int place = chunk.end();
    while (place != chunk.first() && removed < limit) {
      place = chunk.previous(place);
      if (chunk.matches(place, element)) {
        place = chunk.remove(place);
        removed++;
      }
    }
    return removed;
  }

  // --- as a value

  @Override
  public ValueType type() {
    return ValueType.LIST;
  }

  @Override
  public String encoding() {
    return chunked ? "quicklist" : "listpack";
  }

  @Override
  public long sizeBytes() {
    return OWN_BYTES + chunks.sizeBytes() + chunkBytes;
  }

  @Override
  public int elementCount() {
    return Math.max(1, chunks.count());
  }

  @Override
  public void validate() {
    Invariant.check(chunked || chunks.count() <= 1, "%d chunks of a small list", chunks.count());
    long bytes = 0;
    int elements = 0;
    for (int i = 0; i < chunks.count(); i++) {
      Listpack chunk = chunks.get(i);
      chunk.validate();
      Invariant.check(chunk.count() > 0, "chunk %d is empty", i);
      bytes += chunk.sizeBytes();
      elements += chunk.count();
    }
    Invariant.check(bytes == chunkBytes, "chunks weigh %d, accounted %d", bytes, chunkBytes);
    Invariant.check(elements == size, "found %d elements, counted %d", elements, size);
  }

  @Override
  public Value copy() {
    ListValue copy = new ListValue();
    copy.chunks = chunks.copy();
    copy.chunked = chunked;
    copy.size = size;
    for (int i = 0; i < copy.chunks.count(); i++) {
      copy.chunkBytes += copy.chunks.get(i).sizeBytes();
    }
    return copy;
  }
}
