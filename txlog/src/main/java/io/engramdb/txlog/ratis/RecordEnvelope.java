package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.RecordKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * Puts the fixed header in front of a payload and takes it off again; the layout stands in the
 * package document. Encoding copies nothing: header and payload are wrapped and concatenated.
 */
public record RecordEnvelope(RecordKind kind, long epoch, long sequence, int payloadBytes) {
  /** Bytes in front of the payload. */
  public static final int HEADER_BYTES = 28;

  private static final byte VERSION = 1;
  private static final int CRC_OFFSET = 4;
  private static final int EPOCH_OFFSET = 8;

  /**
   * Header and payload as one byte string that refers to the given array.
   *
   * @param payload must not be changed afterwards
   */
  static ByteString encode(
      RecordKind kind, long epoch, long sequence, byte[] payload, int offset, int length) {
    byte[] header = new byte[HEADER_BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(header);
    buffer.put(VERSION).put(kind.code()).putShort((short) 0).putInt(0);
    buffer.putLong(epoch).putLong(sequence).putInt(length);
    buffer.putInt(CRC_OFFSET, crc(header, payload, offset, length));
    return UnsafeByteOperations.unsafeWrap(header)
        .concat(UnsafeByteOperations.unsafeWrap(payload, offset, length));
  }

  /**
   * Reads the header only; the payload is not looked at.
   *
   * @throws IOException if this is no header of a version that we know
   */
  public static RecordEnvelope header(ByteString logData) throws IOException {
    return header(headerBytes(logData), logData.size());
  }

  private static RecordEnvelope header(byte[] header, int totalBytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(header);
    byte version = buffer.get(0);
    if (version != VERSION) {
      throw new IOException("record envelope of version " + version + ", known is " + VERSION);
    }
    int length = buffer.getInt(24);
    if (length != totalBytes - HEADER_BYTES) {
      throw new IOException("record says " + length + " bytes in an entry of " + totalBytes);
    }
    RecordKind kind;
    try {
      kind = RecordKind.of(buffer.get(1));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    return new RecordEnvelope(kind, buffer.getLong(8), buffer.getLong(16), length);
  }

  /**
   * Copies the payload out and checks the checksum of the whole.
   *
   * @return a new array that belongs to the caller
   * @throws IOException if the bytes are not those that were written
   */
  public static byte[] payload(ByteString logData) throws IOException {
    byte[] header = headerBytes(logData);
    byte[] payload = new byte[header(header, logData.size()).payloadBytes];
    logData.copyTo(payload, HEADER_BYTES, 0, payload.length);
    int expected = ByteBuffer.wrap(header).getInt(CRC_OFFSET);
    int found = crc(header, payload, 0, payload.length);
    if (expected != found) {
      throw new IOException(
          String.format("record checksum is %08x, its bytes give %08x", expected, found));
    }
    return payload;
  }

  private static byte[] headerBytes(ByteString logData) throws IOException {
    if (logData.size() < HEADER_BYTES) {
      throw new IOException("entry of " + logData.size() + " bytes holds no record");
    }
    byte[] header = new byte[HEADER_BYTES];
    logData.copyTo(header, 0, 0, HEADER_BYTES);
    return header;
  }

  private static int crc(byte[] header, byte[] payload, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, CRC_OFFSET);
    crc.update(header, EPOCH_OFFSET, HEADER_BYTES - EPOCH_OFFSET);
    crc.update(payload, offset, length);
    return (int) crc.getValue();
  }
}
