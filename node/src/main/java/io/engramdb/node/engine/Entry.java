package io.engramdb.node.engine;

import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.value.Value;

/**
 * One key of a keyspace with its value. Changed only through its {@link Keyspace}, which also knows
 * when it expires.
 *
 * <p>With compact object headers it takes exactly 32 bytes; another field would make it 40.
 */
public final class Entry extends DictNode {

  /** The expiry of a key that does not expire. */
  public static final long NO_EXPIRY = -1;

  private static final int MARK = 1;
  private static final int FIELDS_EXPIRE = 2;
  private static final int FLAG_BITS = 2;

  Value value;

  /**
   * One more than the place in the {@link ExpiryIndex}, 0 if not in it, in the upper 30 bits; below
   * it whether fields of its hash expire; in the lowest bit the mark of {@link SnapshotWalk}.
   */
  private int placeAndFlags;

  /** When, or how often, it was used; see {@link AccessRecord}. */
  int access;

  Entry(byte[] key, int hash, Value value) {
    super(key, hash);
    this.value = value;
  }

  /** Place in the {@link ExpiryIndex}; -1 if not in it. */
  int expiryPlace() {
    return (placeAndFlags >>> FLAG_BITS) - 1;
  }

  void setExpiryPlace(int place) {
    placeAndFlags = place + 1 << FLAG_BITS | placeAndFlags & MARK + FIELDS_EXPIRE;
  }

  /** Whether fields of its hash expire; what is being edited may already differ. */
  boolean fieldsExpire() {
    return (placeAndFlags & FIELDS_EXPIRE) != 0;
  }

  void setFieldsExpire(boolean expire) {
    placeAndFlags = placeAndFlags & ~FIELDS_EXPIRE | (expire ? FIELDS_EXPIRE : 0);
  }

  /** Whether the key or fields of its hash expire. */
  boolean hasTimes() {
    return (placeAndFlags & ~MARK) != 0;
  }

  /** Equals the mark of the databases unless a running snapshot has yet to write this entry. */
  int mark() {
    return placeAndFlags & MARK;
  }

  void setMark(int mark) {
    placeAndFlags = placeAndFlags & ~MARK | mark;
  }

  @Override
  protected int preload() {
    return super.preload() + value.preload();
  }

  public Value value() {
    return value;
  }

  public boolean expires() {
    return placeAndFlags >>> FLAG_BITS != 0;
  }
}
