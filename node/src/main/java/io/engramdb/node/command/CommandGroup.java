package io.engramdb.node.command;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The group of a command in the documentation, with the ACL category that it brings, if any. */
public enum CommandGroup {
  GENERIC(AclCategory.KEYSPACE),
  STRING(AclCategory.STRING),
  LIST(AclCategory.LIST),
  SET(AclCategory.SET),
  SORTED_SET(AclCategory.SORTEDSET),
  HASH(AclCategory.HASH),
  PUBSUB(AclCategory.PUBSUB),
  TRANSACTIONS(AclCategory.TRANSACTION),
  CONNECTION(AclCategory.CONNECTION),
  SERVER(null),
  SCRIPTING(AclCategory.SCRIPTING),
  HYPERLOGLOG(AclCategory.HYPERLOGLOG),
  CLUSTER(null),
  GEO(AclCategory.GEO),
  STREAM(AclCategory.STREAM),
  BITMAP(AclCategory.BITMAP);

  private final @Nullable AclCategory category;

  CommandGroup(@Nullable AclCategory category) {
    this.category = category;
  }

  public @Nullable AclCategory category() {
    return category;
  }

  /** As COMMAND DOCS names it. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
