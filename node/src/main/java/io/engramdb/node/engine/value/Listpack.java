package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.util.Arrays;

/**
 * Elements one behind the other in one array, each readable from both sides; integers in one to
 * nine bytes.
 *
 * <p>The entries have the layout of Redis' listpack (Salvatore Sanfilippo, 2017), so that sizes and
 * therefore changes of encoding agree with upstream and files take the bytes as they are: a byte
 * that tells the kind, the content, the size of both for walking backwards. Header and end byte of
 * the format are not kept, only counted. Unlike there, spare room may be at both ends: a queue
 * moves no bytes.
 *
 * <p>An element is named by its place, an offset that is valid until the next change. Shard thread
 * only.
 */
final class Listpack {

  /** Header and end of the format: they count in {@link #formatBytes}. */
  static final int FRAME_BYTES = 7;

  /** Elements that could make it larger go elsewhere. */
  static final int MAX_BYTES = 1 << 30;

  private static final int OBJECT_BYTES = 24;

  private static final int TEXT_6 = 0x80;
  private static final int INTEGER_13 = 0xC0;
  private static final int TEXT_12 = 0xE0;
  private static final int TEXT_32 = 0xF0;
  private static final int INTEGER_16 = 0xF1;
  private static final int INTEGER_24 = 0xF2;
  private static final int INTEGER_32 = 0xF3;
  private static final int INTEGER_64 = 0xF4;

  private static final int TEXT_6_LIMIT = 1 << 6;
  private static final int TEXT_12_LIMIT = 1 << 12;

  /** Spare room after growing: one part in this many. */
  private static final int SPARE_DIVISOR = 4;

  private static final int MAX_SPARE_BYTES = 1 << 20;

  /** An array filled to less than one part in this many is exchanged for a smaller one. */
  private static final int SHRINK_DIVISOR = 4;

  /** Arrays up to this size do not shrink. */
  private static final int SMALL_ARRAY_BYTES = 64;

  private static final byte[] EMPTY = new byte[0];

  private byte[] bytes = EMPTY;
  private int start;
  private int end;
  private int count;

  int count() {
    return count;
  }

  /** Bytes that it takes in the format. */
  long formatBytes() {
    return FRAME_BYTES + (long) (end - start);
  }

  long sizeBytes() {
    return OBJECT_BYTES + HeapSize.ofArray(bytes.length);
  }

  Listpack copy() {
    Listpack copy = new Listpack();
    copy.bytes = Arrays.copyOfRange(bytes, start, end);
    copy.end = copy.bytes.length;
    copy.count = count;
    return copy;
  }

  // --- walking

  /** Place of the first element, or {@link #end}. */
  int first() {
    return start;
  }

  /** The place behind the last element. */
  int end() {
    return end;
  }

  int next(int place) {
    int size = entrySize(place);
    return place + size + backSize(size);
  }

  /** The place before one that is not the first. */
  int previous(int place) {
    int at = place - 1;
    int size = bytes[at] & 0x7F;
    int shift = 7;
    while ((bytes[at] & 0x80) != 0) {
      at--;
      size |= (bytes[at] & 0x7F) << shift;
      shift += 7;
    }
    return at - size;
  }

  /** Place of the element of that index, found from the nearer end. */
  int seek(int index) {
    if (index <= count / 2) {
      int place = start;
      for (int i = 0; i < index; i++) {
        place = next(place);
      }
      return place;
    }
    int place = end;
    for (int i = count; i > index; i--) {
      place = previous(place);
    }
    return place;
  }

  // --- reading

  boolean isInteger(int place) {
    int kind = bytes[place] & 0xFF;
    return kind < TEXT_6 || (kind >= INTEGER_13 && kind < TEXT_12) || kind >= INTEGER_16;
  }

  long integerAt(int place) {
    int kind = bytes[place] & 0xFF;
    if (kind < TEXT_6) {
      return kind;
    }
    if (kind < TEXT_12) {
      return ((kind & 0x1F) << 27 | (bytes[place + 1] & 0xFF) << 19) >> 19;
    }
    return switch (kind) {
      case INTEGER_16 -> (short) little(place + 1, 2);
      case INTEGER_24 -> (int) little(place + 1, 3) << 8 >> 8;
      case INTEGER_32 -> (int) little(place + 1, 4);
      default -> little(place + 1, 8);
    };
  }

