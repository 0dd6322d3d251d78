package io.engramdb.node.rdb;

import io.engramdb.snapshot.rdb.DumpPayload;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbVersion;
import java.util.List;

/** The payload of FUNCTION DUMP and FUNCTION RESTORE. Stateless. */
public final class FunctionDump {

  private FunctionDump() {}

  /** The payload of libraries; in the version of Redis 7.0, which is the first to have any. */
  public static byte[] encode(List<byte[]> sources) {
    return DumpPayload.encodeFunctions(RdbVersion.REDIS_7_0, true, sources);
  }

  /** The sources of a payload's libraries. */
  public static List<byte[]> decode(byte[] payload)
      throws ValueDump.WrongFooter, ValueDump.WrongValue {
    try {
      return DumpPayload.decodeFunctions(payload, RdbVersion.REDIS_7_2, RdbLimits.DEFAULT);
    } catch (RdbException e) {
      if (e.fault() == RdbFault.UNSUPPORTED_VERSION
          || e.fault() == RdbFault.CHECKSUM
          || payload.length < ValueDump.MIN_PAYLOAD_BYTES) {
        throw new ValueDump.WrongFooter(e);
      }
      throw new ValueDump.WrongValue(e);
    }
  }
}
