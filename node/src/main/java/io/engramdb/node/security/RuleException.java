package io.engramdb.node.security;

/** A rule of a user that is not understood, with the reason in Redis' words. */
public final class RuleException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String rule;

  RuleException(String rule, String reason) {
    super(reason, null, false, false);
    this.rule = rule;
  }

  /** The rule as it was given; may hold a password. */
  public String rule() {
    return rule;
  }
}
