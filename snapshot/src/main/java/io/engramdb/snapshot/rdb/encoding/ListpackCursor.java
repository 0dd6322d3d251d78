package io.engramdb.snapshot.rdb.encoding;

/** Reads listpacks; the layout is in the package document. */
public final class ListpackCursor extends PackedCursor {
  static final int HEADER_SIZE_BYTES = 6;
  static final int COUNT_OPEN = 65_535;
  static final int END = 0xff;

  private int count;
  private int end;

  /** A cursor that {@link #open} makes ready. */
  public ListpackCursor() {}

  @Override
  void openHeader() throws PackedException {
    at = 0;
    if (lengthBytes < HEADER_SIZE_BYTES + 1) {
      throw fault("a listpack of " + lengthBytes + " bytes is too short");
    }
    if (u32(0) != lengthBytes) {
      throw fault("a listpack of " + lengthBytes + " bytes says it has " + u32(0));
    }
    end = lengthBytes - 1;
    if (u8(end) != END) {
      at = end;
      throw fault("a listpack does not end with its end mark");
    }
    count = u16(4);
    at = HEADER_SIZE_BYTES;
  }

  @Override
  int headerCount() {
    return count == COUNT_OPEN ? COUNT_UNKNOWN : count;
  }

  @Override
  boolean step() throws PackedException {
    if (at == end) {
      if (count != COUNT_OPEN && count != seen) {
        throw fault("a listpack of " + seen + " elements says it has " + count);
      }
      return false;
    }
    int size = element();
    int backSize = backSizeBytes(size);
    at += size;
    need(backSize, end);
    for (int i = 0, rest = size; i < backSize; i++, rest >>>= 7) {
      // Read backwards the lowest seven bits come first; the byte where it ends has no high bit.
      int expected = rest & 0x7f | (i < backSize - 1 ? 0x80 : 0);
      if (u8(at + backSize - 1 - i) != expected) {
        throw fault("the backward length of a listpack element is wrong");
      }
    }
    at += backSize;
    return true;
  }

  /** Reads encoding and data at {@link #at} and returns their size. */
  private int element() throws PackedException {
    int first = u8(at);
    if (first < 0x80) {
      setNumber(first);
      return 1;
    }
    if (first < 0xc0) {
      setText(at + 1, first & 0x3f, end);
      return 1 + textLength;
    }
    if (first < 0xe0) {
      need(2, end);
      int bits = (first & 0x1f) << 8 | u8(at + 1);
      setNumber(bits < 1 << 12 ? bits : bits - (1 << 13));
      return 2;
    }
    if (first < 0xf0) {
      need(2, end);
      setText(at + 2, (first & 0x0f) << 8 | u8(at + 1), end);
      return 2 + textLength;
    }
    return switch (first) {
      case 0xf0 -> {
        need(5, end);
        setText(at + 5, u32(at + 1), end);
        yield 5 + textLength;
      }
      case 0xf1 -> wideNumber(2);
      case 0xf2 -> wideNumber(3);
      case 0xf3 -> wideNumber(4);
      case 0xf4 -> wideNumber(8);
      default -> throw fault("listpack encoding 0x" + Integer.toHexString(first) + " is undefined");
    };
  }

  private int wideNumber(int size) throws PackedException {
    need(1 + size, end);
    setNumber(signed(at + 1, size));
    return 1 + size;
  }

  /** Bytes that the backward length of an element of {@code size} bytes takes. */
  static int backSizeBytes(int size) {
    if (size <= 127) {
      return 1;
    }
    if (size < 16_383) {
      return 2;
    }
    if (size < 2_097_151) {
      return 3;
    }
    return size < 268_435_455 ? 4 : 5;
  }
}
