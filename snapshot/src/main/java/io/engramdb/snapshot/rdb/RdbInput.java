package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import io.engramdb.snapshot.rdb.encoding.Decimal;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The bytes of an RDB file through one buffer: numbers, lengths, strings, and the checksum over all
 * that was consumed. One thread.
 *
 * <p>A length is a claim. Memory for a string is claimed at once only if the file is known to be
 * long enough; otherwise it grows with the bytes that really come.
 */
final class RdbInput {
  /** Size of a source that nobody knows before its end. */
  static final long UNKNOWN_SIZE = -1;

  /** Bytes that are read at once. */
  static final int BUFFER_SIZE_BYTES = 1 << 16;

  /** Bytes that are read at once after a move; twice as many with each further read. */
  private static final int FIRST_READ_BYTES = 1 << 11;

  /** First claim for a string of a source of unknown size. */
  private static final int FIRST_CLAIM_BYTES = 1 << 16;

  /** Memory for blobs that is kept from one to the next. */
  private static final int MAX_KEPT_SIZE_BYTES = 1 << 20;

  private static final byte[] EMPTY = new byte[0];

  // Two high bits of a length's first byte.
  private static final int SIX_BITS = 0;
  private static final int FOURTEEN_BITS = 1;
  private static final int ENCODED = 3;
  private static final int WIDE_32 = 0x80;
  private static final int WIDE_64 = 0x81;

  // First bytes of strings that are stored otherwise.
  private static final int INT_8 = 0xc0;
  private static final int INT_16 = 0xc1;
  private static final int INT_32 = 0xc2;
  private static final int LZF = 0xc3;

  private final InputStream in;
  private final long sizeBytes;
  private final int maxStringSizeBytes;
  private final byte[] buffer;
  private int at;
  private int limit;

  /** Offset in the file of the buffer's first byte. */
  private long bufferOffset;

  private int readSizeBytes = BUFFER_SIZE_BYTES;
  private boolean summing = true;
  private long checksum;

  /** Where in the buffer begins what the checksum does not cover yet. */
  private int unsummed;

  private boolean encoded;
  private long stringOffset;
  private boolean stringWasCompressed;
  private byte[] blob = EMPTY;
  private byte[] compressed = EMPTY;
  private int compressedSize;

  /**
   * Input from a stream.
   *
   * @param sizeBytes bytes that the stream has, or {@link #UNKNOWN_SIZE}
   */
  RdbInput(InputStream in, long sizeBytes, int maxStringSizeBytes) {
    this.in = in;
    this.sizeBytes = sizeBytes;
    this.maxStringSizeBytes = maxStringSizeBytes;
    boolean fits = sizeBytes != UNKNOWN_SIZE && sizeBytes < BUFFER_SIZE_BYTES;
    this.buffer = new byte[fits ? Math.max(1, (int) sizeBytes) : BUFFER_SIZE_BYTES];
  }

  /**
   * Goes on at another place, to which the caller has moved the stream. No checksum from there, and
   * little is read ahead: what is wanted there may be short.
   */
  void moved(long offset) {
    summing = false;
    readSizeBytes = FIRST_READ_BYTES;
    at = 0;
    limit = 0;
    unsummed = 0;
    bufferOffset = offset;
  }

  /** Offset in the file of the next byte. */
  long offset() {
    return bufferOffset + at;
  }

  /** Checksum over everything that was consumed. */
  long checksum() {
    sum();
    return checksum;
  }

  private void sum() {
    if (summing) {
      checksum = RdbChecksum.update(checksum, buffer, unsummed, at - unsummed);
    }
    unsummed = at;
  }

  /** Bytes that were read from the source and not consumed. */
  byte[] unconsumed() {
    return Arrays.copyOfRange(buffer, at, limit);
  }

  /** True if there is no byte any more. */
  boolean isAtEnd() throws IOException {
    return at == limit && !refill();
  }

  private boolean refill() throws IOException {
    sum();
    bufferOffset += limit;
    at = 0;
    limit = 0;
    unsummed = 0;
    int count = in.read(buffer, 0, Math.min(readSizeBytes, buffer.length));
    readSizeBytes = Math.min(2 * readSizeBytes, BUFFER_SIZE_BYTES);
    if (count <= 0) {
      return false;
    }
    limit = count;
    return true;
  }

  RdbException fault(RdbFault fault, long offset, String reason) {
    return new RdbException(fault, offset, reason);
  }

  private RdbException ended() {
    return fault(RdbFault.TRUNCATED, offset(), "the file ends too early");
  }

