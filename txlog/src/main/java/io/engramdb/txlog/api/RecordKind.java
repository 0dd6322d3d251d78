package io.engramdb.txlog.api;

/**
 * What a record is for. A log-only voter understands everything but {@link #DATA}, whose bytes are
 * opaque to the log.
 */
public enum RecordKind {
  /** Effects of commands; the bytes belong to the shard. */
  DATA(1),
  /** First record of a shard: incarnation, lease duration. The bytes belong to the shard. */
  GENESIS(2),
  /** Proves to a primary that it still has a majority; carries nothing. */
  LEASE_RENEWAL(3),
  /** Last record of a planned hand-over: the primary holds no lease any more. */
  LEASE_RELEASED(4),
  /** The log may be cut up to the position in the bytes. */
  SNAPSHOT_FLOOR(5);

  private static final RecordKind[] BY_CODE = new RecordKind[6];

  static {
    for (RecordKind kind : values()) {
      BY_CODE[kind.code] = kind;
    }
  }

  private final byte code;

  RecordKind(int code) {
    this.code = (byte) code;
  }

  /** The byte that stands for this kind on disk. */
  public byte code() {
    return code;
  }

  /**
   * The kind of a byte on disk.
   *
   * @throws IllegalArgumentException if no kind has that code
   */
  public static RecordKind of(byte code) {
    RecordKind kind = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    if (kind == null) {
      throw new IllegalArgumentException("unknown record kind " + code);
    }
    return kind;
  }
}
