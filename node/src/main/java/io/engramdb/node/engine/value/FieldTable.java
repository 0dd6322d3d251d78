package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The fields of a hash that has outgrown its packed form. Shard thread only. */
final class FieldTable {

  /** This object and its dictionary without buckets, bytes. */
  private static final int OWN_BYTES = 24 + Dictionary.OBJECT_BYTES;

  private static final int FIELD_BYTES = 24;

  final Dictionary<HashField> fields = new Dictionary<>();

  /** Bytes of the fields. */
  private long fieldBytes;

  FieldTable(int expectedFields) {
    fields.reserve(expectedFields);
  }

  @Nullable HashField find(ByteRange name) {
    int hash = ByteHash.of(name.array(), name.offset(), name.length());
    return fields.find(hash, name.array(), name.offset(), name.length());
  }

  /** Adds a field whose name is not there. */
  void add(ByteRange name, ByteRange value) {
    byte[] nameCopy = name.copy();
    add(new HashField(nameCopy, ByteHash.of(nameCopy, 0, nameCopy.length), value.copy()));
  }

  private void add(HashField field) {
    fields.add(field);
    fieldBytes += sizeOf(field);
  }

  /** Exchanges the value of a field. */
  void setValue(HashField field, ByteRange value) {
    if (field.value.length == value.length()) {
      System.arraycopy(value.array(), value.offset(), field.value, 0, value.length());
    } else {
      fieldBytes -= sizeOf(field);
      field.value = value.copy();
      fieldBytes += sizeOf(field);
    }
  }

  void remove(HashField field) {
    fields.remove(field);
    fieldBytes -= sizeOf(field);
  }

  private static long sizeOf(HashField field) {
    return FIELD_BYTES + HeapSize.ofArray(field.key.length) + HeapSize.ofArray(field.value.length);
  }

  long sizeBytes() {
    return OWN_BYTES + HeapSize.ofReferences(fields.weighedBuckets()) + fieldBytes;
  }

  FieldTable copy() {
    FieldTable copy = new FieldTable(fields.size());
    fields.forEach(
        field ->
            copy.add(
                new HashField(
                    field.key, field.hash, Arrays.copyOf(field.value, field.value.length))));
    return copy;
  }

  /** Checks fields and their weight; walks everything. */
  void validate() {
    fields.validate();
    long[] bytes = {0};
    fields.forEach(field -> bytes[0] += sizeOf(field));
    Invariant.check(
        bytes[0] == fieldBytes, "fields weigh %d, accounted %d", bytes[0], fieldBytes);
  }
}
