package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;

/**
 * Entries of a stream, one behind the other in one listpack, in the layout of Redis' stream nodes
 * (Salvatore Sanfilippo, 2017): how many are valid and how many deleted, the fields of the first
 * entry, a zero; then each entry as flags, distance of its id to the block's id, its own fields
 * unless they are those of the first entry, values, and how many elements that makes, so that one
 * can walk backwards. A deleted entry keeps its place and is marked.
 *
 * <p>An entry is named by the place of its flags, valid until the next change of the block.
 */
final class StreamBlock extends IdIndex.Keyed {

  private static final int OBJECT_BYTES = 32;
  private static final long DELETED = 1;
  private static final long SAME_FIELDS = 2;

  /** Elements of an entry that are neither field nor value: flags, ms, seq. */
  private static final int FIXED_ELEMENTS = 3;

  /** Elements in front of the fields of the first entry. */
  private static final int HEAD_ELEMENTS = 3;

  private final Listpack pack;

  StreamBlock(StreamId id, StreamFields fields) {
    super(id.ms(), id.seq());
    pack = new Listpack();
    pack.append(0);
    pack.append(0);
    pack.append(fields.pairs());
    for (int i = 0; i < fields.pairs(); i++) {
      pack.append(fields.word(2 * i));
    }
    pack.append(0);
  }

  private StreamBlock(StreamBlock other) {
    super(other.ms, other.seq);
    pack = other.pack.copy();
  }

  StreamBlock copy() {
    return new StreamBlock(this);
  }

  long formatBytes() {
    return pack.formatBytes();
  }

  long sizeBytes() {
    return OBJECT_BYTES + IdIndex.BYTES_PER_ITEM + pack.sizeBytes();
  }

  /** Entries that are not deleted. */
  int count() {
    return (int) pack.integerAt(pack.first());
  }

  private int deletedCount() {
    return (int) pack.integerAt(pack.next(pack.first()));
  }

  /** Entries, deleted ones included. */
  int places() {
    return count() + deletedCount();
  }

  /** No entry will follow: spare room is given up. */
  void close() {
    pack.trim();
  }

  private int fieldsPlace() {
    int at = pack.first();
    for (int i = 0; i < HEAD_ELEMENTS; i++) {
      at = pack.next(at);
    }
    return at;
  }

  private int fieldCount() {
    return (int) pack.integerAt(pack.next(pack.next(pack.first())));
  }

  // --- walking

  /** Place of the first entry; {@link #end} if there is none. */
  int firstEntry() {
    int at = fieldsPlace();
    for (int i = fieldCount(); i >= 0; i--) {
      at = pack.next(at);
    }
    return at;
  }

  int end() {
    return pack.end();
  }

  /** The place behind an entry. */
  int nextEntry(int place) {
    int at = place;
    for (int i = elements(place); i >= 0; i--) {
      at = pack.next(at);
    }
    return at;
  }

  /** The entry that ends at this place, or -1. */
  int previousEntry(int place) {
    int at = pack.previous(place);
    long elements = pack.integerAt(at);
    if (elements == 0) {
      return -1;
    }
    for (long i = 0; i < elements; i++) {
      at = pack.previous(at);
    }
    return at;
  }

  private long flags(int place) {
    return pack.integerAt(place);
  }

  /** Elements of an entry without the last one, which counts them. */
  private int elements(int place) {
    if ((flags(place) & SAME_FIELDS) != 0) {
      return FIXED_ELEMENTS + fieldCount();
    }
    return FIXED_ELEMENTS + 1 + 2 * (int) pack.integerAt(ownFieldsPlace(place));
  }

  private int ownFieldsPlace(int place) {
    return pack.next(pack.next(pack.next(place)));
  }

  // --- reading

  boolean isDeleted(int place) {
    return (flags(place) & DELETED) != 0;
  }

  long msAt(int place) {
    return ms + pack.integerAt(pack.next(place));
  }

  long seqAt(int place) {
    return seq + pack.integerAt(pack.next(pack.next(place)));
  }

  StreamId idAt(int place) {
    return new StreamId(msAt(place), seqAt(place));
  }

  /** Shows an entry; false if the visitor has seen enough. */
  boolean visit(int place, StreamVisitor visitor) {
    boolean same = (flags(place) & SAME_FIELDS) != 0;
    int at = ownFieldsPlace(place);
    int pairs = same ? fieldCount() : (int) pack.integerAt(at);
    if (!visitor.entry(msAt(place), seqAt(place), pairs)) {
      return false;
    }
    int field = same ? fieldsPlace() : 0;
    if (!same) {
      at = pack.next(at);
    }
    for (int i = 0; i < pairs; i++) {
      if (same) {
        pack.visit(field, visitor);
        field = pack.next(field);
      } else {
        pack.visit(at, visitor);
        at = pack.next(at);
      }
      pack.visit(at, visitor);
      at = pack.next(at);
    }
    return true;
  }

  // --- changing

  void append(StreamId id, StreamFields fields) {
    pack.replace(pack.first(), count() + 1L);
    int pairs = fields.pairs();
    boolean same = hasFields(fields);
    pack.append(same ? SAME_FIELDS : 0);
    pack.append(id.ms() - ms);
    pack.append(id.seq() - seq);
    if (!same) {
      pack.append(pairs);
    }
    for (int i = 0; i < pairs; i++) {
      if (!same) {
        pack.append(fields.word(2 * i));
      }
      pack.append(fields.word(2 * i + 1));
    }
    pack.append(FIXED_ELEMENTS + pairs + (same ? 0L : pairs + 1));
  }

  private boolean hasFields(StreamFields fields) {
    if (fields.pairs() != fieldCount()) {
      return false;
    }
    int at = fieldsPlace();
    for (int i = 0; i < fields.pairs(); i++) {
      if (!pack.matches(at, fields.word(2 * i))) {
        return false;
      }
      at = pack.next(at);
    }
    return true;
  }

  /** Marks entries as deleted; the counts at the front may move what stands behind them. */
  void delete(int place) {
    mark(place);
    countDeleted(1);
  }

  /** Marks one of several; {@link #countDeleted} must follow before anything else. */
  void mark(int place) {
    pack.replace(place, flags(place) | DELETED);
  }

  void countDeleted(int entries) {
    pack.replace(pack.first(), (long) count() - entries);
    int deleted = pack.next(pack.first());
    pack.replace(deleted, pack.integerAt(deleted) + entries);
  }

  void validate() {
    pack.validate();
    int valid = 0;
    int deleted = 0;
    for (int at = firstEntry(); at < end(); at = nextEntry(at)) {
      if (isDeleted(at)) {
        deleted++;
      } else {
        valid++;
      }
      Invariant.check(previousEntry(nextEntry(at)) == at, "an entry is broken from behind");
    }
    Invariant.check(
        valid == count() && deleted == deletedCount(), "%d valid, %d deleted", valid, deleted);
    Invariant.check(valid > 0, "a block without valid entries");
  }
}
