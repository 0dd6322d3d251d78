package io.engramdb.node.command;

/** What a command does with the keys of a {@link KeySpec}, as COMMAND INFO names it. */
public enum KeyFlag {
  RO,
  RW,
  OW,
  RM,
  ACCESS("access"),
  UPDATE("update"),
  INSERT("insert"),
  DELETE("delete"),
  NOT_KEY("not_key"),
  INCOMPLETE("incomplete"),
  VARIABLE_FLAGS("variable_flags");

  private final String wireName;

  KeyFlag() {
    this.wireName = name();
  }

  KeyFlag(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
