package io.engramdb.node.engine.value;

/**
 * Which fields of a hash expire, and when. It also has what the keyspace notes about the hash, so
 * that hashes without such fields pay for none of it. Shard thread only.
 */
final class FieldExpiries extends DueHeap<ExpiringField> {

  /** This object, bytes. */
  private static final int OWN_BYTES = 40;

  /** Everything is shown. */
  static final long NEVER = Long.MIN_VALUE;

  /** Fields that are due at that moment are hidden. */
  long shownAsOfMs = NEVER;

  /** Place of the hash among those of its database; -1 if it is not there. */
  int indexPlace = -1;

  @Override
  protected int place(ExpiringField field) {
    return field.place;
  }

  @Override
  protected void setPlace(ExpiringField field, int place) {
    field.place = place;
  }

  /** Whether some field is hidden. */
  boolean hidesAny() {
    return firstMs() <= shownAsOfMs;
  }

  long weight() {
    return OWN_BYTES + sizeBytes();
  }
}
