package io.engramdb.node.security;

/** Whether a request is allowed, or what of it is not; later ones tell more. */
public enum Verdict {
  ALLOWED("ok"),
  COMMAND("command"),
  KEY("key"),
  AUTH("auth"),
  CHANNEL("channel");

  private final String wireName;

  Verdict(String wireName) {
    this.wireName = wireName;
  }

  /** As ACL LOG names it. */
  public String wireName() {
    return wireName;
  }
}
