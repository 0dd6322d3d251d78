package io.engramdb.snapshot.rdb.encoding;

/** Reads intsets; the layout is in the package document. */
public final class IntsetCursor extends PackedCursor {
  static final int HEADER_SIZE_BYTES = 8;

  private int width;
  private int count;

  /** A cursor that {@link #open} makes ready. */
  public IntsetCursor() {}

  @Override
  void openHeader() throws PackedException {
    at = 0;
    if (lengthBytes < HEADER_SIZE_BYTES) {
      throw fault("an intset of " + lengthBytes + " bytes is too short");
    }
    long wide = u32(0);
    if (wide != 2 && wide != 4 && wide != 8) {
      throw fault("an intset of numbers of " + wide + " bytes is undefined");
    }
    long many = u32(4);
    if (many == 0 || many * wide != lengthBytes - HEADER_SIZE_BYTES) {
      at = 4;
      throw fault("an intset of " + lengthBytes + " bytes says it has " + many + " numbers");
    }
    width = (int) wide;
    count = (int) many;
    at = HEADER_SIZE_BYTES;
  }

  @Override
  int headerCount() {
    return count;
  }

  @Override
  boolean step() throws PackedException {
    if (at == lengthBytes) {
      return false;
    }
    long before = value;
    setNumber(signed(at, width));
    if (seen > 0 && value <= before) {
      throw fault("the numbers of an intset do not ascend");
    }
    at += width;
    return true;
  }
}