  int readByte() throws IOException {
    if (at == limit && !refill()) {
      throw ended();
    }
    return buffer[at++] & 0xff;
  }

  /** A number of {@code size} bytes, little-endian, sign-extended. */
  long readLittle(int size) throws IOException {
    if (limit - at < size) {
      return readLittleAcross(size);
    }
    long sum = buffer[at + size - 1];
    for (int i = size - 2; i >= 0; i--) {
      sum = sum << 8 | buffer[at + i] & 0xff;
    }
    at += size;
    return sum;
  }

  private long readLittleAcross(int size) throws IOException {
    long sum = 0;
    for (int i = 0; i < size; i++) {
      sum |= (long) readByte() << 8 * i;
    }
    int unused = Long.SIZE - 8 * size;
    return sum << unused >> unused;
  }

  /** A number of {@code size} bytes, big-endian, unsigned. */
  long readBig(int size) throws IOException {
    long sum = 0;
    for (int i = 0; i < size; i++) {
      sum = sum << 8 | readByte();
    }
    return sum;
  }

  /** A length, count or id: 64 bits, unsigned. */
  long readLength() throws IOException {
    long start = offset();
    long length = readLengthOrEncoding();
    if (encoded) {
      throw fault(RdbFault.MALFORMED, start, "a string encoding stands where a length must be");
    }
    return length;
  }

  /**
   * A count of things that follow.
   *
   * @param minSizeBytes least that each of them takes in the file
   */
  long readCount(int minSizeBytes) throws IOException {
    long start = offset();
    long count = readLength();
    if (count < 0 || sizeBytes != UNKNOWN_SIZE && count > (sizeBytes - offset()) / minSizeBytes) {
      throw fault(
          RdbFault.TRUNCATED,
          start,
          Long.toUnsignedString(count) + " elements are more than the rest of the file can hold");
    }
    return count;
  }

  /** A length, or the first byte of a string's encoding; {@link #encoded} says which. */
  private long readLengthOrEncoding() throws IOException {
    int first = readByte();
    encoded = false;
    switch (first >> 6) {
      case SIX_BITS -> {
        return first & 0x3f;
      }
      case FOURTEEN_BITS -> {
        return (first & 0x3f) << 8 | readByte();
      }
      case ENCODED -> {
        encoded = true;
        return first;
      }
      default -> {
        if (first == WIDE_32) {
          return readBig(4);
        }
        if (first == WIDE_64) {
          return readBig(8);
        }
        throw fault(
            RdbFault.MALFORMED,
            offset() - 1,
            "length byte 0x" + Integer.toHexString(first) + " is undefined");
      }
    }
  }

  /** A string as an array of the caller's own. */
  byte[] readString() throws IOException {
    long length = beginString();
    if (!encoded) {
      return readRaw(EMPTY, checkedSize(length, "a string"));
    }
    if (length != LZF) {
      return Decimal.bytes(readNumber((int) length));
    }
    int size = readCompressed();
    byte[] string = new byte[size];
    decompress(string, size);
    return string;
  }

  /**
   * A string into the memory of {@link #blob}, which is good until the next call.
   *
   * @return its size
   */
  int readBlob() throws IOException {
    long length = beginString();
    if (encoded && length != LZF) {
      blob = Decimal.bytes(readNumber((int) length));
      return blob.length;
    }
    if (encoded) {
      int size = readCompressed();
      if (blob.length < size) {
        blob = new byte[size];
      }
      decompress(blob, size);
      return size;
    }
    int size = checkedSize(length, "a string");
    blob = readRaw(blob, size);
    return size;
  }

  /** Holds the string of the last {@link #readBlob} at its start. */
  byte[] blob() {
    return blob;
  }

  /** Gives back memory that a large blob claimed. */
  void releaseBlob() {
    if (blob.length > MAX_KEPT_SIZE_BYTES) {
      blob = EMPTY;
    }
    if (compressed.length > MAX_KEPT_SIZE_BYTES) {
      compressed = EMPTY;
    }
  }

  /** Place in the file of a byte of the last string. */
  long offsetInString(int offset) {
    return stringWasCompressed ? stringOffset : stringOffset + offset;
  }

  private long beginString() throws IOException {
    stringOffset = offset();
    stringWasCompressed = false;
    long length = readLengthOrEncoding();
    if (encoded) {
      stringWasCompressed = true;
      if (length > LZF) {
        throw fault(
            RdbFault.MALFORMED,
            stringOffset,
            "string encoding 0x" + Long.toHexString(length) + " is undefined");
      }
    } else {
      stringOffset = offset();
    }
    return length;
  }

