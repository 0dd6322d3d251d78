package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash: {@link PackedFields} while it is small and no field expires, a {@link FieldTable} from
 * then on (never back, as in Redis).
 *
 * <p>Fields whose time has passed are there until they are removed, and shown or hidden as the
 * keyspace says ({@link #showAsOf}). Only {@link #visitAll} always shows them.
 *
 * <p>Names and values go in and out as ranges; what is returned or visited is valid until the next
 * change. Shard thread only.
 */
public final class HashValue extends Value {

  /** The expiry of a field that does not expire. */
  public static final long NO_EXPIRY = DueHeap.NO_TIME;

  /** The expiry of a field that is not there. */
  public static final long NO_FIELD = -2;

  private static final int OWN_BYTES = HeapSize.OBJECT_HEADER_BYTES + 8;

  /** A sample of more than one part in this many of a table is taken by walking it. */
  private static final int SPARSE_SAMPLE_DIVISOR = 3;

  /** Fields drawn until one is shown, before all are walked for it. */
  private static final int MAX_DRAWS = 100;

  /**
   * Either a {@code byte[]} of {@link PackedFields} or a {@link FieldTable}: a field for each would
   * cost eight bytes a hash.
   */
  private Object fields = PackedFields.EMPTY;

  /** Number of fields, hidden ones included. */
  private int count;

  /** Number of fields that are shown. */
  public int size() {
    return fields instanceof FieldTable table && table.hidesAny()
        ? count - table.hiddenCount()
        : count;
  }

  /** Number of all fields. */
  public int fullSize() {
    return count;
  }

  /** The value of a field, or null. */
  public @Nullable ByteRange get(ByteRange name) {
    if (fields instanceof byte[] packed) {
      int valueAt = PackedFields.findValue(packed, name);
      return valueAt < 0 ? null : PackedText.at(packed, valueAt);
    }
    HashField field = shown(name);
    return field == null ? null : ByteRange.of(field.value);
  }

  private @Nullable HashField shown(ByteRange name) {
    FieldTable table = table();
    HashField field = table.find(name);
    return field == null || table.hides(field) ? null : field;
  }

  public boolean contains(ByteRange name) {
    return get(name) != null;
  }

  /**
   * To be called before a command sets that many fields: a new hash makes room for all at once.
   *
   * @param bytes of their names and values together
   */
  public void expect(int added, long bytes, ValueLimits limits) {
    boolean staysPacked =
        added <= limits.hashPackedEntries && bytes <= 2L * added * limits.hashPackedValueBytes;
    if (count == 0 && staysPacked && fields instanceof byte[] packed) {
      long size = bytes + added * PackedFields.sizeOf(0, 0);
      fields = PackedFields.expect(packed, (int) Math.min(size, Integer.MAX_VALUE));
    }
  }

  /**
   * Sets a field, which does not expire from then on. No field may be hidden.
   *
   * @return true if it is new
   */
  public boolean put(ByteRange name, ByteRange value, ValueLimits limits) {
    return put(name, value, limits, false);
  }

  /** As {@link #put}, but a field that is there expires as before. */
  public boolean putKeepingExpiry(ByteRange name, ByteRange value, ValueLimits limits) {
    return put(name, value, limits, true);
  }

  private boolean put(ByteRange name, ByteRange value, ValueLimits limits, boolean keepsExpiry) {
    if (fields instanceof byte[] packed) {
      if (fits(packed, name, value, limits)) {
        return putPacked(packed, name, value, limits);
      }
      unpack(packed);
    }
    FieldTable table = table();
    HashField field = table.find(name);
    if (field == null) {
      table.add(name, value);
      count++;
    } else {
      table.setValue(field, value);
      if (!keepsExpiry) {
        table.persist(field);
      }
    }
    table.small &=
        count <= limits.hashPackedEntries
            && Math.max(name.length(), value.length()) <= limits.hashPackedValueBytes;
    return field == null;
  }

  private static boolean fits(byte[] packed, ByteRange name, ByteRange value, ValueLimits limits) {
    int limit = limits.hashPackedValueBytes;
    return name.length() <= limit
        && value.length() <= limit
        && PackedFields.usedBytes(packed) + PackedFields.sizeOf(name.length(), value.length())
            <= PackedFields.MAX_BYTES;
  }

  private boolean putPacked(byte[] packed, ByteRange name, ByteRange value, ValueLimits limits) {
    int valueAt = PackedFields.findValue(packed, name);
    if (valueAt >= 0) {
      fields = PackedFields.setValue(packed, valueAt, value);
      return false;
    }
    byte[] grown = PackedFields.add(packed, name, value);
    fields = grown;
    count++;
    if (count > limits.hashPackedEntries) {
      unpack(grown);
    }
    return true;
  }

  /** Removes a field; false if there is none. The owner removes a hash that became empty. */
  public boolean remove(ByteRange name) {
    if (fields instanceof byte[] packed) {
      int valueAt = PackedFields.findValue(packed, name);
      if (valueAt < 0) {
        return false;
      }
      fields = PackedFields.remove(packed, name, valueAt);
    } else {
      HashField field = shown(name);
      if (field == null) {
        return false;
      }
      table().remove(field);
    }
    count--;
    return true;
  }

  /** Visits name and value of the fields; the visitor must not change the hash. */
  public void forEach(BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof byte[] packed) {
      PackedFields.forEach(packed, visitor);
    } else {
      table().fields.forEach(field -> visitShown(field, visitor));
    }
  }

  /** Visits all fields with their expiries, hidden ones too. */
  public void visitAll(FieldVisitor visitor) {
    if (fields instanceof byte[] packed) {
      PackedFields.forEach(packed, (name, value) -> visitor.field(name, value, NO_EXPIRY));
      return;
    }
    FieldTable table = table();
    table.fields.forEach(
        field ->
            visitor.field(
                ByteRange.of(field.key), ByteRange.of(field.value), table.expireAtMs(field)));
  }

  // --- expiry of fields

  private @Nullable FieldExpiries expiries() {
    return fields instanceof FieldTable table ? table.expiries() : null;
  }

  /** Whether some field expires. */
  public boolean hasExpiringFields() {
    return nextExpiryMs() != Long.MAX_VALUE;
  }

  /** When the next field expires, Unix milliseconds, or {@link Long#MAX_VALUE}. */
  public long nextExpiryMs() {
    FieldExpiries times = expiries();
    return times == null ? Long.MAX_VALUE : times.firstMs();
  }

  /** When a field expires: Unix milliseconds, {@link #NO_EXPIRY} or {@link #NO_FIELD}. */
  public long expireAtMs(ByteRange name) {
    if (fields instanceof byte[]) {
      return contains(name) ? NO_EXPIRY : NO_FIELD;
    }
    HashField field = shown(name);
    return field == null ? NO_FIELD : table().expireAtMs(field);
  }

  /** Sets when a field that is there expires. */
  public void expireAt(ByteRange name, long expireAtMs) {
    Invariant.check(expireAtMs >= 0, "expireAtMs=%d", expireAtMs);
    if (fields instanceof byte[] packed) {
      unpack(packed);
      table().small = true;
    }
    HashField field = table().find(name);
    if (field == null) {
      throw new IllegalStateException("an expiry for a field that is not there");
    }
    table().expireAt(field, expireAtMs);
  }

  /** Makes a field permanent; false if it is not there or was permanent. */
  public boolean persist(ByteRange name) {
    if (fields instanceof byte[]) {
      return false;
    }
    HashField field = table().find(name);
    return field != null && table().persist(field);
  }

  /** Hides the fields that are due at that moment, until the next call. */
  public void showAsOf(long timeMs) {
    FieldExpiries times = expiries();
    if (times != null) {
      times.shownAsOfMs = timeMs;
    }
  }

  /** Shows all fields, until the next call of {@link #showAsOf}. */
  public void showAll() {
    showAsOf(FieldExpiries.NEVER);
  }

  /** Whether all fields are due at that moment. O(fields), but less the fewer are due. */
  public boolean isAllDue(long timeMs) {
    FieldExpiries times = expiries();
    return times != null && times.size() == count && times.allDue(timeMs);
  }

  /** Names of fields that are due at that moment, {@code limit} of them at most. */
  public List<byte[]> dueFields(long timeMs, int limit) {
    List<byte[]> names = new ArrayList<>();
    FieldExpiries times = expiries();
    if (times != null) {
      times.forEachDue(
          timeMs,
          field -> {
            names.add(field.key);
            return names.size() < limit;
          });
    }
    return names;
  }

  /** Place of this hash in the index of those with fields that expire; -1 if it is in none. */
  public int indexPlace() {
    FieldExpiries times = expiries();
    return times == null ? -1 : times.indexPlace;
  }

  /** For the index of hashes with fields that expire; some field must have had an expiry. */
  public void setIndexPlace(int place) {
    FieldExpiries times = expiries();
    if (times == null) {
      throw new IllegalStateException("a hash without expiring fields in the index");
    }
    times.indexPlace = place;
  }

  // --- a few fields

  /**
   * Visits some fields; see {@link Dictionary#scan}. A packed hash is visited whole.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long cursor, BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof byte[] packed) {
      PackedFields.forEach(packed, visitor);
      return 0;
    }
    return table().fields.scan(cursor, field -> visitShown(field, visitor));
  }

  /** Visits one field chosen at random; there must be one. */
  public void visitRandom(RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof byte[] packed) {
      PackedFields.visitIndex(packed, random.nextInt(count), visitor);
      return;
    }
    FieldTable table = table();
    for (int i = 0; i < MAX_DRAWS; i++) {
      HashField field = table.fields.randomFair(random);
      if (!table.hides(field)) {
        visit(field, visitor);
        return;
      }
    }
    sampleByWalk(1, random, visitor);
  }

  /**
   * Visits {@code wanted} different fields chosen at random.
   *
   * @param wanted less than {@link #size}
   */
  public void visitSample(
      int wanted, RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof FieldTable table
        && !table.hidesAny()
        && wanted < count / SPARSE_SAMPLE_DIVISOR) {
      Set<DictNode> seen = new HashSet<>();
      while (seen.size() < wanted) {
        HashField field = table.fields.randomFair(random);
        if (seen.add(field)) {
          visit(field, visitor);
        }
      }
      return;
    }
    sampleByWalk(wanted, random, visitor);
  }

  /** Selection sampling (Knuth, The Art of Computer Programming 3.4.2, algorithm S). */
  private void sampleByWalk(
      int wanted, RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    int[] left = {size(), wanted};
    forEach(
        (name, value) -> {
          if (left[1] > 0 && random.nextInt(left[0]) < left[1]) {
            left[1]--;
            visitor.accept(name, value);
          }
          left[0]--;
        });
  }

  private void visitShown(HashField field, BiConsumer<ByteRange, ByteRange> visitor) {
    if (!table().hides(field)) {
      visit(field, visitor);
    }
  }

  private static void visit(HashField field, BiConsumer<ByteRange, ByteRange> visitor) {
    visitor.accept(ByteRange.of(field.key), ByteRange.of(field.value));
  }

  private FieldTable table() {
    return (FieldTable) fields;
  }

  private void unpack(byte[] packed) {
    FieldTable table = new FieldTable(count + 1);
    PackedFields.forEach(packed, table::add);
    fields = table;
  }

  @Override
  public int preload() {
    return fields instanceof byte[] packed ? packed[0] : 0;
  }

  @Override
  public ValueType type() {
    return ValueType.HASH;
  }

  @Override
  public String encoding() {
    if (fields instanceof byte[]) {
      return "listpack";
    }
    return table().small ? "listpackex" : "hashtable";
  }

  @Override
  public long sizeBytes() {
    if (fields instanceof byte[] packed) {
      return OWN_BYTES + HeapSize.ofArray(packed.length);
    }
    return OWN_BYTES + table().sizeBytes();
  }

  @Override
  public int elementCount() {
    return fields instanceof byte[] ? 1 : count;
  }

  @Override
  public void validate() {
    if (fields instanceof byte[] packed) {
      PackedFields.validate(packed, count);
      return;
    }
    FieldTable table = table();
    table.validate();
    int found = table.fields.size();
    Invariant.check(found == count, "found %d fields, counted %d", found, count);
  }

  @Override
  public Value copy() {
    HashValue copy = new HashValue();
    copy.fields = fields instanceof byte[] packed ? PackedFields.copy(packed) : table().copy();
    copy.count = count;
    return copy;
  }
}