  private long little(int at, int size) {
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | (bytes[at + i] & 0xFF);
    }
    return value;
  }

  private int textOffset(int place) {
    int kind = bytes[place] & 0xFF;
    return place + (kind < INTEGER_13 ? 1 : kind < TEXT_32 ? 2 : 5);
  }

  private int textLength(int place) {
    int kind = bytes[place] & 0xFF;
    if (kind < INTEGER_13) {
      return kind & 0x3F;
    }
    if (kind < TEXT_32) {
      return (kind & 0x0F) << 8 | (bytes[place + 1] & 0xFF);
    }
    return (int) little(place + 1, 4);
  }

  boolean visit(int place, ElementVisitor visitor) {
    return isInteger(place)
        ? visitor.integer(integerAt(place))
        : visitor.text(bytes, textOffset(place), textLength(place));
  }

  /** Visits all elements, until the visitor has seen enough. */
  boolean forEach(ElementVisitor visitor) {
    for (int place = start; place < end; place = next(place)) {
      if (!visit(place, visitor)) {
        return false;
      }
    }
    return true;
  }

  /** Place of the first equal element from {@code from} on, or -1. */
  int find(ByteRange element, int from) {
    byte[] array = element.array();
    int offset = element.offset();
    int length = element.length();
    if (DecimalLong.isLong(array, offset, length)) {
      return findInteger(DecimalLong.parseLong(array, offset, length), from);
    }
    int place = from;
    while (place < end) {
      if (!isInteger(place) && element.matches(bytes, textOffset(place), textLength(place))) {
        return place;
      }
      place = next(place);
    }
    return -1;
  }

  int findInteger(long value, int from) {
    for (int place = from; place < end; place = next(place)) {
      if (isInteger(place) && integerAt(place) == value) {
        return place;
      }
    }
    return -1;
  }

  /** Whether the element at that place equals this one. */
  boolean matches(int place, ByteRange element) {
    if (!isInteger(place)) {
      // A text that is an integer was kept as one: they can't be equal.
      return element.matches(bytes, textOffset(place), textLength(place));
    }
    return DecimalLong.isLong(element.array(), element.offset(), element.length())
        && DecimalLong.parseLong(element.array(), element.offset(), element.length())
            == integerAt(place);
  }

  // --- changing

  /** Bytes that an element takes in the format. */
  static long sizeOf(byte[] array, int offset, int length) {
    int size =
        DecimalLong.isLong(array, offset, length)
            ? integerSize(DecimalLong.parseLong(array, offset, length))
            : headSize(length) + length;
    return size + (long) backSize(size);
  }

  void append(ByteRange element) {
    insert(end, element);
  }

  void prepend(ByteRange element) {
    insert(start, element);
  }

  void append(long value) {
    int size = integerSize(value);
    int at = open(end, size + backSize(size));
    writeInteger(at, value, size);
  }

  /** Puts an element before the one at that place. */
  void insert(int place, ByteRange element) {
    byte[] array = element.array();
    int offset = element.offset();
    int length = element.length();
    if (DecimalLong.isLong(array, offset, length)) {
      long value = DecimalLong.parseLong(array, offset, length);
      int size = integerSize(value);
      writeInteger(open(place, size + backSize(size)), value, size);
    } else {
      int size = headSize(length) + length;
      writeText(open(place, size + backSize(size)), element);
    }
  }

  void replace(int place, ByteRange element) {
    int offset = place - start;
    remove(place);
    insert(start + offset, element);
  }

  /** Exchanges an element for an integer; in place if it takes as many bytes. */
  void replace(int place, long value) {
    int size = integerSize(value);
    if (entrySize(place) == size) {
      writeInteger(place, value, size);
      return;
    }
    int offset = place - start;
    remove(place);
    writeInteger(open(start + offset, size + backSize(size)), value, size);
  }

  /**
   * Removes one element.
   *
   * @return the place of the one behind it now
   */
  int remove(int place) {
    return removeRange(place, next(place), 1);
  }

  /** Removes the first elements. */
  void removeFirst(int elements) {
    removeRange(start, seek(elements), elements);
  }

  /** Removes the last elements. */
  void removeLast(int elements) {
    removeRange(seek(count - elements), end, elements);
  }

  private int removeRange(int from, int to, int elements) {
    int offset = from - start;
    count -= elements;
    if (from - start < end - to) {
      System.arraycopy(bytes, start, bytes, start + to - from, from - start);
      start += to - from;
    } else {
      System.arraycopy(bytes, to, bytes, from, end - to);
      end -= to - from;
    }
    if (bytes.length > SMALL_ARRAY_BYTES && end - start < bytes.length / SHRINK_DIVISOR) {
      trim();
    }
    return start + offset;
  }

  /** Takes the elements from that place on out into a listpack of their own. */
  Listpack split(int place) {
    Listpack tail = new Listpack();
    tail.bytes = Arrays.copyOfRange(bytes, place, end);
    tail.end = tail.bytes.length;
    int moved = 0;
    for (int at = place; at < end; at = next(at)) {
      moved++;
    }
    tail.count = moved;
    count -= moved;
    end = place;
    trim();
    return tail;
  }

  /** Adds all elements of another one behind its own. */
  void appendAll(Listpack other) {
    int size = other.end - other.start;
    int used = end - start;
    byte[] joined = new byte[used + size];
    System.arraycopy(bytes, start, joined, 0, used);
    System.arraycopy(other.bytes, other.start, joined, used, size);
    bytes = joined;
    start = 0;
    end = joined.length;
    count += other.count;
  }

  /** Gives up all spare room. */
  void trim() {
    if (end - start < bytes.length) {
      bytes = Arrays.copyOfRange(bytes, start, end);
      end -= start;
      start = 0;
    }
  }

  /** Makes room for an entry before that place and counts it; returns where it is now. */
  private int open(int place, int size) {
    count++;
    int before = place - start;
    int after = end - place;
    if (before < after && start >= size) {
      System.arraycopy(bytes, start, bytes, start - size, before);
      start -= size;
      return place - size;
    }
    if (bytes.length - end >= size) {
      System.arraycopy(bytes, place, bytes, place + size, after);
      end += size;
      return place;
    }
    return grow(place, size);
  }

  private int grow(int place, int size) {
    int before = place - start;
    int after = end - place;
    int used = Math.addExact(end - start, size);
    int spare = used == size ? 0 : Math.min(MAX_SPARE_BYTES, used / SPARE_DIVISOR);
    byte[] larger = new byte[used + spare];
    int newStart = before < after ? spare : 0;
    System.arraycopy(bytes, start, larger, newStart, before);
    System.arraycopy(bytes, place, larger, newStart + before + size, after);
    bytes = larger;
    start = newStart;
    end = newStart + used;
    return newStart + before;
  }

  private void writeText(int place, ByteRange element) {
    int length = element.length();
    int at = place;
    if (length < TEXT_6_LIMIT) {
      bytes[at++] = (byte) (TEXT_6 | length);
    } else if (length < TEXT_12_LIMIT) {
      bytes[at++] = (byte) (TEXT_12 | length >> 8);
      bytes[at++] = (byte) length;
    } else {
      bytes[at++] = (byte) TEXT_32;
      at = putLittle(at, length, 4);
    }
    System.arraycopy(element.array(), element.offset(), bytes, at, length);
    writeBack(at + length, at + length - place);
  }

  private void writeInteger(int place, long value, int size) {
    switch (size) {
      case 1 -> bytes[place] = (byte) value;
      case 2 -> {
        bytes[place] = (byte) (INTEGER_13 | (value >> 8 & 0x1F));
        bytes[place + 1] = (byte) value;
      }
      case 3 -> putKind(place, INTEGER_16, value, 2);
      case 4 -> putKind(place, INTEGER_24, value, 3);
      case 5 -> putKind(place, INTEGER_32, value, 4);
      default -> putKind(place, INTEGER_64, value, 8);
    }
    writeBack(place + size, size);
  }

  private void putKind(int place, int kind, long value, int size) {
    bytes[place] = (byte) kind;
    putLittle(place + 1, value, size);
  }

  private int putLittle(int at, long value, int size) {
    for (int i = 0; i < size; i++) {
      bytes[at + i] = (byte) (value >> 8 * i);
    }
    return at + size;
  }

  /** Writes the size of an entry behind it, seven bits a byte, to be read from its last byte. */
  private void writeBack(int at, int size) {
    int places = backSize(size);
    for (int i = 0; i < places; i++) {
      int part = size >> 7 * (places - 1 - i) & 0x7F;
      bytes[at + i] = (byte) (i == 0 ? part : part | 0x80);
    }
  }

  // --- sizes

  /** Bytes of kind and content. */
  private int entrySize(int place) {
    int kind = bytes[place] & 0xFF;
    if (kind < TEXT_6) {
      return 1;
    }
    if (kind < INTEGER_13) {
      return 1 + (kind & 0x3F);
    }
    if (kind < TEXT_12) {
      return 2;
    }
    return switch (kind) {
      case INTEGER_16 -> 3;
      case INTEGER_24 -> 4;
      case INTEGER_32 -> 5;
      case INTEGER_64 -> 9;
      default -> textOffset(place) - place + textLength(place);
    };
  }

  private static int headSize(int length) {
    return length < TEXT_6_LIMIT ? 1 : length < TEXT_12_LIMIT ? 2 : 5;
  }

  static int integerSize(long value) {
    if (value >= 0 && value < 128) {
      return 1;
    }
    if (value >= -4096 && value < 4096) {
      return 2;
    }
    if (value == (short) value) {
      return 3;
    }
    if (value >= -(1 << 23) && value < 1 << 23) {
      return 4;
    }
    return value == (int) value ? 5 : 9;
  }

  /** Bytes of the size behind an entry; the bounds are those of the format, one below powers. */
  static int backSize(int size) {
    if (size <= 127) {
      return 1;
    }
    return size < 16_383 ? 2 : size < 2_097_151 ? 3 : size < 268_435_455 ? 4 : 5;
  }

  /** Checks every entry from both sides. */
  void validate() {
    Invariant.check(start >= 0 && end <= bytes.length, "from %d to %d", start, end);
    int found = 0;
    int place = start;
    while (place < end) {
      int following = next(place);
      Invariant.check(previous(following) == place, "entry at %d is broken from behind", place);
      if (isInteger(place)) {
        long value = integerAt(place);
        Invariant.check(integerSize(value) == entrySize(place), "%d takes too much", value);
      } else {
        Invariant.check(
            !DecimalLong.isLong(bytes, textOffset(place), textLength(place)),
            "an integer is kept as text at %d",
            place);
      }
      place = following;
      found++;
    }
    Invariant.check(place == end, "elements end at %d, not %d", place, end);
    Invariant.check(found == count, "found %d elements, counted %d", found, count);
  }
}
