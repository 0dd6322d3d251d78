package io.engramdb.snapshot.rdb.encoding;

/** Writes listpacks, with the smallest encoding for each element. */
public final class ListpackBuilder extends PackedBuilder {
  /** Most that an element takes beside its text: encoding and backward length. */
  public static final int MAX_OVERHEAD_BYTES = 10;

  /** An empty listpack. */
  public ListpackBuilder() {
    super(ListpackCursor.HEADER_SIZE_BYTES);
  }

  @Override
  public void append(long number) {
    room(MAX_OVERHEAD_BYTES + 1);
    int start = at;
    if (number >= 0 && number < 0x80) {
      put((int) number);
    } else if (number >= -(1 << 12) && number < 1 << 12) {
      put(0xc0 | (int) (number >> 8 & 0x1f));
      put((int) number);
    } else if (fits(number, 2)) {
      wide(0xf1, number, 2);
    } else if (fits(number, 3)) {
      wide(0xf2, number, 3);
    } else if (fits(number, 4)) {
      wide(0xf3, number, 4);
    } else {
      wide(0xf4, number, 8);
    }
    endElement(start);
  }

  private void wide(int encoding, long number, int size) {
    put(encoding);
    putLittle(number, size);
  }

  @Override
  void appendText(byte[] text) {
    room(MAX_OVERHEAD_BYTES + text.length);
    int start = at;
    if (text.length < 1 << 6) {
      put(0x80 | text.length);
    } else if (text.length < 1 << 12) {
      put(0xe0 | text.length >> 8);
      put(text.length);
    } else {
      put(0xf0);
      putLittle(text.length, 4);
    }
    put(text);
    endElement(start);
  }

  private void endElement(int start) {
    int size = at - start;
    int backSize = ListpackCursor.backSizeBytes(size);
    for (int i = backSize - 1; i >= 0; i--) {
      int bits = size >>> 7 * i & 0x7f;
      put(i == backSize - 1 ? bits : bits | 0x80);
    }
    count++;
  }

  @Override
  public void finish() {
    room(1);
    put(ListpackCursor.END);
    setLittle(0, at, 4);
    setLittle(4, Math.min(count, ListpackCursor.COUNT_OPEN), 2);
  }
}
