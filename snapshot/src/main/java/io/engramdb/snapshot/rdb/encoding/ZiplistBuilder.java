package io.engramdb.snapshot.rdb.encoding;

/** Writes ziplists, with the smallest encoding for each element. */
public final class ZiplistBuilder extends PackedBuilder {
  /** Most that an element takes beside its text: previous size and encoding. */
  public static final int MAX_OVERHEAD_BYTES = 14;

  private int lastStart = ZiplistCursor.HEADER_SIZE_BYTES;

  /** An empty ziplist. */
  public ZiplistBuilder() {
    super(ZiplistCursor.HEADER_SIZE_BYTES);
  }

  @Override
  public void clear() {
    super.clear();
    lastStart = ZiplistCursor.HEADER_SIZE_BYTES;
  }

  @Override
  public void append(long number) {
    begin(MAX_OVERHEAD_BYTES);
    if (number >= 0 && number <= 12) {
      put(0xf1 + (int) number);
    } else if (fits(number, 1)) {
      wide(0xfe, number, 1);
    } else if (fits(number, 2)) {
      wide(0xc0, number, 2);
    } else if (fits(number, 3)) {
      wide(0xf0, number, 3);
    } else if (fits(number, 4)) {
      wide(0xd0, number, 4);
    } else {
      wide(0xe0, number, 8);
    }
  }

  private void wide(int encoding, long number, int size) {
    put(encoding);
    putLittle(number, size);
  }

  @Override
  void appendText(byte[] text) {
    begin(Math.addExact(MAX_OVERHEAD_BYTES, text.length));
    if (text.length < 1 << 6) {
      put(text.length);
    } else if (text.length < 1 << 14) {
      put(0x40 | text.length >> 8);
      put(text.length);
    } else {
      put(0x80);
      putLittle(Integer.reverseBytes(text.length), 4);
    }
    put(text);
  }

  private void begin(int room) {
    room(room);
    int previousSize = count == 0 ? 0 : at - lastStart;
    lastStart = at;
    if (previousSize < ZiplistCursor.WIDE_PREVIOUS) {
      put(previousSize);
    } else {
      put(ZiplistCursor.WIDE_PREVIOUS);
      putLittle(previousSize, 4);
    }
    count++;
  }

  @Override
  public void finish() {
    room(1);
    put(ZiplistCursor.END);
    setLittle(0, at, 4);
    setLittle(4, lastStart, 4);
    setLittle(8, Math.min(count, ZiplistCursor.COUNT_OPEN), 2);
  }
}
