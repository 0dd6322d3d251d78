package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.Invariant;
import io.engramdb.snapshot.rdb.encoding.Decimal;
import io.engramdb.snapshot.rdb.encoding.IntsetBuilder;
import io.engramdb.snapshot.rdb.encoding.ListpackBuilder;
import io.engramdb.snapshot.rdb.encoding.PackedBuilder;
import io.engramdb.snapshot.rdb.encoding.ZiplistBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes values in what a version has: small collections packed, others element by element. The
 * type stands before the value, so a collection that may still turn out small is held; one whose
 * count says that it is not goes out as it comes. One thread.
 */
abstract class ValueWriter implements RdbVisitor {
  private static final byte[] NO_VALUE = new byte[0];

  /**
   * From where on the times of fields count that are written before the earliest is known. Whoever
   * loads them adds what stands there, which need not be a field's time.
   */
  private static final long ANY_TIMES_FROM_MS = 1;

  final RdbOutput output;
  final int version;
  private final PackedBuilder packed;
  private final ListWriter lists;
  private final StreamWriter streams;
  private final List<Element> held = new ArrayList<>();
  private final RdbKey current = new RdbKey();
  private Form form = Form.NONE;
  private long count;
  private long seen;
  private long heldBytes;
  private boolean holds;
  private boolean mayExpire;

  /** From where on the times of fields count that go out as they come; 0 if they have none. */
  private long timesFromMs;

  private enum Form {
    NONE,
    LIST,
    SET,
    SORTED_SET,
    HASH,
    STREAM
  }

  /** An element that is held. */
  private record Element(byte[] name, byte[] value, double score, long expireAtMs) {
    static int compareByScore(Element one, Element other) {
      int byScore = Double.compare(one.score, other.score);
      // Zero and minus zero are one score.
      return one.score == other.score || byScore == 0
          ? Arrays.compareUnsigned(one.name, other.name)
          : byScore;
    }

    /** Fields that expire come first, the earliest before all. */
    static int compareByExpiry(Element one, Element other) {
      boolean oneExpires = one.expireAtMs != RdbKey.NO_EXPIRY;
      boolean otherExpires = other.expireAtMs != RdbKey.NO_EXPIRY;
      return oneExpires && otherExpires
          ? Long.compare(one.expireAtMs, other.expireAtMs)
          : Boolean.compare(otherExpires, oneExpires);
    }
  }

  ValueWriter(RdbOutput output, int version) {
    Invariant.check(
        version >= RdbVersion.OLDEST_WRITTEN && version <= RdbVersion.NEWEST_REDIS,
        "version %d can't be written",
        version);
    this.output = output;
    this.version = version;
    this.packed = newBuilder(version);
    this.lists = new ListWriter(this);
    this.streams = new StreamWriter(this);
  }

  /** Packed collections were ziplists before version 10. */
  static PackedBuilder newBuilder(int version) {
    return version < RdbVersion.REDIS_7_0 ? new ZiplistBuilder() : new ListpackBuilder();
  }

  /** Writes what stands before a value: its type, and in a file the key. */
  abstract void writePrefix(RdbKey key, int type) throws IOException;

  final void writePrefix(int type) throws IOException {
    writePrefix(current, type);
  }

  private boolean hasListpacks() {
    return version >= RdbVersion.REDIS_7_0;
  }

  @Override
  public final void string(RdbKey key, byte[] value) throws IOException {
    Invariant.check(form == Form.NONE, "a value begins within another one");
    writePrefix(key, RdbValueType.STRING);
    output.writeString(value);
  }

  private void begin(RdbKey key, Form begun, long expected) {
    Invariant.check(form == Form.NONE, "a value begins within another one");
    Invariant.check(
        expected > 0 || expected == UNKNOWN_COUNT || begun == Form.STREAM,
        "a collection of %d elements can't be written",
        expected);
    form = begun;
    count = expected;
    seen = 0;
    heldBytes = 0;
    holds = true;
    mayExpire = false;
    timesFromMs = 0;
    held.clear();
    current.copy(key);
  }

  @Override
  public final void beginList(RdbKey key, long expected) throws IOException {
    begin(key, Form.LIST, expected);
    lists.begin(expected);
  }

  @Override
  public final void element(byte[] element) throws IOException {
    Invariant.check(form == Form.LIST, "an element is not in a list");
    seen++;
    lists.add(element);
  }

