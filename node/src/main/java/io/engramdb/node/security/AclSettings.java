package io.engramdb.node.security;

/** What the configuration says about users and their rights. Any thread. */
public final class AclSettings {

  /** The directive {@code acl-pubsub-default}: whether new users may use every channel. */
  public volatile boolean everyChannel;

  /** The directive {@code acllog-max-len}. */
  public volatile int maxLogEntries = 128;

  /** The directive {@code aclfile}; empty for none. */
  public volatile String file = "";
}
