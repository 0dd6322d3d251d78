package io.engramdb.node.engine.value;

/** Sees the fields of a hash. */
@FunctionalInterface
public interface FieldVisitor {

  /**
   * One field.
   *
   * @param expireAtMs Unix milliseconds, or {@link HashValue#NO_EXPIRY}
   */
  void field(ByteRange name, ByteRange value, long expireAtMs);
}
