package io.engramdb.snapshot.rdb;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An RDB file or a DUMP payload that can't be taken. Says what is wrong, at which byte, and in
 * which key. Everything that was delivered before it is to be thrown away. A failing disk or
 * connection is another {@link IOException}.
 */
public final class RdbException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Bytes of a key that a message shows. */
  private static final int MAX_SHOWN_KEY_BYTES = 64;

  private final RdbFault fault;
  private final long offset;
  private final String reason;
  private byte @Nullable [] key;
  private long database;

  RdbException(RdbFault fault, long offset, String reason) {
    super(reason);
    this.fault = fault;
    this.offset = offset;
    this.reason = reason;
  }

  RdbException(RdbFault fault, long offset, String reason, Throwable cause) {
    this(fault, offset, reason);
    initCause(cause);
  }

  /** Adds the key in which it was seen, unless one is known. */
  RdbException in(long keyDatabase, byte[] keyName) {
    if (key == null) {
      key = keyName;
      database = keyDatabase;
    }
    return this;
  }

  /** The kind of fault. */
  public RdbFault fault() {
    return fault;
  }

  /**
   * Byte of the file at which it was seen, from 0. Within a compressed string: where that string
   * begins.
   */
  public long offset() {
    return offset;
  }

  /** What is wrong, without place and key. */
  public String reason() {
    return reason;
  }

  /** The key in whose record it was seen; null outside of keys. */
  public byte @Nullable [] key() {
    return key == null ? null : key.clone();
  }

  /** Database of {@link #key}. */
  public long database() {
    return database;
  }

  @Override
  public String getMessage() {
    String place = "byte " + offset;
    if (key != null) {
      place += ", key " + show(key) + " of database " + database;
    }
    return reason + " (" + place + ")";
  }

  /** A key in quotes, its odd bytes in hexadecimal, cut if it is long. */
  static String show(byte[] key) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < Math.min(key.length, MAX_SHOWN_KEY_BYTES); i++) {
      int each = key[i] & 0xff;
      if (each == '"' || each == '\\') {
        text.append('\\').append((char) each);
      } else if (each >= ' ' && each < 0x7f) {
        text.append((char) each);
      } else {
        text.append(String.format("\\x%02x", each));
      }
    }
    text.append('"');
    if (key.length > MAX_SHOWN_KEY_BYTES) {
      text.append("… (").append(key.length).append(" bytes)");
    }
    return text.toString();
  }
}
