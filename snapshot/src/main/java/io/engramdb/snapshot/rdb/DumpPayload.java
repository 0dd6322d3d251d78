package io.engramdb.snapshot.rdb;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What DUMP returns and RESTORE takes: one value as in a file, without its key, then version and
 * checksum. The same for the libraries of FUNCTION DUMP. Everything here is stateless.
 */
public final class DumpPayload {
  private static final int VERSION_SIZE_BYTES = 2;
  private static final int CHECKSUM_SIZE_BYTES = 8;
  private static final int BUFFER_SIZE_BYTES = 512;
  private static final int FOOTER_SIZE_BYTES = VERSION_SIZE_BYTES + CHECKSUM_SIZE_BYTES;

  /** First version of Valkey's own line; there is no magic here that would say so. */
  private static final int FIRST_OF_VALKEY = 80;

  private DumpPayload() {}

  /** Says what a value is, as it would be said about a key of a file. */
  public interface Value {
    /** Makes the calls of one key; which key, is not looked at. */
    void visit(RdbVisitor visitor) throws IOException;
  }

  /**
   * The payload of a value.
   *
   * @param version 9 to 12; servers take their own version and lower ones
   * @throws RdbRefusal the version has nothing for such a value
   */
  public static byte[] encode(int version, boolean compresses, Value value) throws RdbRefusal {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RdbOutput output = new RdbOutput(bytes, compresses, BUFFER_SIZE_BYTES);
    try {
      value.visit(new Writer(output, version));
      return end(output, version, bytes);
    } catch (RdbRefusal e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("a value can't be written to memory", e);
    }
  }

  /** The payload of function libraries; version 10 or higher. */
  public static byte[] encodeFunctions(int version, boolean compresses, List<byte[]> sources) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RdbOutput output = new RdbOutput(bytes, compresses, BUFFER_SIZE_BYTES);
    try {
      for (byte[] source : sources) {
        output.writeByte(RdbOpcode.FUNCTION);
        output.writeString(source);
      }
      return end(output, version, bytes);
    } catch (IOException e) {
      throw new IllegalStateException("functions can't be written to memory", e);
    }
  }

  private static byte[] end(RdbOutput output, int version, ByteArrayOutputStream bytes)
      throws IOException {
    output.writeLittle(version, VERSION_SIZE_BYTES);
    output.writeLittle(output.checksum(), CHECKSUM_SIZE_BYTES);
    output.flush();
    return bytes.toByteArray();
  }

  /**
   * Reads a payload. What the visitor was told counts only if this returns.
   *
   * @param newestVersion higher ones are refused, as servers do with those above their own
   * @param key passed to the visitor as the key
   * @throws RdbException with {@link RdbFault#UNSUPPORTED_VERSION} or {@link RdbFault#CHECKSUM} if
   *     the footer is wrong, before anything was told; with another fault if the value is
   */
  public static void decode(
      byte[] payload, int newestVersion, RdbLimits limits, RdbKey key, RdbVisitor visitor)
      throws RdbException {
    RdbVersion version = checkFooter(payload, newestVersion);
    RdbInput input = input(payload, limits);
    ValueReader values = new ValueReader(input, limits, new ModuleReader(input, ModulePolicy.FAIL));
    read(
        input,
        () -> {
          int type = input.readByte();
          if (type > RdbValueType.HASH_LISTPACK_EXPIRY) {
            throw input.fault(RdbFault.UNKNOWN_TYPE, 0, "value type " + type + " is unknown");
          }
          values.read(version, type, key, visitor);
          checkAtEnd(input);
        });
  }

  /** The sources of the libraries of a FUNCTION DUMP; otherwise as {@link #decode}. */
  public static List<byte[]> decodeFunctions(byte[] payload, int newestVersion, RdbLimits limits)
      throws RdbException {
    checkFooter(payload, newestVersion);
    RdbInput input = input(payload, limits);
    List<byte[]> sources = new ArrayList<>();
    read(
        input,
        () -> {
          while (!input.isAtEnd()) {
            long offset = input.offset();
            if (input.readByte() != RdbOpcode.FUNCTION) {
              throw input.fault(RdbFault.MALFORMED, offset, "something else than a function");
            }
            sources.add(input.readString());
          }
        });
    return sources;
  }

  private static RdbInput input(byte[] payload, RdbLimits limits) {
    int size = payload.length - FOOTER_SIZE_BYTES;
    return new RdbInput(new ByteArrayInputStream(payload, 0, size), size, limits.stringSizeBytes());
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void read(RdbInput input, Work work) throws RdbException {
    try {
      work.run();
    } catch (RdbException e) {
      throw e;
    } catch (RdbRefusal e) {
      throw new RdbException(e.fault(), input.offset(), String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new IllegalStateException("memory can't be read", e);
    }
  }

  private static void checkAtEnd(RdbInput input) throws IOException {
    if (!input.isAtEnd()) {
      throw input.fault(RdbFault.MALFORMED, input.offset(), "something follows the value");
    }
  }

  private static RdbVersion checkFooter(byte[] payload, int newestVersion) throws RdbException {
    int end = payload.length - CHECKSUM_SIZE_BYTES;
    if (payload.length < FOOTER_SIZE_BYTES) {
      throw new RdbException(RdbFault.TRUNCATED, 0, "the payload is too short");
    }
    int number = payload[end - VERSION_SIZE_BYTES] & 0xff | (payload[end - 1] & 0xff) << Byte.SIZE;
    RdbVersion version = new RdbVersion(number >= FIRST_OF_VALKEY, number);
    if (number > newestVersion || !version.isReadable()) {
      throw new RdbException(
          RdbFault.UNSUPPORTED_VERSION,
          end - VERSION_SIZE_BYTES,
          "a payload of version " + number + " can't be read");
    }
    long stored = 0;
    for (int i = CHECKSUM_SIZE_BYTES - 1; i >= 0; i--) {
      stored = stored << Byte.SIZE | payload[end + i] & 0xff;
    }
    if (stored != RdbChecksum.update(0, payload, 0, end)) {
      throw new RdbException(RdbFault.CHECKSUM, end, "the checksum of the payload is wrong");
    }
    return version;
  }

  /** Writes one value and nothing around it but its type. */
  private static final class Writer extends ValueWriter {
    Writer(RdbOutput output, int version) {
      super(output, version);
    }

    @Override
    void writePrefix(RdbKey key, int type) throws IOException {
      output.writeByte(type);
    }
  }
}
