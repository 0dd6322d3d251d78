package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash: packed while it is small, a {@link Dictionary} from then on (never back, as in Redis).
 *
 * <p>Names and values go in and out as ranges; what is returned or visited is valid until the next
 * change. Shard thread only.
 */
public final class HashValue extends Value {

  /** This object and its dictionary without buckets, bytes. */
  private static final int OWN_BYTES = 32;

  private static final int DICTIONARY_BYTES = 40;

  /** A field object and its share of the buckets, bytes. */
  private static final int FIELD_BYTES = 24 + 8;

  /** A sample of more than one part in this many of a table is taken by walking it. */
  private static final int SPARSE_SAMPLE_DIVISOR = 3;

  /** The fields while the hash is small; null from then on. */
  private @Nullable PackedFields packed = new PackedFields();

  /** The fields once the hash is large; null until then. */
  private @Nullable Dictionary<HashField> table;

  /** Bytes of the table's fields. */
  private long tableBytes;

  /** Number of fields. */
  public int size() {
    PackedFields small = packed;
    return small != null ? small.count() : table().size();
  }

  /** The value of a field, or null. */
  public @Nullable ByteRange get(ByteRange name) {
    PackedFields small = packed;
    if (small != null) {
      return small.get(name);
    }
    HashField field = find(name);
    return field == null ? null : ByteRange.of(field.value);
  }

  public boolean contains(ByteRange name) {
    return get(name) != null;
  }

  /**
   * Sets a field.
   *
   * @return true if it is new
   */
  public boolean put(ByteRange name, ByteRange value, ValueLimits limits) {
    PackedFields small = packed;
    if (small != null) {
      if (fits(small, name, value, limits)) {
        boolean added = small.put(name, value);
        if (small.count() > limits.hashPackedEntries) {
          unpack(small);
        }
        return added;
      }
      unpack(small);
    }
    return putInTable(name, value);
  }

  private static boolean fits(
      PackedFields small, ByteRange name, ByteRange value, ValueLimits limits) {
    int limit = limits.hashPackedValueBytes;
    return name.length() <= limit
        && value.length() <= limit
        && small.usedBytes() + PackedFields.sizeOf(name.length(), value.length())
            <= PackedFields.MAX_BYTES;
  }

  private boolean putInTable(ByteRange name, ByteRange value) {
    HashField field = find(name);
    if (field == null) {
      byte[] nameCopy = name.copy();
      field = new HashField(nameCopy, ByteHash.of(nameCopy, 0, nameCopy.length), value.copy());
      table().add(field);
      tableBytes += sizeOf(field);
      return true;
    }
    if (field.value.length == value.length()) {
      System.arraycopy(value.array(), value.offset(), field.value, 0, value.length());
    } else {
      tableBytes -= sizeOf(field);
      field.value = value.copy();
      tableBytes += sizeOf(field);
    }
    return false;
  }

  /** Removes a field; false if there is none. The owner removes a hash that became empty. */
  public boolean remove(ByteRange name) {
    PackedFields small = packed;
    if (small != null) {
      return small.remove(name);
    }
    HashField field = find(name);
    if (field == null) {
      return false;
    }
    table().remove(field);
    tableBytes -= sizeOf(field);
    return true;
  }

  /** Visits name and value of all fields; the visitor must not change the hash. */
  public void forEach(BiConsumer<ByteRange, ByteRange> visitor) {
    PackedFields small = packed;
    if (small != null) {
      small.forEach(visitor);
    } else {
      table().forEach(field -> visit(field, visitor));
    }
  }

  /**
   * Visits some fields; see {@link Dictionary#scan}. A packed hash is visited whole.
   *
   * @return the next cursor, 0 at the end
   */
  public long scan(long cursor, BiConsumer<ByteRange, ByteRange> visitor) {
    PackedFields small = packed;
    if (small != null) {
      small.forEach(visitor);
      return 0;
    }
    return table().scan(cursor, field -> visit(field, visitor));
  }

