package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes an RDB file in one of the versions 9 to 12 of Redis: a visitor to which a reader, or
 * whoever has keys, says what the file shall hold. One thread; good for one file.
 *
 * <p>Counts that are said must be right, a wrong one is a programmer's error. What is said without
 * a count is held until its end; with one, a value of any size goes through little memory: {@value
 * Packing#HELD_SIZE_BYTES} bytes of a list or stream, and up to {@value Packing#MAX_INTSET_MEMBERS}
 * members or fields of the others.
 *
 * <p>What a version lacks is refused ({@link RdbRefusal}): functions before version 10, expiry of
 * fields before version 12. What it knows less about is written with less: streams of version 9
 * lose first id, highest deleted id, entries added and read; those before version 11 when a
 * consumer was active. The file is whole only once {@link #end} returned; forcing it to disk and
 * giving it its name is the caller's.
 */
public class RdbWriter extends ValueWriter {
  private static final int HEADER_SIZE_BYTES = 9;
  private static final long NO_DATABASE = -1;

  private long database = NO_DATABASE;

  /**
   * A writer.
   *
   * @param out not closed by it
   * @param version 9 to 12
   * @param compresses whether strings are compressed if that makes them shorter
   */
  public RdbWriter(OutputStream out, int version, boolean compresses) {
    super(new RdbOutput(out, compresses), version);
  }

  /**
   * A writer that leaves out the checksum, the last eight bytes: whoever takes the bytes sums them
   * ({@link RdbChecksum}) on a thread that has more time, and adds it.
   *
   * @param out not closed by it
   * @param version 9 to 12
   */
  public static RdbWriter unsummed(OutputStream out, int version) {
    return new RdbWriter(new RdbOutput(out, false, false), version);
  }

  private RdbWriter(RdbOutput output, int version) {
    super(output, version);
  }

  /** The version that it writes. */
  public RdbVersion version() {
    return new RdbVersion(false, version);
  }

  /** Bytes of the file so far. */
  public long sizeBytes() {
    return output.sizeBytes();
  }

  /**
   * Begins the file. Must come first.
   *
   * @param source version of what is copied; ignored
   */
  @Override
  public void header(RdbVersion source) throws IOException {
    Invariant.check(output.sizeBytes() == 0, "the header is not the first thing");
    byte[] header = String.format("REDIS%04d", version).getBytes(StandardCharsets.US_ASCII);
    Invariant.check(header.length == HEADER_SIZE_BYTES, "the header has another size");
    output.writeRaw(header, header.length);
  }

  /**
   * Writes the remarks that servers write, after the header.
   *
   * @param serverVersion version of Redis to which the file belongs, for example 7.2.0
   */
  public void remarks(String serverVersion, long nowMs, long usedMemoryBytes) throws IOException {
    aux("redis-ver", serverVersion);
    aux("redis-bits", "64");
    aux("ctime", Long.toString(nowMs / 1000));
    aux("used-mem", Long.toString(usedMemoryBytes));
    aux(version < RdbVersion.REDIS_7_0 ? "aof-preamble" : "aof-base", "0");
  }

  private void aux(String name, String value) throws IOException {
    aux(name.getBytes(StandardCharsets.US_ASCII), value.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void aux(byte[] name, byte[] value) throws IOException {
    output.writeByte(RdbOpcode.AUX);
    output.writeString(name);
    output.writeString(value);
  }

  @Override
  public void function(byte[] source) throws IOException {
    if (version < RdbVersion.REDIS_7_0) {
      throw new RdbRefusal("functions can't be written in version " + version);
    }
    output.writeByte(RdbOpcode.FUNCTION);
    output.writeString(source);
  }

  @Override
  public void databaseSize(long number, long keys, long expiring) throws IOException {
    select(number);
    output.writeByte(RdbOpcode.RESIZE_DB);
    output.writeLength(keys);
    output.writeLength(expiring);
  }

  @Override
  public void slotSize(long slot, long keys, long expiring) throws IOException {
    if (version >= RdbVersion.REDIS_7_4) {
      output.writeByte(RdbOpcode.SLOT_INFO);
      output.writeLength(slot);
      output.writeLength(keys);
      output.writeLength(expiring);
    }
  }

  private void select(long number) throws IOException {
    if (number != database) {
      output.writeByte(RdbOpcode.SELECT_DB);
      output.writeLength(number);
      database = number;
    }
  }

  @Override
  void writePrefix(RdbKey key, int type) throws IOException {
    Invariant.check(output.sizeBytes() >= HEADER_SIZE_BYTES, "the header is missing");
    select(key.database());
    if (key.expireAtMs() != RdbKey.NO_EXPIRY) {
      output.writeByte(RdbOpcode.EXPIRE_TIME_MS);
      output.writeLittle(key.expireAtMs(), Long.BYTES);
    }
    if (key.idleSeconds() != RdbKey.NO_IDLE) {
      output.writeByte(RdbOpcode.IDLE);
      output.writeLength(key.idleSeconds());
    } else if (key.frequency() != RdbKey.NO_FREQUENCY) {
      output.writeByte(RdbOpcode.FREQ);
      output.writeByte(key.frequency());
    }
    output.writeByte(type);
    output.writeString(key.name());
  }

  /** Ends the file with its checksum and flushes it. */
  @Override
  public void end() throws IOException {
    output.writeByte(RdbOpcode.EOF);
    output.end();
  }
}
