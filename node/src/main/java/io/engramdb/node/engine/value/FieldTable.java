package io.engramdb.node.engine.value;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.Dictionary;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a hash that has outgrown its packed form, or of which some expire. Shard thread
 * only.
 */
final class FieldTable {

  /** This object and its dictionary without buckets, bytes. */
  private static final int OWN_BYTES = 32 + Dictionary.OBJECT_BYTES;

  final Dictionary<HashField> fields = new Dictionary<>();

  /** Bytes of the fields. */
  private long fieldBytes;

  /** There once a field has had an expiry. */
  private @Nullable FieldExpiries expiries;

  /** Whether it would be packed if no field had ever expired. */
  boolean small;

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

  /** Exchanges the value of a field; its expiry stays. */
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
    persist(field);
    fields.remove(field);
    fieldBytes -= sizeOf(field);
  }

  // --- expiry of fields

  /** What is known of expiries; null if no field ever had one. */
  @Nullable FieldExpiries expiries() {
    return expiries;
  }

  /** When a field expires, or {@link HashValue#NO_EXPIRY}. */
  long expireAtMs(HashField field) {
    FieldExpiries times = expiries;
    return times != null && field instanceof ExpiringField expiring
        ? times.timeMs(expiring)
        : HashValue.NO_EXPIRY;
  }

  /** Sets when a field expires. */
  void expireAt(HashField field, long timeMs) {
    FieldExpiries times = expiries;
    if (times == null) {
      times = new FieldExpiries();
      expiries = times;
    }
    if (field instanceof ExpiringField expiring) {
      times.update(expiring, timeMs);
      return;
    }
    fields.remove(field);
    fieldBytes -= sizeOf(field);
    ExpiringField expiring = new ExpiringField(field.key, field.hash, field.value);
    add(expiring);
    times.update(expiring, timeMs);
  }

  /** Makes a field permanent; false if it was. */
  boolean persist(HashField field) {
    FieldExpiries times = expiries;
    if (times == null || !(field instanceof ExpiringField expiring) || expiring.place < 0) {
      return false;
    }
    times.remove(expiring);
    return true;
  }

  /** Whether some field may be hidden. */
  boolean hidesAny() {
    FieldExpiries times = expiries;
    return times != null && times.hidesAny();
  }

  /** Whether a field is hidden because its time has passed. */
  boolean hides(HashField field) {
    FieldExpiries times = expiries;
    return times != null
        && field instanceof ExpiringField expiring
        && expiring.place >= 0
        && times.timeMs(expiring) <= times.shownAsOfMs;
  }

  int hiddenCount() {
    FieldExpiries times = expiries;
    return times == null ? 0 : times.countDue(times.shownAsOfMs);
  }

  private static long sizeOf(HashField field) {
    return field.objectBytes()
        + HeapSize.ofArray(field.key.length)
        + HeapSize.ofArray(field.value.length);
  }

  long sizeBytes() {
    FieldExpiries times = expiries;
    return OWN_BYTES
        + HeapSize.ofReferences(fields.weighedBuckets())
        + fieldBytes
        + (times == null ? 0 : times.weight());
  }

  FieldTable copy() {
    FieldTable copy = new FieldTable(fields.size());
    copy.small = small;
    fields.forEach(
        field -> {
          byte[] value = Arrays.copyOf(field.value, field.value.length);
          long timeMs = expireAtMs(field);
          if (timeMs == HashValue.NO_EXPIRY) {
            copy.add(new HashField(field.key, field.hash, value));
          } else {
            ExpiringField twin = new ExpiringField(field.key, field.hash, value);
            copy.add(twin);
            copy.expireAt(twin, timeMs);
          }
        });
    return copy;
  }

  /** Checks fields, their expiries and their weight; walks everything. */
  void validate() {
    fields.validate();
    long[] bytes = {0};
    int[] expiring = {0};
    fields.forEach(
        field -> {
          bytes[0] += sizeOf(field);
          expiring[0] += expireAtMs(field) == HashValue.NO_EXPIRY ? 0 : 1;
        });
    Invariant.check(bytes[0] == fieldBytes, "fields weigh %d, accounted %d", bytes[0], fieldBytes);
    FieldExpiries times = expiries;
    int indexed = times == null ? 0 : times.size();
    Invariant.check(expiring[0] == indexed, "%d fields expire, indexed %d", expiring[0], indexed);
    if (times != null) {
      times.validate();
    }
  }
}
