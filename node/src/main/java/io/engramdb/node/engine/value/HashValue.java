package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.DictNode;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hash: {@link PackedFields} while it is small, a {@link FieldTable} from then on (never back, as
 * in Redis).
 *
 * <p>Names and values go in and out as ranges; what is returned or visited is valid until the next
 * change. Shard thread only.
 */
public final class HashValue extends Value {

  private static final int OWN_BYTES = HeapSize.OBJECT_HEADER_BYTES + 8;

  /** A sample of more than one part in this many of a table is taken by walking it. */
  private static final int SPARSE_SAMPLE_DIVISOR = 3;

  /**
   * Either a {@code byte[]} of {@link PackedFields} or a {@link FieldTable}: a field for each would
   * cost eight bytes a hash.
   */
  private Object fields = PackedFields.EMPTY;

  /** Number of fields. */
  private int count;

  public int size() {
    return count;
  }

  /** The value of a field, or null. */
  public @Nullable ByteRange get(ByteRange name) {
    if (fields instanceof byte[] packed) {
      int valueAt = PackedFields.findValue(packed, name);
      return valueAt < 0 ? null : PackedText.at(packed, valueAt);
    }
    HashField field = table().find(name);
    return field == null ? null : ByteRange.of(field.value);
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
   * Sets a field.
   *
   * @return true if it is new
   */
  public boolean put(ByteRange name, ByteRange value, ValueLimits limits) {
    if (fields instanceof byte[] packed) {
      if (fits(packed, name, value, limits)) {
        return putPacked(packed, name, value, limits);
      }
      unpack(packed);
    }
    FieldTable table = table();
    HashField field = table.find(name);
    if (field != null) {
      table.setValue(field, value);
      return false;
    }
    table.add(name, value);
    count++;
    return true;
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
      HashField field = table().find(name);
      if (field == null) {
        return false;
      }
      table().remove(field);
    }
    count--;
    return true;
  }

  /** Visits name and value of all fields; the visitor must not change the hash. */
  public void forEach(BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof byte[] packed) {
      PackedFields.forEach(packed, visitor);
    } else {
      table().fields.forEach(field -> visit(field, visitor));
    }
  }

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
    return table().fields.scan(cursor, field -> visit(field, visitor));
  }

  /** Visits one field chosen at random; the hash must not be empty. */
  public void visitRandom(RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof byte[] packed) {
      PackedFields.visitIndex(packed, random.nextInt(count), visitor);
    } else {
      visit(table().fields.randomFair(random), visitor);
    }
  }

  /**
   * Visits {@code wanted} different fields chosen at random.
   *
   * @param wanted less than {@link #size}
   */
  public void visitSample(
      int wanted, RandomGenerator random, BiConsumer<ByteRange, ByteRange> visitor) {
    if (fields instanceof FieldTable table && wanted < count / SPARSE_SAMPLE_DIVISOR) {
      Set<DictNode> seen = new HashSet<>();
      while (seen.size() < wanted) {
        HashField field = table.fields.randomFair(random);
        if (seen.add(field)) {
          visit(field, visitor);
        }
      }
      return;
    }
    // Selection sampling (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
    int[] left = {count, wanted};
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
    return fields instanceof byte[] ? "listpack" : "hashtable";
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
