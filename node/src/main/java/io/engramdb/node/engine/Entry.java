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

  Value value;

  /**
   * One more than the place in the {@link ExpiryIndex}, 0 if not in it, in the upper 31 bits; in
   * the lowest the mark of {@link SnapshotWalk}: a field of its own would cost eight bytes a key.
   */
  private int placeAndMark;

  /** When, or how often, it was used; see {@link AccessRecord}. */
  int access;

  Entry(byte[] key, int hash, Value value) {
    super(key, hash);
    this.value = value;
  }

  /** Place in the {@link ExpiryIndex}; -1 if not in it. */
  int expiryPlace() {
    return (placeAndMark >>> 1) - 1;
  }

  void setExpiryPlace(int place) {
    placeAndMark = place + 1 << 1 | placeAndMark & 1;
  }

  /** Equals the mark of the databases unless a running snapshot has yet to write this entry. */
  int mark() {
    return placeAndMark & 1;
  }

  void setMark(int mark) {
    placeAndMark = placeAndMark & ~1 | mark;
  }

  @Override
  protected int preload() {
    return super.preload() + value.preload();
  }

  public Value value() {
    return value;
  }

  public boolean expires() {
    return placeAndMark >>> 1 != 0;
  }
}
