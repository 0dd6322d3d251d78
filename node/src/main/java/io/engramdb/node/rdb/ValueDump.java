package io.engramdb.node.rdb;

import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.rdb.DumpPayload;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.RdbVersion;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The payload of DUMP and RESTORE. Stateless. */
public final class ValueDump {

  /** A payload is no payload of ours, or it is damaged, or too new. */
  public static final class WrongFooter extends Exception {
    private static final long serialVersionUID = 1L;

    WrongFooter(Throwable cause) {
      super(cause);
    }
  }

  /** A payload whose checksum is right holds no value that the engine takes. */
  public static final class WrongValue extends Exception {
    private static final long serialVersionUID = 1L;

    WrongValue(Throwable cause) {
      super(cause);
    }
  }

  private static final RdbKey NAMELESS = new RdbKey();

  private ValueDump() {}

  /**
   * The payload of a value, in the oldest version that has everything of it but when a consumer was
   * active: servers refuse what is newer than they are.
   */
  public static byte[] encode(Value value) {
    try {
      boolean fieldsExpire = value instanceof HashValue hash && hash.hasExpiringFields();
      return DumpPayload.encode(
          fieldsExpire ? RdbVersion.REDIS_7_4 : RdbVersion.REDIS_7_0,
          true,
          to -> ValueToRdb.say(NAMELESS, value, to));
    } catch (RdbRefusal e) {
      throw new IllegalStateException("a value that can't be dumped", e);
    }
  }

  /** The value of a payload. */
  public static Value decode(byte[] payload, ValueLimits limits) throws WrongFooter, WrongValue {
    int stringBytes = (int) Math.min(limits.stringBytes, RdbLimits.DEFAULT.stringSizeBytes());
    One one = new One(limits);
    try {
      DumpPayload.decode(
          payload,
          RdbVersion.REDIS_7_4,
          RdbLimits.DEFAULT.withStringSizeBytes(stringBytes),
          new RdbKey(),
          one);
    } catch (RdbException e) {
      if (e.fault() == RdbFault.UNSUPPORTED_VERSION
          || (e.fault() == RdbFault.CHECKSUM || payload.length < MIN_PAYLOAD_BYTES)) {
        throw new WrongFooter(e);
      }
      throw new WrongValue(e);
    }
    Value value = one.value;
    if (value == null) {
      throw new WrongValue(new IOException("an empty collection"));
    }
    return value;
  }

  /** Version and checksum. */
  static final int MIN_PAYLOAD_BYTES = 10;

  private static final class One extends ValueLoader {
    private @Nullable Value value;

    One(ValueLimits limits) {
      super(limits);
    }

    @Override
    protected void loaded(
        long database, byte[] name, Value loaded, long expireAtMs, long idleSeconds) {
      value = loaded;
    }
  }
}