  @Override
  public final void beginSet(RdbKey key, long expected) throws IOException {
    begin(key, Form.SET, expected);
    if (expected > Packing.MAX_INTSET_MEMBERS) {
      goOut();
    }
  }

  @Override
  public final void member(byte[] member) throws IOException {
    Invariant.check(form == Form.SET, "a member is not in a set");
    add(new Element(member, NO_VALUE, 0, RdbKey.NO_EXPIRY));
    boolean mayBePacked =
        Decimal.isNumber(member)
            || count <= Packing.MAX_ELEMENTS && member.length <= Packing.MAX_ELEMENT_BYTES;
    if (!mayBePacked) {
      goOut();
    }
  }

  @Override
  public final void beginSortedSet(RdbKey key, long expected) throws IOException {
    begin(key, Form.SORTED_SET, expected);
    if (expected > Packing.MAX_ELEMENTS) {
      goOut();
    }
  }

  @Override
  public final void scoredMember(byte[] member, double score) throws IOException {
    Invariant.check(form == Form.SORTED_SET, "a member is not in a sorted set");
    Invariant.check(!Double.isNaN(score), "a score is not a number");
    add(new Element(member, NO_VALUE, score, RdbKey.NO_EXPIRY));
    if (member.length > Packing.MAX_ELEMENT_BYTES) {
      goOut();
    }
  }

  @Override
  public final void beginHash(RdbKey key, long expected, boolean fieldsMayExpire)
      throws IOException {
    begin(key, Form.HASH, expected);
    mayExpire = fieldsMayExpire;
    if (expected > Packing.MAX_ELEMENTS) {
      goOut();
    }
  }

  @Override
  public final void field(byte[] field, byte[] value, long expireAtMs) throws IOException {
    Invariant.check(form == Form.HASH, "a field is not in a hash");
    if (expireAtMs != RdbKey.NO_EXPIRY) {
      Invariant.check(mayExpire, "a field expires in a hash where none may");
      if (version < RdbVersion.REDIS_7_4) {
        throw new RdbRefusal(
            "fields that expire can't be written in version " + version + ", only from 12 on");
      }
    }
    // Zero would stand for no expiry; a millisecond later is as long ago.
    add(new Element(field, value, 0, expireAtMs == 0 ? 1 : expireAtMs));
    if (Math.max(field.length, value.length) > Packing.MAX_ELEMENT_BYTES) {
      goOut();
    }
  }

  private void add(Element element) throws IOException {
    seen++;
    if (!holds) {
      write(element);
      return;
    }
    held.add(element);
    heldBytes += element.name.length + element.value.length;
    Packing.checkHeld(heldBytes);
  }

  /** Stops holding, if the count is known. */
  private void goOut() throws IOException {
    if (!holds || count == UNKNOWN_COUNT) {
      return;
    }
    if (!mayExpire) {
      writePlain(count);
    } else if (version >= RdbVersion.REDIS_7_4) {
      writeExpiring(count, ANY_TIMES_FROM_MS);
    }
  }

  private void writePlain(long elements) throws IOException {
    writePrefix(
        switch (form) {
          case SET -> RdbValueType.SET;
          case SORTED_SET -> RdbValueType.ZSET;
          default -> RdbValueType.HASH;
        });
    output.writeLength(elements);
    letOut();
  }

  private void writeExpiring(long fields, long fromMs) throws IOException {
    writePrefix(RdbValueType.HASH_EXPIRY);
    output.writeLittle(fromMs, 8);
    output.writeLength(fields);
    timesFromMs = fromMs;
    letOut();
  }

  private void letOut() throws IOException {
    holds = false;
    for (Element each : held) {
      write(each);
    }
    held.clear();
  }

  private void write(Element element) throws IOException {
    if (timesFromMs != 0) {
      boolean expires = element.expireAtMs != RdbKey.NO_EXPIRY;
      output.writeLength(expires ? element.expireAtMs - timesFromMs + 1 : 0);
    }
    output.writeString(element.name);
    switch (form) {
      case SORTED_SET -> output.writeLittle(Double.doubleToRawLongBits(element.score), 8);
      case HASH -> output.writeString(element.value);
      default -> Invariant.check(form == Form.SET, "an element has no form");
    }
  }

  @Override
  public final void beginStream(RdbKey key, long expected) throws IOException {
    begin(key, Form.STREAM, expected);
    streams.begin(expected);
  }

