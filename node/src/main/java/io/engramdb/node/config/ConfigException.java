package io.engramdb.node.config;

/** A value or a file that can't be accepted; the message is meant for the user. */
public final class ConfigException extends Exception {
  public ConfigException(String message) {
    super(message);
  }
}
