package io.engramdb.node.engine.value;

/** The data types and the names that clients know them by. */
public enum ValueType {
  STRING("string"),
  LIST("list"),
  SET("set"),
  SORTED_SET("zset"),
  HASH("hash"),
  STREAM("stream");

  private final String wireName;

  ValueType(String wireName) {
    this.wireName = wireName;
  }

  /** What TYPE answers. */
  public String wireName() {
    return wireName;
  }
}
