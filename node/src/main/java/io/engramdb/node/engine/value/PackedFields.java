package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;

/**
 * The layout of a small hash, which is nothing but an array: the fields in the order of insertion.
 *
 * <pre>
 * spare bytes at the end, two bytes | for each field: name | value     (texts as PackedText)
 * </pre>
 *
 * <p>The idea is that of Redis' listpack: for a few dozen fields a walk through one or two cache
 * lines beats hashing, and the memory is little more than the data. An object around the array
 * would weigh as much as three small fields. What changes a hash returns its array, which may be
 * another one. Shard thread only.
 */
final class PackedFields {

  /** A packed hash never grows beyond this, whatever the configured limits are. */
  static final int MAX_BYTES = 1 << 28;

  /** A hash without fields; it has no room, so nothing is ever written to it. */
  static final byte[] EMPTY = new byte[Short.BYTES];

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** Place of the first field. */
  private static final int FIRST = Short.BYTES;

  /** Spare room after growing: one part in this many. */
  private static final int SPARE_DIVISOR = 8;

  /** Spare room that the first two bytes can tell, less what alignment adds. */
  private static final int MAX_SPARE_BYTES = 0xFFF0;

  private PackedFields() {}

  /** Place behind the last field. */
  private static int end(byte[] fields) {
    return fields.length - ((short) SHORTS.get(fields, 0) & 0xFFFF);
  }

  private static void setEnd(byte[] fields, int end) {
    SHORTS.set(fields, 0, (short) (fields.length - end));
  }

  /** Bytes in use. */
  static int usedBytes(byte[] fields) {
    return end(fields);
  }

  static byte[] copy(byte[] fields) {
    return moved(fields, end(fields));
  }

  /** Bytes that a field with such a name and value takes. */
  static long sizeOf(int nameLength, int valueLength) {
    return (long) PackedText.sizeOf(nameLength) + PackedText.sizeOf(valueLength);
  }

  /** Place of the value of that name, or -1. */
  static int findValue(byte[] fields, ByteRange name) {
    int end = end(fields);
    int at = FIRST;
    while (at < end) {
      int length = PackedText.lengthAt(fields, at);
      int text = at + PackedText.lengthSize(length);
      int valueAt = text + length;
      if (name.matches(fields, text, length)) {
        return valueAt;
      }
      at = valueAt + PackedText.sizeAt(fields, valueAt);
    }
    return -1;
  }

  /** Makes room for that many bytes of fields to come. */
  static byte[] expect(byte[] fields, int addedBytes) {
    int end = end(fields);
    int wanted = end + Math.min(addedBytes, MAX_SPARE_BYTES);
    return wanted <= fields.length ? fields : moved(fields, wanted);
  }

  /** Exchanges the value at that place. */
  static byte[] setValue(byte[] fields, int valueAt, ByteRange value) {
    int oldSize = PackedText.sizeAt(fields, valueAt);
    byte[] changed = resize(fields, valueAt, oldSize, PackedText.sizeOf(value.length()));
    write(changed, valueAt, value);
    return changed;
  }

  /** Adds a field whose name is not there. */
  static byte[] add(byte[] fields, ByteRange name, ByteRange value) {
    int at = end(fields);
    byte[] grown = resize(fields, at, 0, (int) sizeOf(name.length(), value.length()));
    write(grown, write(grown, at, name), value);
    return grown;
  }

  /** Removes the field whose value is at that place. */
  static byte[] remove(byte[] fields, ByteRange name, int valueAt) {
    int at = valueAt - PackedText.sizeOf(name.length());
    return resize(fields, at, valueAt - at + PackedText.sizeAt(fields, valueAt), 0);
  }

  /** Visits name and value of all fields. */
  static void forEach(byte[] fields, BiConsumer<ByteRange, ByteRange> visitor) {
    int end = end(fields);
    int at = FIRST;
    while (at < end) {
      at = visit(fields, at, visitor);
    }
  }

  /** Visits the field of that index, in the order of insertion. */
  static void visitIndex(byte[] fields, int index, BiConsumer<ByteRange, ByteRange> visitor) {
    int at = FIRST;
    for (int skip = index; skip > 0; skip--) {
      at += PackedText.sizeAt(fields, at);
      at += PackedText.sizeAt(fields, at);
    }
    visit(fields, at, visitor);
  }

  private static int visit(byte[] fields, int at, BiConsumer<ByteRange, ByteRange> visitor) {
    int valueAt = at + PackedText.sizeAt(fields, at);
    visitor.accept(PackedText.at(fields, at), PackedText.at(fields, valueAt));
    return valueAt + PackedText.sizeAt(fields, valueAt);
  }

  private static int write(byte[] fields, int at, ByteRange text) {
    return PackedText.write(fields, at, text.array(), text.offset(), text.length());
  }

  /** Makes {@code oldSize} bytes at that place {@code newSize} bytes. */
  private static byte[] resize(byte[] fields, int at, int oldSize, int newSize) {
    int end = end(fields);
    int newEnd = end - oldSize + newSize;
    byte[] target = fields;
    if (newEnd > fields.length) {
      target =
          new byte[HeapSize.roomOf(newEnd + Math.min(newEnd / SPARE_DIVISOR, MAX_SPARE_BYTES))];
      System.arraycopy(fields, FIRST, target, FIRST, at - FIRST);
    }
    System.arraycopy(fields, at + oldSize, target, at + newSize, end - at - oldSize);
    int spare = target.length - newEnd;
    if (spare > newEnd && spare > HeapSize.roomOf(0) || spare > MAX_SPARE_BYTES) {
      byte[] smaller = new byte[HeapSize.roomOf(newEnd)];
      System.arraycopy(target, FIRST, smaller, FIRST, newEnd - FIRST);
      target = smaller;
    }
    setEnd(target, newEnd);
    return target;
  }

  /** The same fields in an array of at least that length. */
  private static byte[] moved(byte[] fields, int length) {
    int end = end(fields);
    byte[] target = new byte[HeapSize.roomOf(length)];
    System.arraycopy(fields, FIRST, target, FIRST, end - FIRST);
    setEnd(target, end);
    return target;
  }

  /** Checks count and length; walks everything. */
  static void validate(byte[] fields, int count) {
    int end = end(fields);
    int at = FIRST;
    int found = 0;
    while (at < end) {
      at += PackedText.sizeAt(fields, at);
      at += PackedText.sizeAt(fields, at);
      found++;
    }
    Invariant.check(at == end, "fields end at %d of %d bytes", at, end);
    Invariant.check(found == count, "found %d fields, counted %d", found, count);
  }
}
