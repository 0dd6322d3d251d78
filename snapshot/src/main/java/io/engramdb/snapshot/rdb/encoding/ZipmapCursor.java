package io.engramdb.snapshot.rdb.encoding;

/** Reads zipmaps: fields and values in turn. The layout is in the package document. */
public final class ZipmapCursor extends PackedCursor {
  private static final int COUNT_OPEN = 254;
  private static final int WIDE_LENGTH = 254;
  private static final int END = 0xff;

  private int pairs;
  private int end;

  /** A cursor that {@link #open} makes ready. */
  public ZipmapCursor() {}

  @Override
  void openHeader() throws PackedException {
    at = 0;
    if (lengthBytes < 2) {
      throw fault("a zipmap of " + lengthBytes + " bytes is too short");
    }
    end = lengthBytes - 1;
    if (u8(end) != END) {
      at = end;
      throw fault("a zipmap does not end with its end mark");
    }
    pairs = u8(0);
    if (pairs > COUNT_OPEN) {
      throw fault("the count of a zipmap is undefined");
    }
    at = 1;
  }

  @Override
  int headerCount() {
    return pairs == COUNT_OPEN ? COUNT_UNKNOWN : 2 * pairs;
  }

  @Override
  boolean step() throws PackedException {
    boolean isValue = (seen & 1) == 1;
    if (at == end) {
      if (isValue) {
        throw fault("the last field of a zipmap has no value");
      }
      if (pairs != COUNT_OPEN && 2 * pairs != seen) {
        throw fault("a zipmap of " + seen / 2 + " fields says it has " + pairs);
      }
      return false;
    }
    long length = u8(at);
    int header = 1;
    if (length >= WIDE_LENGTH) {
      if (length == END) {
        throw fault("an end mark stands within a zipmap");
      }
      need(5, end);
      length = u32(at + 1);
      header = 5;
    }
    int free = 0;
    if (isValue) {
      need(header + 1, end);
      free = u8(at + header);
      header++;
    }
    setText(at + header, length, end);
    need(header + textLength + free, end);
    at += header + textLength + free;
    return true;
  }
}
