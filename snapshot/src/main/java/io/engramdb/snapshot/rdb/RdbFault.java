package io.engramdb.snapshot.rdb;

/** What is wrong with an RDB file or a DUMP payload. */
public enum RdbFault {
  /** It does not begin like an RDB file. */
  NOT_AN_RDB,
  /** A version that this reader does not know, or one that is too new for the one who asked. */
  UNSUPPORTED_VERSION,
  /** It ends too early, or says that something is longer than what is left of it. */
  TRUNCATED,
  /** The checksum over the whole does not match. */
  CHECKSUM,
  /** Something breaks the rules of the format. */
  MALFORMED,
  /** A type of value that no rule describes; nothing after it can be found. */
  UNKNOWN_TYPE,
  /** A member, field, group or key that must be there once is there twice. */
  DUPLICATE,
  /** Larger than the caller of the reader allowed; see {@link RdbLimits}. */
  LIMIT,
  /** Data of a module, and the caller did not ask to skip it. */
  MODULE,
  /** The visitor refused what it was given. */
  REFUSED
}