  @Override
  public final void streamEntry(long ms, long sequence, byte[][] fieldsAndValues)
      throws IOException {
    seen++;
    streams.entry(ms, sequence, fieldsAndValues);
  }

  @Override
  public final void streamState(StreamState state) throws IOException {
    checkCount();
    streams.state(state);
  }

  @Override
  public final void group(byte[] name, StreamId lastDelivered, long entriesRead)
      throws IOException {
    streams.group(name, lastDelivered, entriesRead);
  }

  @Override
  public final void consumer(byte[] name, long seenMs, long activeMs) throws IOException {
    streams.consumer(name, seenMs, activeMs);
  }

  @Override
  public final void pending(long ms, long sequence, long deliveryMs, long deliveries)
      throws IOException {
    streams.pending(ms, sequence, deliveryMs, deliveries);
  }

  private void checkCount() {
    Invariant.check(
        count == UNKNOWN_COUNT || count == seen, "%d elements were said, %d came", count, seen);
  }

  @Override
  public final void endKey() throws IOException {
    checkCount();
    Invariant.check(seen > 0 || form == Form.STREAM, "an empty collection can't be written");
    switch (form) {
      case LIST -> lists.end();
      case STREAM -> streams.end();
      case SET -> endSet();
      case SORTED_SET -> endSortedSet();
      case HASH -> endHash();
      default -> Invariant.check(false, "no value was begun");
    }
    held.clear();
    form = Form.NONE;
  }

  private boolean isPackable() {
    return held.size() <= Packing.MAX_ELEMENTS
        && held.stream()
            .allMatch(
                each -> Math.max(each.name.length, each.value.length) <= Packing.MAX_ELEMENT_BYTES);
  }

  private void writePacked(int type) throws IOException {
    packed.finish();
    writePrefix(type);
    output.writeBlob(packed.array(), packed.sizeBytes());
  }

  private void endSet() throws IOException {
    if (!holds) {
      return;
    }
    if (held.size() <= Packing.MAX_INTSET_MEMBERS
        && held.stream().allMatch(each -> Decimal.isNumber(each.name))) {
      long[] numbers = held.stream().mapToLong(each -> Decimal.parse(each.name)).toArray();
      byte[] intset = IntsetBuilder.build(numbers, numbers.length);
      writePrefix(RdbValueType.SET_INTSET);
      output.writeBlob(intset, intset.length);
    } else if (version >= RdbVersion.REDIS_7_2 && isPackable()) {
      packed.clear();
      held.forEach(each -> packed.append(each.name));
      writePacked(RdbValueType.SET_LISTPACK);
    } else {
      writePlain(held.size());
    }
  }

  private void endSortedSet() throws IOException {
    if (!holds) {
      return;
    }
    if (!isPackable()) {
      writePlain(held.size());
      return;
    }
    held.sort(Element::compareByScore);
    packed.clear();
    for (Element each : held) {
      packed.append(each.name);
      packed.append(Score.text(each.score));
    }
    writePacked(hasListpacks() ? RdbValueType.ZSET_LISTPACK : RdbValueType.ZSET_ZIPLIST);
  }

  private void endHash() throws IOException {
    if (!holds) {
      return;
    }
    boolean packs = isPackable();
    if (held.stream().anyMatch(each -> each.expireAtMs != RdbKey.NO_EXPIRY)) {
      endExpiringHash(packs);
    } else if (packs) {
      packed.clear();
      for (Element each : held) {
        packed.append(each.name);
        packed.append(each.value);
      }
      writePacked(hasListpacks() ? RdbValueType.HASH_LISTPACK : RdbValueType.HASH_ZIPLIST);
    } else {
      writePlain(held.size());
    }
  }

  private void endExpiringHash(boolean packs) throws IOException {
    held.sort(Element::compareByExpiry);
    long earliestMs = held.getFirst().expireAtMs;
    if (!packs) {
      writeExpiring(held.size(), earliestMs);
      return;
    }
    writePrefix(RdbValueType.HASH_LISTPACK_EXPIRY);
    output.writeLittle(earliestMs, 8);
    packed.clear();
    for (Element each : held) {
      packed.append(each.name);
      packed.append(each.value);
      packed.append(each.expireAtMs != RdbKey.NO_EXPIRY ? each.expireAtMs : 0);
    }
    packed.finish();
    output.writeBlob(packed.array(), packed.sizeBytes());
  }
}
