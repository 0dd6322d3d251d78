package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads an RDB file from its first byte to its last, once, and tells a visitor what it holds. One
 * thread; good for one file.
 *
 * <p>It believes nothing: every length is checked against what is there and what is allowed, every
 * count against what was counted, and the whole against its checksum. The first thing that is wrong
 * ends it with an {@link RdbException}; then nothing that the visitor was given is to be used. It
 * ends whatever the file holds: every step consumes bytes of it.
 */
public final class RdbReader implements Closeable {
  private static final int HEADER_SIZE_BYTES = 9;
  private static final String REDIS = "REDIS";
  private static final String VALKEY = "VALKEY";
  private static final String VALKEY_COMPRESSED = "VKCS";
  private static final int CHECKSUM_SIZE_BYTES = 8;

  private final InputStream in;
  private final RdbInput input;
  private final ModuleReader modules;
  private final ValueReader values;
  private final MemberSet keys;
  private boolean watchesKeys;
  private final RdbKey key = new RdbKey();
  private RdbVersion version = new RdbVersion(false, 0);
  private boolean inKey;
  private long recordStart = -1;

  private RdbReader(InputStream in, long sizeBytes, RdbLimits limits, ModulePolicy policy) {
    this.in = in;
    this.input = new RdbInput(in, sizeBytes, limits.stringSizeBytes());
    this.modules = new ModuleReader(input, policy);
    this.values = new ValueReader(input, limits, modules);
    this.keys = new MemberSet(limits.trackedKeys());
    this.watchesKeys = limits.trackedKeys() > 0;
  }

