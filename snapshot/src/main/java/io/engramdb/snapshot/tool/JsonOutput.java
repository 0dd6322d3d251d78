package io.engramdb.snapshot.tool;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * JSON whose strings are base64, ids and numbers: nothing that needs to be escaped. Holds up to its
 * flush size before it writes, or everything if it has nowhere to write to. One thread.
 */
final class JsonOutput {
  private static final int FLUSH_SIZE_BYTES = 1 << 16;
  private static final int INITIAL_SIZE_BYTES = 1 << 10;

  /** Bytes that are turned into base64 at once; a multiple of three, so that none is padded. */
  private static final int BASE64_STEP_BYTES = 3 << 14;

  private static final Base64.Encoder BASE64 = Base64.getEncoder();

  private final OutputStream target;
  private final boolean flushes;
  private byte[] buffer = new byte[INITIAL_SIZE_BYTES];
  private int size;

  /** True if what was written to the target does not end with a line. */
  private boolean midLine;

  private JsonOutput(OutputStream target, boolean flushes) {
    this.target = target;
    this.flushes = flushes;
  }

  static JsonOutput to(OutputStream target) {
    return new JsonOutput(target, true);
  }

  /** An output that holds everything until it is appended to another one. */
  static JsonOutput held() {
    return new JsonOutput(OutputStream.nullOutputStream(), false);
  }

  int sizeBytes() {
    return size;
  }

  void clear() {
    size = 0;
    if (buffer.length > FLUSH_SIZE_BYTES) {
      buffer = new byte[INITIAL_SIZE_BYTES];
    }
  }

  void flush() throws IOException {
    target.write(buffer, 0, size);
    target.flush();
    size = 0;
  }

  /** Drops what was written since the last end of a line; what is out already ends one. */
  void dropUnfinishedLine() throws IOException {
    int end = size;
    while (end > 0 && buffer[end - 1] != '\n') {
      end--;
    }
    boolean lineIsOut = end == 0 && midLine;
    size = end;
    if (lineIsOut) {
      raw("\n");
    }
  }

  /** Text as it is. */
  JsonOutput raw(String text) throws IOException {
    put(text.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  JsonOutput number(long number) throws IOException {
    return raw(Long.toString(number));
  }

  JsonOutput unsigned(long number) throws IOException {
    return raw(Long.toUnsignedString(number));
  }

  /** Bytes as a string of base64. */
  JsonOutput bytes(byte[] bytes) throws IOException {
    raw("\"");
    if (bytes.length <= BASE64_STEP_BYTES) {
      put(BASE64.encode(bytes));
    } else {
      for (int at = 0; at < bytes.length; at += BASE64_STEP_BYTES) {
        int end = Math.min(bytes.length, at + BASE64_STEP_BYTES);
        put(BASE64.encode(Arrays.copyOfRange(bytes, at, end)));
      }
    }
    return raw("\"");
  }

  JsonOutput append(JsonOutput other) throws IOException {
    put(other.buffer, other.size);
    return this;
  }

  private void put(byte[] bytes) throws IOException {
    put(bytes, bytes.length);
  }

  private void put(byte[] bytes, int length) throws IOException {
    if (flushes && size + length > FLUSH_SIZE_BYTES) {
      target.write(buffer, 0, size);
      midLine = size == 0 ? midLine : buffer[size - 1] != '\n';
      size = 0;
      if (length > FLUSH_SIZE_BYTES) {
        target.write(bytes, 0, length);
        midLine = bytes[length - 1] != '\n';
        return;
      }
    }
    int needed = Math.addExact(size, length);
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.max(needed, Math.min(2L * buffer.length, 1 << 30)));
    }
    System.arraycopy(bytes, 0, buffer, size, length);
    size = needed;
  }
}