  private long readNumber(int encoding) throws IOException {
    return switch (encoding) {
      case INT_8 -> readLittle(1);
      case INT_16 -> readLittle(2);
      default -> {
        Invariant.check(encoding == INT_32, "encoding %d is no number", encoding);
        yield readLittle(4);
      }
    };
  }

  /** A size that the rest of the file can hold and that is allowed. */
  private int checkedSize(long length, String what) throws RdbException {
    if (length < 0 || sizeBytes != UNKNOWN_SIZE && length > sizeBytes - offset()) {
      throw fault(
          RdbFault.TRUNCATED,
          stringOffset,
          what + " of " + Long.toUnsignedString(length) + " bytes is longer than the file");
    }
    return allowedSize(length, what);
  }

  private int allowedSize(long length, String what) throws RdbException {
    if (length < 0 || length > maxStringSizeBytes) {
      throw fault(
          RdbFault.LIMIT,
          stringOffset,
          what
              + " of "
              + Long.toUnsignedString(length)
              + " bytes is longer than the limit of "
              + maxStringSizeBytes);
    }
    return (int) length;
  }

  /** Reads the compressed form and returns the size of what it stands for. */
  private int readCompressed() throws IOException {
    long from = readLength();
    long to = readLength();
    int size = checkedSize(from, "a compressed string");
    int result = allowedSize(to, "a compressed string, decompressed,");
    if (to > (long) Lzf.MAX_EXPANSION * size) {
      throw fault(RdbFault.MALFORMED, stringOffset, from + " compressed bytes can't become " + to);
    }
    compressed = readRaw(compressed, size);
    compressedSize = size;
    return result;
  }

  private void decompress(byte[] target, int size) throws RdbException {
    if (!Lzf.decompress(compressed, compressedSize, target, size)) {
      throw fault(RdbFault.MALFORMED, stringOffset, "a compressed string is damaged");
    }
    if (compressed.length > MAX_KEPT_SIZE_BYTES) {
      compressed = EMPTY;
    }
  }

  /**
   * Reads bytes into an array that is large enough; a larger one is made if needed. With {@link
   * #EMPTY} it is a new one of exactly that size.
   */
  private byte[] readRaw(byte[] reuse, int size) throws IOException {
    byte[] target = reuse;
    if (target.length < size) {
      boolean trusted = sizeBytes != UNKNOWN_SIZE || size <= FIRST_CLAIM_BYTES;
      target = new byte[trusted ? size : FIRST_CLAIM_BYTES];
    }
    int filled = 0;
    while (filled < size) {
      if (filled == target.length) {
        target = Arrays.copyOf(target, (int) Math.min(size, 2L * target.length));
      }
      filled += readSome(target, filled, Math.min(size, target.length) - filled);
    }
    return target;
  }

  private int readSome(byte[] target, int offset, int wanted) throws IOException {
    if (at == limit) {
      if (wanted >= BUFFER_SIZE_BYTES) {
        return readPastBuffer(target, offset, wanted);
      }
      if (!refill()) {
        throw ended();
      }
    }
    int count = Math.min(wanted, limit - at);
    System.arraycopy(buffer, at, target, offset, count);
    at += count;
    return count;
  }

  private int readPastBuffer(byte[] target, int offset, int wanted) throws IOException {
    sum();
    int count = in.read(target, offset, wanted);
    if (count <= 0) {
      throw ended();
    }
    if (summing) {
      checksum = RdbChecksum.update(checksum, target, offset, count);
    }
    bufferOffset += limit + count;
    at = 0;
    limit = 0;
    unsummed = 0;
    return count;
  }

  /** Steps over bytes. */
  void skip(long count) throws IOException {
    stringOffset = offset();
    if (count < 0 || sizeBytes != UNKNOWN_SIZE && count > sizeBytes - offset()) {
      throw fault(
          RdbFault.TRUNCATED,
          stringOffset,
          Long.toUnsignedString(count) + " bytes are more than the file has");
    }
    long left = count;
    while (left > 0) {
      if (at == limit && !refill()) {
        throw ended();
      }
      int step = (int) Math.min(left, limit - at);
      at += step;
      left -= step;
    }
  }

  /** Steps over a string without decompressing it. */
  void skipString() throws IOException {
    long length = beginString();
    if (!encoded) {
      skip(length);
    } else if (length == LZF) {
      long from = readLength();
      readLength();
      skip(from);
    } else {
      readNumber((int) length);
    }
  }
}
