package io.engramdb.node.command;

/** Properties of a command, as COMMAND INFO names them (Redis 7.2 {@code server.h}). */
public enum CommandFlag {
  WRITE("write"),
  READONLY("readonly"),
  DENYOOM("denyoom"),
  ADMIN("admin"),
  PUBSUB("pubsub"),
  NOSCRIPT("noscript"),
  BLOCKING("blocking"),
  LOADING("loading"),
  STALE("stale"),
  SKIP_MONITOR("skip_monitor"),
  SKIP_SLOWLOG("skip_slowlog"),
  ASKING("asking"),
  FAST("fast"),
  NO_AUTH("no_auth"),
  /** Its effects or messages may leave this node although it is no write; never shown. */
  MAY_REPLICATE("may_replicate"),
  NO_MANDATORY_KEYS("no_mandatory_keys"),
  NO_ASYNC_LOADING("no_async_loading"),
  NO_MULTI("no_multi"),
  /** As {@link #NO_MULTI} where Redis allows it; never shown. */
  NOT_QUEUED("not_queued"),
  MOVABLE_KEYS("movablekeys"),
  ALLOW_BUSY("allow_busy");

  private final String wireName;

  CommandFlag(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  /** Whether COMMAND INFO names it. */
  public boolean isShown() {
    return this != MAY_REPLICATE && this != NOT_QUEUED;
  }
}
