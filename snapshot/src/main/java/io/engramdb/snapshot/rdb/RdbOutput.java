package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.rdb.encoding.Decimal;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an RDB file on their way out through one buffer: numbers, lengths, strings, and the
 * checksum over all of them. One thread.
 */
final class RdbOutput {
  private static final int BUFFER_SIZE_BYTES = 1 << 16;

  /** Enough for what is written at once. */
  static final int MIN_BUFFER_SIZE_BYTES = 64;

  /** Memory for compressed strings that is kept from one to the next. */
  private static final int MAX_KEPT_SIZE_BYTES = 1 << 20;

  /** Shorter strings are never worth to be compressed. */
  private static final int MIN_COMPRESSED_SIZE_BYTES = 21;

  /** What compression must save at least: the second length and the encoding take as much. */
  private static final int MIN_SAVING_BYTES = 4;

  /** Longest text that is looked at as a number of four bytes. */
  private static final int MAX_NUMBER_TEXT_BYTES = 11;

  private final OutputStream out;
  private final boolean compresses;
  private final boolean sums;
  private final byte[] buffer;

  /** Made when the first string is worth a try: its table is larger than most values. */
  private @Nullable Lzf lzf;

  private byte[] compressed = new byte[0];
  private int at;
  private long checksum;
  private long written;

  /** An output for a file. */
  RdbOutput(OutputStream out, boolean compresses) {
    this(out, compresses, true, BUFFER_SIZE_BYTES);
  }

  /** An output for a file whose checksum may be somebody else's work. */
  RdbOutput(OutputStream out, boolean compresses, boolean sums) {
    this(out, compresses, sums, BUFFER_SIZE_BYTES);
  }

  /** An output with a buffer of that size, at least {@value #MIN_BUFFER_SIZE_BYTES} bytes. */
  RdbOutput(OutputStream out, boolean compresses, int bufferSizeBytes) {
    this(out, compresses, true, bufferSizeBytes);
  }

  private RdbOutput(OutputStream out, boolean compresses, boolean sums, int bufferSizeBytes) {
    this.out = out;
    this.compresses = compresses;
    this.sums = sums;
    this.buffer = new byte[Math.max(MIN_BUFFER_SIZE_BYTES, bufferSizeBytes)];
  }

  /** Bytes since the beginning. */
  long sizeBytes() {
    return written + at;
  }

  /** Checksum over everything so far. */
  long checksum() throws IOException {
    drain();
    return checksum;
  }

  /** Ends the file with its checksum, unless somebody else adds it. */
  void end() throws IOException {
    if (sums) {
      writeLittle(checksum(), Long.BYTES);
    }
    flush();
  }

  void flush() throws IOException {
    drain();
    out.flush();
  }

  private void drain() throws IOException {
    pass(buffer, at);
    at = 0;
  }

  private void pass(byte[] bytes, int size) throws IOException {
    if (sums) {
      checksum = RdbChecksum.update(checksum, bytes, 0, size);
    }
    out.write(bytes, 0, size);
    written += size;
  }

  private void room(int size) throws IOException {
    if (buffer.length - at < size) {
      drain();
    }
  }

  void writeByte(int oneByte) throws IOException {
    room(1);
    buffer[at++] = (byte) oneByte;
  }

  /** The low {@code size} bytes of a number, little-endian. */
  void writeLittle(long number, int size) throws IOException {
    room(size);
    for (int i = 0; i < size; i++) {
      buffer[at++] = (byte) (number >> 8 * i);
    }
  }

  /** The low {@code size} bytes of a number, big-endian. */
  void writeBig(long number, int size) throws IOException {
    room(size);
    for (int i = size - 1; i >= 0; i--) {
      buffer[at++] = (byte) (number >> 8 * i);
    }
  }

  /** A length, count or id: 64 bits, unsigned. */
  void writeLength(long length) throws IOException {
    if (length >= 0 && length < 1 << 6) {
      writeByte((int) length);
    } else if (length >= 0 && length < 1 << 14) {
      writeByte(0x40 | (int) (length >> 8));
      writeByte((int) length);
    } else if (length >>> 32 == 0) {
      writeByte(0x80);
      writeBig(length, 4);
    } else {
      writeByte(0x81);
      writeBig(length, 8);
    }
  }

  void writeRaw(byte[] bytes, int size) throws IOException {
    if (size > buffer.length) {
      drain();
      pass(bytes, size);
      return;
    }
    room(size);
    System.arraycopy(bytes, 0, buffer, at, size);
    at += size;
  }

  /** A string, as a number or compressed if that is shorter. */
  void writeString(byte[] string) throws IOException {
    if (string.length <= MAX_NUMBER_TEXT_BYTES && Decimal.isNumber(string)) {
      long number = Decimal.parse(string);
      if (number == (int) number) {
        writeNumber((int) number);
        return;
      }
    }
    writeBlob(string, string.length);
  }

  private void writeNumber(int number) throws IOException {
    int size = number == (byte) number ? 1 : number == (short) number ? 2 : 4;
    writeByte(0xc0 | size >> 1);
    writeLittle(number, size);
  }

  /** The first bytes of an array as a string, compressed if that is shorter. */
  void writeBlob(byte[] bytes, int size) throws IOException {
    if (compresses && size >= MIN_COMPRESSED_SIZE_BYTES && writeCompressed(bytes, size)) {
      return;
    }
    writeLength(size);
    writeRaw(bytes, size);
  }

  private boolean writeCompressed(byte[] bytes, int size) throws IOException {
    if (compressed.length < size) {
      compressed = new byte[size];
    }
    if (lzf == null) {
      lzf = new Lzf();
    }
    int result = lzf.compress(bytes, 0, size, compressed, size - MIN_SAVING_BYTES);
    if (result > 0) {
      writeByte(0xc3);
      writeLength(result);
      writeLength(size);
      writeRaw(compressed, result);
    }
    if (compressed.length > MAX_KEPT_SIZE_BYTES) {
      compressed = new byte[0];
    }
    return result > 0;
  }
}