  /** A reader of a file. */
  public static RdbReader open(Path file, RdbLimits limits, ModulePolicy modules)
      throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new RdbReader(new ChannelStream(channel), channel.size(), limits, modules);
  }

  /** A reader of a stream, which may go on after the RDB file; see {@link #unconsumed}. */
  public static RdbReader of(InputStream in, RdbLimits limits, ModulePolicy modules) {
    return new RdbReader(in, RdbInput.UNKNOWN_SIZE, limits, modules);
  }

  /** A reader of a file in memory. */
  public static RdbReader of(byte[] file, RdbLimits limits, ModulePolicy modules) {
    return new RdbReader(new ByteArrayInputStream(file), file.length, limits, modules);
  }

  /** Reads everything. Returns after {@link RdbVisitor#end}, or fails. */
  public void read(RdbVisitor visitor) throws IOException {
    guarded(
        () -> {
          version = readHeader();
          visitor.header(version);
          while (readItem(visitor)) {
            // One item after the other until the end mark.
          }
          checkChecksum();
          visitor.end();
        });
  }

  /**
   * Reads one key's record again, from a file that {@link #read} has read. No checksum: that was
   * checked then.
   *
   * @param offset what {@link RdbKey#recordOffset} said
   */
  public void readRecord(long database, long offset, RdbVisitor visitor) throws IOException {
    Invariant.check(in instanceof ChannelStream, "only files can be read again");
    ((ChannelStream) in).channel.position(offset);
    input.moved(offset);
    watchesKeys = false;
    key.database = database;
    key.clearAttributes();
    recordStart = -1;
    guarded(
        () -> {
          long before = offset;
          while (!isRecord(before, visitor)) {
            before = input.offset();
          }
        });
  }

  private boolean isRecord(long before, RdbVisitor visitor) throws IOException {
    int opcode = input.readByte();
    if (readAttribute(opcode, before)) {
      return false;
    }
    readKey(opcode, before, visitor);
    return true;
  }

  /** Byte after the last one that was consumed. */
  public long offset() {
    return input.offset();
  }

  /** True if nothing follows. */
  public boolean isAtEnd() throws IOException {
    return input.isAtEnd();
  }

  /** Bytes after the RDB file that were taken from the stream already. */
  public byte[] unconsumed() {
    return input.unconsumed();
  }

  /** What the header says; version 0 before it was read. */
  public RdbVersion version() {
    return version;
  }

  /** Keys that have more members than {@link RdbLimits#trackedMembers}. */
  public long untrackedValues() {
    return values.untrackedValues();
  }

  /** True if there were more keys than {@link RdbLimits#trackedKeys}. */
  public boolean untrackedKeys() {
    return keys.untracked();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Work that may find a fault or be refused. */
  private interface Work {
    void run() throws IOException;
  }

  /** Adds the key at hand to a fault and makes a fault of a refusal. */
  private void guarded(Work work) throws IOException {
    try {
      work.run();
    } catch (RdbRefusal e) {
      throw located(new RdbException(e.fault(), input.offset(), String.valueOf(e.getMessage()), e));
    } catch (RdbException e) {
      throw located(e);
    }
  }

  private RdbException located(RdbException e) {
    return inKey ? e.in(key.database, key.name) : e;
  }

  private RdbVersion readHeader() throws IOException {
    StringBuilder header = new StringBuilder(HEADER_SIZE_BYTES);
    while (header.length() < HEADER_SIZE_BYTES) {
      if (input.isAtEnd()) {
        throw header.isEmpty()
            ? input.fault(RdbFault.TRUNCATED, 0, "the file is empty")
            : input.fault(RdbFault.NOT_AN_RDB, 0, "the file is too short for an RDB file");
      }
      header.append((char) input.readByte());
    }
    String text = header.toString();
    if (text.startsWith(VALKEY_COMPRESSED)) {
      throw input.fault(
          RdbFault.UNSUPPORTED_VERSION, 0, "this is a compressed file of a newer Valkey");
    }
    boolean valkey = text.startsWith(VALKEY);
    if (!valkey && !text.startsWith(REDIS)) {
      throw input.fault(RdbFault.NOT_AN_RDB, 0, "this is not an RDB file");
    }
    String digits = text.substring(valkey ? VALKEY.length() : REDIS.length());
    if (!digits.chars().allMatch(each -> each >= '0' && each <= '9')) {
      throw input.fault(RdbFault.NOT_AN_RDB, 0, "the RDB file has no version");
    }
    RdbVersion found = new RdbVersion(valkey, Integer.parseInt(digits));
    if (!found.isReadable()) {
      throw input.fault(RdbFault.UNSUPPORTED_VERSION, 0, "RDB version " + found + " can't be read");
    }
    return found;
  }

  /** Reads what comes next; false if that was the end mark. */
  private boolean readItem(RdbVisitor visitor) throws IOException {
    long start = input.offset();
    int opcode = input.readByte();
    if (readAttribute(opcode, start)) {
      return true;
    }
    switch (opcode) {
      case RdbOpcode.EOF -> {
        return false;
      }
      case RdbOpcode.SELECT_DB -> key.database = readDatabase(start);
      case RdbOpcode.RESIZE_DB -> {
        long count = input.readLength();
        visitor.databaseSize(key.database, count, input.readLength());
      }
      case RdbOpcode.SLOT_INFO -> {
        long slot = input.readLength();
        long count = input.readLength();
        visitor.slotSize(slot, count, input.readLength());
      }
      case RdbOpcode.AUX -> {
        byte[] name = input.readString();
        visitor.aux(name, input.readString());
      }
      case RdbOpcode.FUNCTION -> visitor.function(input.readString());
      case RdbOpcode.FUNCTION_PRE_RELEASE -> visitor.function(readPreReleaseFunction());
      case RdbOpcode.MODULE_AUX -> modules.aux(visitor);
      default -> readKey(opcode, start, visitor);
    }
    return true;
  }

  private long readDatabase(long start) throws IOException {
    long number = input.readLength();
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw input.fault(
          RdbFault.MALFORMED, start, "database " + Long.toUnsignedString(number) + " can't be");
    }
    return number;
  }

  /** Reads what stands before a key's type, if the opcode says it is that. */
  private boolean readAttribute(int opcode, long start) throws IOException {
    switch (opcode) {
      case RdbOpcode.EXPIRE_TIME -> key.expireAtMs = 1000 * input.readLittle(4);
      case RdbOpcode.EXPIRE_TIME_MS -> key.expireAtMs = input.readLittle(8);
      case RdbOpcode.FREQ -> key.frequency = input.readByte();
      case RdbOpcode.IDLE -> {
        key.idleSeconds = input.readLength();
        if (key.idleSeconds < 0) {
          throw input.fault(RdbFault.MALFORMED, start, "an idle time is out of range");
        }
      }
      default -> {
        return false;
      }
    }
    if (recordStart < 0) {
      recordStart = start;
    }
    return true;
  }

  private void readKey(int type, long start, RdbVisitor visitor) throws IOException {
    key.recordOffset = recordStart < 0 ? start : recordStart;
    recordStart = -1;
    if (type > RdbValueType.HASH_LISTPACK_EXPIRY) {
      // Before its name is read: what is no value has none.
      throw input.fault(RdbFault.UNKNOWN_TYPE, start, "value type " + type + " is unknown");
    }
    key.name = input.readString();
    key.storedType = type;
    inKey = true;
    if (watchesKeys && !keys.add(key.name, key.database)) {
      throw input.fault(RdbFault.DUPLICATE, start, "the key is there twice");
    }
    values.read(version, type, key, visitor);
    inKey = false;
    key.clearAttributes();
  }

  /** What Redis 7.0's release candidates wrote, in the form of today. */
  private byte[] readPreReleaseFunction() throws IOException {
    byte[] name = input.readString();
    byte[] engine = input.readString();
    if (input.readLength() != 0) {
      input.readString();
    }
    ByteArrayOutputStream source = new ByteArrayOutputStream();
    source.writeBytes("#!".getBytes(StandardCharsets.US_ASCII));
    source.writeBytes(engine);
    source.writeBytes(" name=".getBytes(StandardCharsets.US_ASCII));
    source.writeBytes(name);
    source.write('\n');
    source.writeBytes(input.readString());
    return source.toByteArray();
  }

  private void checkChecksum() throws IOException {
    if (version.number() < RdbVersion.FIRST_WITH_CHECKSUM) {
      return;
    }
    long computed = input.checksum();
    long start = input.offset();
    long stored = input.readLittle(CHECKSUM_SIZE_BYTES);
    // Zero says that the writer was told to compute none.
    if (stored != 0 && stored != computed) {
      throw input.fault(
          RdbFault.CHECKSUM,
          start,
          String.format("the checksum is %016x, but the bytes make %016x", stored, computed));
    }
  }

  /** A channel without the second buffer that the JDK's own stream of one has. */
  private static final class ChannelStream extends InputStream {
    /** The JDK copies through memory of its own, of the size of the request. */
    private static final int MAX_READ_SIZE_BYTES = 1 << 18;

    private final FileChannel channel;

    ChannelStream(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int size = Math.min(length, MAX_READ_SIZE_BYTES);
      return channel.read(ByteBuffer.wrap(target, offset, size));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
