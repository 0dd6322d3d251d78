package io.engramdb.node.command;

import java.util.Locale;

/** ACL categories, as ACL CAT names them. */
public enum AclCategory {
  KEYSPACE,
  READ,
  WRITE,
  SET,
  SORTEDSET,
  LIST,
  HASH,
  STRING,
  BITMAP,
  HYPERLOGLOG,
  GEO,
  STREAM,
  PUBSUB,
  ADMIN,
  FAST,
  SLOW,
  BLOCKING,
  DANGEROUS,
  CONNECTION,
  TRANSACTION,
  SCRIPTING;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /** Name without the at sign. */
  public String wireName() {
    return wireName;
  }
}
