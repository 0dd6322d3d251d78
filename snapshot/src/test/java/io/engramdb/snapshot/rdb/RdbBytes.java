package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.rdb.encoding.IntsetBuilder;
import io.engramdb.snapshot.rdb.encoding.ListpackBuilder;
import io.engramdb.snapshot.rdb.encoding.PackedBuilder;
import io.engramdb.snapshot.rdb.encoding.ZiplistBuilder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Puts an RDB file together byte by byte, right or wrong. */
public final class RdbBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Nothing yet. */
  public RdbBytes() {}

  /** A file of Redis of that version begins. */
  public static RdbBytes file(int version) {
    return new RdbBytes().raw(String.format("REDIS%04d", version));
  }

  public RdbBytes raw(String text) {
    bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  public RdbBytes raw(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  /** Single bytes, given as numbers. */
  public RdbBytes raw(int... each) {
    for (int one : each) {
      bytes.write(one);
    }
    return this;
  }

  public RdbBytes length(long length) {
    if (length >= 0 && length < 64) {
      return raw((int) length);
    }
    raw(0x81);
    for (int shift = 56; shift >= 0; shift -= 8) {
      raw((int) (length >>> shift) & 0xff);
    }
    return this;
  }

  public RdbBytes little(long number, int size) {
    for (int i = 0; i < size; i++) {
      raw((int) (number >>> 8 * i) & 0xff);
    }
    return this;
  }

  public RdbBytes string(String text) {
    return string(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public RdbBytes string(byte[] string) {
    return length(string.length).raw(string);
  }

  /** Type and name of a key called {@code k}. */
  public RdbBytes key(int type) {
    return raw(type).string("k");
  }

  /** End mark and the right checksum. */
  public byte[] end() {
    raw(0xff);
    byte[] all = toBytes();
    return little(RdbChecksum.update(0, all, 0, all.length), 8).toBytes();
  }

  /** End mark and no checksum. */
  public byte[] endUnsummed() {
    return raw(0xff).little(0, 8).toBytes();
  }

  public byte[] toBytes() {
    return bytes.toByteArray();
  }

  private static byte[] packed(PackedBuilder builder, Object... elements) {
    for (Object each : elements) {
      if (each instanceof Number number) {
        builder.append(number.longValue());
      } else {
        builder.append(each.toString().getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    builder.finish();
    return builder.toByteArray();
  }

  public static byte[] listpack(Object... elements) {
    return packed(new ListpackBuilder(), elements);
  }

  public static byte[] ziplist(Object... elements) {
    return packed(new ZiplistBuilder(), elements);
  }

  public static byte[] intset(long... numbers) {
    return IntsetBuilder.build(numbers, numbers.length);
  }
}
