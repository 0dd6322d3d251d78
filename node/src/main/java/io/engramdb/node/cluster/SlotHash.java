package io.engramdb.node.cluster;

import io.engramdb.node.command.Args;

/**
 * The slot of a key: CRC16 of the key, or of its hash tag, modulo 16384.
 *
 * <p>The checksum is CRC-16/XMODEM (polynomial 0x1021, initial value 0, not reflected), as the
 * Redis Cluster specification prescribes. A hash tag is what stands between the first <code>{
 * </code> and the next <code>}</code>, if that is not empty.
 */
public final class SlotHash {

  public static final int SLOT_COUNT = 16384;

  private static final int POLYNOMIAL = 0x1021;
  private static final char[] TABLE = table();

  private SlotHash() {}

  private static char[] table() {
    char[] table = new char[256];
    for (int i = 0; i < table.length; i++) {
      int crc = i << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
      }
      table[i] = (char) crc;
    }
    return table;
  }

  /** The slot of one word of a request. */
  public static int slotOf(Args args, int word) {
    return slotOf(args.array(), args.offset(word), args.length(word));
  }

  /** The slot of the key in a range of bytes. */
  public static int slotOf(byte[] buffer, int offset, int length) {
    int end = offset + length;
    int open = indexOf(buffer, offset, end, '{');
    if (open < end) {
      int close = indexOf(buffer, open + 1, end, '}');
      if (close < end && close > open + 1) {
        return crc16(buffer, open + 1, close) & (SLOT_COUNT - 1);
      }
    }
    return crc16(buffer, offset, end) & (SLOT_COUNT - 1);
  }

  private static int indexOf(byte[] buffer, int start, int end, char wanted) {
    int at = start;
    while (at < end && buffer[at] != wanted) {
      at++;
    }
    return at;
  }

  static int crc16(byte[] buffer, int start, int end) {
    int crc = 0;
    for (int i = start; i < end; i++) {
      crc = (crc << 8 ^ TABLE[(crc >>> 8 ^ buffer[i]) & 0xff]) & 0xffff;
    }
    return crc;
  }
}
