package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * Target of the coverage-guided fuzzer: bytes as a file, and as a DUMP payload with a right footer.
 * A file that is taken must come back equal from what is written of it. Anything thrown but a fault
 * is a finding.
 */
public final class RdbFuzz {
  private static final RdbLimits LIMITS = RdbLimits.DEFAULT.withStringSizeBytes(1 << 20);
  private static final int FOOTER_SIZE_BYTES = 10;
  private static final int CHECKSUM_SIZE_BYTES = 8;

  private RdbFuzz() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    byte[] file = input.clone();
    if (file.length > CHECKSUM_SIZE_BYTES) {
      // No checksum: no damage is found by that.
      Arrays.fill(file, file.length - CHECKSUM_SIZE_BYTES, file.length, (byte) 0);
    }
    asFile(file, input.length % 2 == 0);
    asPayload(input);
  }

  private static void asFile(byte[] file, boolean sizeKnown) throws IOException {
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    try {
      RdbReader reader =
          sizeKnown
              ? RdbReader.of(file, LIMITS, ModulePolicy.SKIP)
              : RdbReader.of(new ByteArrayInputStream(file), LIMITS, ModulePolicy.SKIP);
      reader.read(new RdbWriter(first, RdbVersion.NEWEST_REDIS, false));
    } catch (RdbException e) {
      return;
    }
    ByteArrayOutputStream second = new ByteArrayOutputStream();
    RdbReader.of(first.toByteArray(), LIMITS, ModulePolicy.FAIL)
        .read(new RdbWriter(second, RdbVersion.NEWEST_REDIS, false));
    Invariant.check(first.size() == second.size(), "what was written is read otherwise");
  }

  private static void asPayload(byte[] input) throws IOException {
    byte[] payload = Arrays.copyOf(input, input.length + FOOTER_SIZE_BYTES);
    int end = payload.length - CHECKSUM_SIZE_BYTES;
    payload[input.length] = RdbVersion.NEWEST_REDIS;
    long checksum = RdbChecksum.update(0, payload, 0, end);
    for (int i = 0; i < CHECKSUM_SIZE_BYTES; i++) {
      payload[end + i] = (byte) (checksum >>> Byte.SIZE * i);
    }
    RdbKey key = new RdbKey(0, new byte[0], RdbKey.NO_EXPIRY);
    try {
      DumpPayload.encode(
          RdbVersion.NEWEST_REDIS,
          false,
          visitor -> DumpPayload.decode(payload, RdbVersion.NEWEST_REDIS, LIMITS, key, visitor));
    } catch (IllegalStateException e) {
      if (!(e.getCause() instanceof RdbException)) {
        throw e;
      }
    }
  }
}
