package io.engramdb.node.command;

/** The version of Redis whose commands and texts this server speaks. */
public final class CompatibleVersion {

  /** What INFO and HELLO tell; clients decide by it what they may send. */
  public static final String REDIS = "7.2.4";

  private CompatibleVersion() {}
}