  /** Visits one field chosen at random; the hash must not be empty. */
  public void visitRandom(RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    PackedFields small = packed;
    if (small != null) {
      small.visitIndex(random.nextInt(small.count()), visitor);
      return;
    }
    HashField field = table().randomFair(random);
    if (field != null) {
      visit(field, visitor);
    }
  }

  /**
   * Visits {@code count} different fields chosen at random.
   *
   * @param count less than {@link #size}
   */
  public void visitSample(
      int count, RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    if (packed == null && count < size() / SPARSE_SAMPLE_DIVISOR) {
      Set<DictNode> seen = new HashSet<>();
      while (seen.size() < count) {
        HashField field = table().randomFair(random);
        if (field != null && seen.add(field)) {
          visit(field, visitor);
        }
      }
      return;
    }
    // Selection sampling (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
    int[] left = {size(), count};
    forEach(
        (name, value) -> {
          if (left[1] > 0 && random.nextInt(left[0]) < left[1]) {
            left[1]--;
            visitor.accept(name, value);
          }
          left[0]--;
        });
  }

  private static void visit(HashField field, BiConsumer<ByteRange, ByteRange> visitor) {
    visitor.accept(ByteRange.of(field.key), ByteRange.of(field.value));
  }

  private Dictionary<HashField> table() {
    Dictionary<HashField> present = table;
    if (present == null) {
      throw new IllegalStateException("the hash is packed");
    }
    return present;
  }

  private @Nullable HashField find(ByteRange name) {
    int hash = ByteHash.of(name.array(), name.offset(), name.length());
    return table().find(hash, name.array(), name.offset(), name.length());
  }

  private void unpack(PackedFields small) {
    Dictionary<HashField> fields = new Dictionary<>();
    fields.reserve(small.count() + 1);
    table = fields;
    packed = null;
    tableBytes = 0;
    small.forEach(
        (name, value) -> {
          byte[] nameCopy = name.copy();
          HashField field =
              new HashField(nameCopy, ByteHash.of(nameCopy, 0, nameCopy.length), value.copy());
          fields.add(field);
          tableBytes += sizeOf(field);
        });
  }

  private static long sizeOf(HashField field) {
    return FIELD_BYTES + HeapSize.ofArray(field.key.length) + HeapSize.ofArray(field.value.length);
  }

  @Override
  public ValueType type() {
    return ValueType.HASH;
  }

  @Override
  public String encoding() {
    return packed != null ? "listpack" : "hashtable";
  }

  // The table's share of buckets is estimated from its fields: a look-up may finish a resize, and
  // a value must not change its weight while it is only read.
  @Override
  public long sizeBytes() {
    PackedFields small = packed;
    return OWN_BYTES + (small != null ? 24 + small.sizeBytes() : DICTIONARY_BYTES + tableBytes);
  }

  @Override
  public int elementCount() {
    return packed != null ? 1 : size();
  }

  @Override
  public void validate() {
    Invariant.check((packed == null) != (table == null), "a hash is packed or a table");
    PackedFields small = packed;
    if (small != null) {
      small.validate();
      return;
    }
    table().validate();
    long[] bytes = {0};
    table().forEach(field -> bytes[0] += sizeOf(field));
    Invariant.check(bytes[0] == tableBytes, "fields weigh %d, accounted %d", bytes[0], tableBytes);
  }

  @Override
  public Value copy() {
    HashValue copy = new HashValue();
    PackedFields small = packed;
    if (small != null) {
      copy.packed = small.copy();
      return copy;
    }
    Dictionary<HashField> fields = new Dictionary<>();
    fields.reserve(size());
    table().forEach(field -> fields.add(copyOf(field)));
    copy.packed = null;
    copy.table = fields;
    copy.tableBytes = tableBytes;
    return copy;
  }

  private static HashField copyOf(HashField field) {
    return new HashField(field.key, field.hash, Arrays.copyOf(field.value, field.value.length));
  }
}
