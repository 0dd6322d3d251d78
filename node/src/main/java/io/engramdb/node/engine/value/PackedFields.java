package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A small hash in one array, in the order of insertion; every look-up walks it.
 *
 * <pre>
 * for each field: length of the name | name | length of the value | value
 * a length: seven bits a byte, the lowest first, the high bit set if another byte follows
 * </pre>
 *
 * <p>The idea is that of Redis' listpack: for a few dozen fields a walk through one or two cache
 * lines beats hashing, and the memory is little more than the data. Shard thread only.
 */
final class PackedFields extends PackedItems {

  PackedFields() {
    this(new byte[0], 0);
  }

  private PackedFields(byte[] bytes, int count) {
    super(bytes, count);
  }

  long sizeBytes() {
    return HeapSize.ofArray(bytes.length);
  }

  PackedFields copy() {
    return new PackedFields(Arrays.copyOf(bytes, usedBytes), count);
  }

  /** Bytes that a field with such a name and value takes. */
  static long sizeOf(int nameLength, int valueLength) {
    return (long) lengthSize(nameLength) + nameLength + lengthSize(valueLength) + valueLength;
  }

  /** The value of a field, or null. */
  @Nullable ByteRange get(ByteRange name) {
    int valueAt = findValue(name);
    if (valueAt < 0) {
      return null;
    }
    int length = lengthAt(valueAt);
    return new ByteRange(bytes, valueAt + lengthSize(length), length);
  }

  /**
   * Sets a field.
   *
   * @return true if it is new
   */
  boolean put(ByteRange name, ByteRange value) {
    int valueAt = findValue(name);
    if (valueAt >= 0) {
      int oldSize = itemSize(valueAt);
      int newSize = lengthSize(value.length()) + value.length();
      resize(valueAt, oldSize, newSize);
      write(valueAt, value);
      return false;
    }
    int at = usedBytes;
    resize(at, 0, (int) sizeOf(name.length(), value.length()));
    write(write(at, name), value);
    count++;
    return true;
  }

  /** Removes a field; false if there is none. */
  boolean remove(ByteRange name) {
    int at = 0;
    while (at < usedBytes) {
      int nameSize = itemSize(at);
      int size = nameSize + itemSize(at + nameSize);
      if (isItem(at, name)) {
        resize(at, size, 0);
        count--;
        return true;
      }
      at += size;
    }
    return false;
  }

  /** Visits name and value of all fields. */
  void forEach(BiConsumer<ByteRange, ByteRange> visitor) {
    int at = 0;
    while (at < usedBytes) {
      at = visit(at, visitor);
    }
  }

  /** Visits the field of that index, in the order of insertion. */
  void visitIndex(int index, BiConsumer<ByteRange, ByteRange> visitor) {
    int at = 0;
    for (int skip = index; skip > 0; skip--) {
      at += itemSize(at);
      at += itemSize(at);
    }
    visit(at, visitor);
  }

  private int visit(int at, BiConsumer<ByteRange, ByteRange> visitor) {
    int valueAt = at + itemSize(at);
    visitor.accept(item(at), item(valueAt));
    return valueAt + itemSize(valueAt);
  }

  private ByteRange item(int at) {
    int length = lengthAt(at);
    return new ByteRange(bytes, at + lengthSize(length), length);
  }

  /** Place of the value of that name, or -1. */
  private int findValue(ByteRange name) {
    int at = 0;
    while (at < usedBytes) {
      int length = lengthAt(at);
      int text = at + lengthSize(length);
      int valueAt = text + length;
      if (name.matches(bytes, text, length)) {
        return valueAt;
      }
      at = valueAt + itemSize(valueAt);
    }
    return -1;
  }

  private boolean isItem(int at, ByteRange expected) {
    int length = lengthAt(at);
    return expected.matches(bytes, at + lengthSize(length), length);
  }

  private int itemSize(int at) {
    int length = lengthAt(at);
    return lengthSize(length) + length;
  }

  private int write(int at, ByteRange item) {
    return writeText(at, item.array(), item.offset(), item.length());
  }

  /** Checks count and length; walks everything. */
  void validate() {
    int at = 0;
    int found = 0;
    while (at < usedBytes) {
      at += itemSize(at);
      at += itemSize(at);
      found++;
    }
    Invariant.check(at == usedBytes, "fields end at %d of %d bytes", at, usedBytes);
    Invariant.check(found == count, "found %d fields, counted %d", found, count);
  }
}
