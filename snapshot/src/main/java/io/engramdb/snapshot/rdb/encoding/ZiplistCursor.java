package io.engramdb.snapshot.rdb.encoding;

/** Reads ziplists; the layout is in the package document. */
public final class ZiplistCursor extends PackedCursor {
  static final int HEADER_SIZE_BYTES = 10;
  static final int COUNT_OPEN = 65_535;
  static final int END = 0xff;

  /** First byte of a previous size that takes five bytes. */
  static final int WIDE_PREVIOUS = 254;

  private int count;
  private int end;
  private int lastStart;
  private int previousSize;

  /** A cursor that {@link #open} makes ready. */
  public ZiplistCursor() {}

  @Override
  void openHeader() throws PackedException {
    at = 0;
    if (lengthBytes < HEADER_SIZE_BYTES + 1) {
      throw fault("a ziplist of " + lengthBytes + " bytes is too short");
    }
    if (u32(0) != lengthBytes) {
      throw fault("a ziplist of " + lengthBytes + " bytes says it has " + u32(0));
    }
    end = lengthBytes - 1;
    if (u32(4) > end) {
      at = 4;
      throw fault("the last element of a ziplist is said to lie outside");
    }
    if (u8(end) != END) {
      at = end;
      throw fault("a ziplist does not end with its end mark");
    }
    count = u16(8);
    lastStart = 0;
    previousSize = 0;
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
        throw fault("a ziplist of " + seen + " elements says it has " + count);
      }
      if (seen > 0 && u32(4) != lastStart) {
        throw fault("a ziplist says that its last element lies elsewhere");
      }
      return false;
    }
    int start = at;
    int first = u8(at);
    long previous = first;
    int size = 1;
    if (first >= WIDE_PREVIOUS) {
      if (first == END) {
        throw fault("an end mark stands within a ziplist");
      }
      need(5, end);
      previous = u32(at + 1);
      size = 5;
    }
    if (previous != previousSize) {
      throw fault("a ziplist element is wrong about the size of the one before it");
    }
    at += size;
    need(1, end);
    at += element();
    lastStart = start;
    previousSize = at - start;
    return true;
  }

  /** Reads encoding and data at {@link #at} and returns their size. */
  private int element() throws PackedException {
    int first = u8(at);
    switch (first >> 6) {
      case 0 -> {
        setText(at + 1, first & 0x3f, end);
        return 1 + textLength;
      }
      case 1 -> {
        need(2, end);
        setText(at + 2, (first & 0x3f) << 8 | u8(at + 1), end);
        return 2 + textLength;
      }
      case 2 -> {
        need(5, end);
        setText(at + 5, Integer.toUnsignedLong(Integer.reverseBytes((int) u32(at + 1))), end);
        return 5 + textLength;
      }
      default -> {
        return numberElement(first);
      }
    }
  }

  private int numberElement(int first) throws PackedException {
    int size =
        switch (first) {
          case 0xc0 -> 2;
          case 0xd0 -> 4;
          case 0xe0 -> 8;
          case 0xf0 -> 3;
          case 0xfe -> 1;
          default -> 0;
        };
    if (size > 0) {
      need(1 + size, end);
      setNumber(signed(at + 1, size));
      return 1 + size;
    }
    if (first < 0xf1 || first > 0xfd) {
      throw fault("ziplist encoding 0x" + Integer.toHexString(first) + " is undefined");
    }
    setNumber((first & 0x0f) - 1);
    return 1;
  }
}
