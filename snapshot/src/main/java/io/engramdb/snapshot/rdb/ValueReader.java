package io.engramdb.snapshot.rdb;

import io.engramdb.snapshot.rdb.encoding.IntsetCursor;
import io.engramdb.snapshot.rdb.encoding.ListpackCursor;
import io.engramdb.snapshot.rdb.encoding.PackedCursor;
import io.engramdb.snapshot.rdb.encoding.PackedException;
import io.engramdb.snapshot.rdb.encoding.ZiplistCursor;
import io.engramdb.snapshot.rdb.encoding.ZipmapCursor;
import java.io.IOException;

/** Reads the value of one key, of whatever type and encoding. One thread. */
final class ValueReader {
  /** Latest expiry of a field that any server writes. */
  private static final long MAX_FIELD_EXPIRY_MS = (1L << 48) - 1;

  private static final int PLAIN_NODE = 1;
  private static final int PACKED_NODE = 2;
  private static final int PAIR = 2;
  private static final int TRIPLE = 3;

  private final RdbInput input;
  private final RdbLimits limits;
  private final MemberSet members;
  private final StreamReader streams;
  private final ModuleReader modules;
  private final ListpackCursor listpack = new ListpackCursor();
  private final ZiplistCursor ziplist = new ZiplistCursor();
  private final ZipmapCursor zipmap = new ZipmapCursor();
  private final IntsetCursor intset = new IntsetCursor();
  private long valueSizeBytes;
  private long untrackedValues;

  ValueReader(RdbInput input, RdbLimits limits, ModuleReader modules) {
    this.input = input;
    this.limits = limits;
    this.modules = modules;
    this.members = new MemberSet(limits.trackedMembers());
    this.streams = new StreamReader(input, this, limits);
  }

  /** Values of which not all members were watched for duplicates. */
  long untrackedValues() {
    return untrackedValues;
  }

  /** Reads a value; the type byte stands just before it. */
  void read(RdbVersion version, int type, RdbKey key, RdbVisitor visitor) throws IOException {
    valueSizeBytes = 0;
    if (version.valkey() && type > RdbValueType.HASH_EXPIRY_PRE_RELEASE_OR_VALKEY) {
      throw unknown(type);
    }
    switch (type) {
      case RdbValueType.STRING -> visitor.string(key, take(input.readString()));
      case RdbValueType.LIST -> list(key, visitor);
      case RdbValueType.SET -> set(key, visitor);
      case RdbValueType.ZSET_TEXT -> sortedSet(key, visitor, true);
      case RdbValueType.ZSET -> sortedSet(key, visitor, false);
      case RdbValueType.HASH -> hash(key, visitor);
      case RdbValueType.MODULE -> modules.key(key, visitor);
      case RdbValueType.HASH_ZIPMAP -> packedHash(open(zipmap), key, visitor, PAIR);
      case RdbValueType.LIST_ZIPLIST -> packedList(open(ziplist), key, visitor);
      case RdbValueType.SET_INTSET -> packedSet(open(intset), key, visitor);
      case RdbValueType.ZSET_ZIPLIST -> packedSortedSet(open(ziplist), key, visitor);
      case RdbValueType.HASH_ZIPLIST -> packedHash(open(ziplist), key, visitor, PAIR);
      case RdbValueType.LIST_QUICKLIST -> quicklist(key, visitor, false);
      case RdbValueType.STREAM_1 -> streams.read(1, key, visitor);
      case RdbValueType.HASH_LISTPACK -> packedHash(open(listpack), key, visitor, PAIR);
      case RdbValueType.ZSET_LISTPACK -> packedSortedSet(open(listpack), key, visitor);
      case RdbValueType.LIST_QUICKLIST_2 -> quicklist(key, visitor, true);
      case RdbValueType.STREAM_2 -> streams.read(2, key, visitor);
      case RdbValueType.SET_LISTPACK -> packedSet(open(listpack), key, visitor);
      case RdbValueType.STREAM_3 -> streams.read(3, key, visitor);
      case RdbValueType.HASH_EXPIRY_PRE_RELEASE_OR_VALKEY -> {
        if (version.valkey()) {
          valkeyHash(key, visitor);
        } else {
          expiringHash(key, visitor, false);
        }
      }
      case RdbValueType.HASH_EXPIRY -> expiringHash(key, visitor, true);
      case RdbValueType.HASH_LISTPACK_EXPIRY_PRE_RELEASE, RdbValueType.HASH_LISTPACK_EXPIRY ->
          packedExpiringHash(type, key, visitor);
      default -> throw unknown(type);
    }
    input.releaseBlob();
  }

  private RdbException unknown(int type) {
    String reason =
        type == RdbValueType.MODULE_PRE_RELEASE
            ? "values of modules of Redis 4.0's release candidates have no end that can be found"
            : "value type " + type + " is unknown";
    return input.fault(RdbFault.UNKNOWN_TYPE, input.offset() - 1, reason);
  }

  /** Counts bytes that go to the visitor. */
  byte[] take(byte[] bytes) throws RdbException {
    count(bytes.length);
    return bytes;
  }

  void count(int sizeBytes) throws RdbException {
    valueSizeBytes += sizeBytes;
    if (valueSizeBytes > limits.valueSizeBytes()) {
      throw input.fault(
          RdbFault.LIMIT,
          input.offset(),
          "a value is longer than the limit of " + limits.valueSizeBytes() + " bytes");
    }
  }

  /** The next string of the file becomes a cursor's blob. */
  <C extends PackedCursor> C open(C cursor) throws IOException {
    int size = input.readBlob();
    try {
      cursor.open(input.blob(), size);
    } catch (PackedException e) {
      throw malformed(e);
    }
    return cursor;
  }

  RdbException malformed(PackedException e) {
    return input.fault(
        RdbFault.MALFORMED, input.offsetInString(e.offset()), String.valueOf(e.getMessage()));
  }

  private RdbException malformed(PackedCursor cursor, String reason) {
    return input.fault(RdbFault.MALFORMED, input.offsetInString(cursor.offset()), reason);
  }

  private boolean next(PackedCursor cursor) throws RdbException {
    try {
      return cursor.next();
    } catch (PackedException e) {
      throw malformed(e);
    }
  }

  private int count(PackedCursor cursor) throws RdbException {
    try {
      return cursor.count();
    } catch (PackedException e) {
      throw malformed(e);
    }
  }

  /** True if the count is 0: servers leave such a key out. */
  private boolean skipIfEmpty(long count, RdbKey key, RdbVisitor visitor) throws IOException {
    if (count == 0) {
      visitor.skippedEmptyKey(key);
    }
    return count == 0;
  }

  /** Goes to the first element of a blob; true if there is none. */
  private boolean isEmpty(PackedCursor cursor, int count, RdbKey key, RdbVisitor visitor)
      throws IOException {
    if (!next(cursor)) {
      visitor.skippedEmptyKey(key);
      return true;
    }
    if (count == 0) {
      throw malformed(cursor, "a blob with elements says it has none");
    }
    return false;
  }

  private byte[] readUnique(String what) throws IOException {
    long offset = input.offset();
    return unique(input.readString(), what, offset);
  }

  private byte[] unique(PackedCursor cursor, String what) throws RdbException {
    return unique(cursor.bytes(), what, input.offsetInString(cursor.offset()));
  }

  private byte[] unique(byte[] member, String what, long offset) throws RdbException {
    take(member);
    if (!members.add(member)) {
      throw input.fault(
          RdbFault.DUPLICATE, offset, what + " " + RdbException.show(member) + " is there twice");
    }
    return member;
  }

  private void endTracked(RdbVisitor visitor) throws IOException {
    if (members.untracked()) {
      untrackedValues++;
    }
    visitor.endKey();
  }

  private double scoreOf(double score, long offset) throws RdbException {
    if (Double.isNaN(score)) {
      throw input.fault(RdbFault.MALFORMED, offset, "a score is not a number");
    }
    return score;
  }

  // Plain values.

  private void list(RdbKey key, RdbVisitor visitor) throws IOException {
    long count = input.readCount(1);
    if (skipIfEmpty(count, key, visitor)) {
      return;
    }
    visitor.beginList(key, count);
    for (long i = 0; i < count; i++) {
      visitor.element(take(input.readString()));
    }
    visitor.endKey();
  }

  private void set(RdbKey key, RdbVisitor visitor) throws IOException {
    long count = input.readCount(1);
    if (skipIfEmpty(count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginSet(key, count);
    for (long i = 0; i < count; i++) {
      visitor.member(readUnique("member"));
    }
    endTracked(visitor);
  }

  private void sortedSet(RdbKey key, RdbVisitor visitor, boolean text) throws IOException {
    long count = input.readCount(2);
    if (skipIfEmpty(count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginSortedSet(key, count);
    for (long i = 0; i < count; i++) {
      byte[] member = readUnique("member");
      long offset = input.offset();
      double score = text ? textScore() : Double.longBitsToDouble(input.readLittle(8));
      visitor.scoredMember(member, scoreOf(score, offset));
    }
    endTracked(visitor);
  }

  /** A score as files before version 8 have it: three lengths stand for what has no digits. */
  private double textScore() throws IOException {
    int length = input.readByte();
    switch (length) {
      case 253 -> {
        return Double.NaN;
      }
      case 254 -> {
        return Double.POSITIVE_INFINITY;
      }
      case 255 -> {
        return Double.NEGATIVE_INFINITY;
      }
      default -> {
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
          text[i] = (byte) input.readByte();
        }
        return Score.parse(text);
      }
    }
  }

  private void hash(RdbKey key, RdbVisitor visitor) throws IOException {
    long count = input.readCount(2);
    if (skipIfEmpty(count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginHash(key, count, false);
    for (long i = 0; i < count; i++) {
      byte[] field = readUnique("field");
      visitor.field(field, take(input.readString()), RdbKey.NO_EXPIRY);
    }
    endTracked(visitor);
  }

  /**
   * A hash whose fields expire.
   *
   * @param relative times count from one that stands first, the earliest as a rule
   */
  private void expiringHash(RdbKey key, RdbVisitor visitor, boolean relative) throws IOException {
    long earliestMs = relative ? readEarliestExpiry() : 0;
    long count = input.readCount(3);
    if (skipIfEmpty(count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginHash(key, count, true);
    for (long i = 0; i < count; i++) {
      long offset = input.offset();
      long time = input.readLength();
      long expireAtMs = RdbKey.NO_EXPIRY;
      if (time != 0) {
        checkFieldExpiry(time, offset);
        expireAtMs = relative ? earliestMs + time - 1 : time;
        checkFieldExpiry(expireAtMs, offset);
      }
      byte[] field = readUnique("field");
      visitor.field(field, take(input.readString()), expireAtMs);
    }
    endTracked(visitor);
  }

  private long readEarliestExpiry() throws IOException {
    long offset = input.offset();
    long earliestMs = input.readLittle(8);
    checkFieldExpiry(earliestMs, offset);
    return earliestMs;
  }

  private void checkFieldExpiry(long ms, long offset) throws RdbException {
    if (ms < 0 || ms > MAX_FIELD_EXPIRY_MS) {
      throw input.fault(
          RdbFault.MALFORMED,
          offset,
          "a field can't expire at " + Long.toUnsignedString(ms) + " ms");
    }
  }

  private void valkeyHash(RdbKey key, RdbVisitor visitor) throws IOException {
    long count = input.readCount(2 + Long.BYTES);
    if (skipIfEmpty(count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginHash(key, count, true);
    for (long i = 0; i < count; i++) {
      byte[] field = readUnique("field");
      byte[] value = take(input.readString());
      long offset = input.offset();
      long expireAtMs = input.readLittle(8);
      if (expireAtMs != RdbKey.NO_EXPIRY) {
        checkFieldExpiry(expireAtMs, offset);
      }
      visitor.field(field, value, expireAtMs);
    }
    endTracked(visitor);
  }

  // Packed values.

  private void packedList(PackedCursor cursor, RdbKey key, RdbVisitor visitor) throws IOException {
    int count = count(cursor);
    if (isEmpty(cursor, count, key, visitor)) {
      return;
    }
    visitor.beginList(key, count);
    do {
      visitor.element(take(cursor.bytes()));
    } while (next(cursor));
    visitor.endKey();
  }

  /**
   * A list in nodes.
   *
   * @param second nodes say whether they are one element or a listpack; else all are ziplists
   */
  private void quicklist(RdbKey key, RdbVisitor visitor, boolean second) throws IOException {
    long nodes = input.readCount(1);
    boolean begun = false;
    for (long i = 0; i < nodes; i++) {
      long offset = input.offset();
      long container = second ? input.readLength() : PACKED_NODE;
      if (container == PLAIN_NODE) {
        if (!begun) {
          visitor.beginList(key, nodes == 1 ? 1 : RdbVisitor.UNKNOWN_COUNT);
          begun = true;
        }
        visitor.element(take(input.readString()));
        continue;
      }
      if (container != PACKED_NODE) {
        throw input.fault(RdbFault.MALFORMED, offset, "a node of a list is of an undefined kind");
      }
      PackedCursor cursor = second ? open(listpack) : open(ziplist);
      int count = count(cursor);
      while (next(cursor)) {
        if (count == 0) {
          throw malformed(cursor, "a blob with elements says it has none");
        }
        if (!begun) {
          visitor.beginList(key, nodes == 1 ? count : RdbVisitor.UNKNOWN_COUNT);
          begun = true;
        }
        visitor.element(take(cursor.bytes()));
      }
    }
    if (begun) {
      visitor.endKey();
    } else {
      visitor.skippedEmptyKey(key);
    }
  }

  private void packedSet(PackedCursor cursor, RdbKey key, RdbVisitor visitor) throws IOException {
    int count = count(cursor);
    if (isEmpty(cursor, count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginSet(key, count);
    do {
      // An intset ascends, which rules out duplicates.
      visitor.member(cursor == intset ? take(cursor.bytes()) : unique(cursor, "member"));
    } while (next(cursor));
    endTracked(visitor);
  }

  private void packedSortedSet(PackedCursor cursor, RdbKey key, RdbVisitor visitor)
      throws IOException {
    int count = wholeTuples(cursor, PAIR);
    if (isEmpty(cursor, count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginSortedSet(key, count);
    do {
      byte[] member = unique(cursor, "member");
      nextOfTuple(cursor);
      double score = cursor.isNumber() ? cursor.number() : Score.parse(cursor.bytes());
      visitor.scoredMember(member, scoreOf(score, input.offsetInString(cursor.offset())));
    } while (next(cursor));
    endTracked(visitor);
  }

  private void packedExpiringHash(int type, RdbKey key, RdbVisitor visitor) throws IOException {
    if (type == RdbValueType.HASH_LISTPACK_EXPIRY) {
      // Said again by the fields themselves.
      readEarliestExpiry();
    }
    packedHash(open(listpack), key, visitor, TRIPLE);
  }

  /**
   * A hash in one blob.
   *
   * @param width 2, or 3 if each field has a time after its value
   */
  private void packedHash(PackedCursor cursor, RdbKey key, RdbVisitor visitor, int width)
      throws IOException {
    int count = wholeTuples(cursor, width);
    if (isEmpty(cursor, count, key, visitor)) {
      return;
    }
    members.clear(count);
    visitor.beginHash(key, count, width == TRIPLE);
    do {
      byte[] field = unique(cursor, "field");
      nextOfTuple(cursor);
      byte[] value = take(cursor.bytes());
      long expireAtMs = RdbKey.NO_EXPIRY;
      if (width == TRIPLE) {
        nextOfTuple(cursor);
        expireAtMs = packedFieldExpiry(cursor);
      }
      visitor.field(field, value, expireAtMs);
    } while (next(cursor));
    endTracked(visitor);
  }

  private long packedFieldExpiry(PackedCursor cursor) throws RdbException {
    if (!cursor.isNumber()) {
      throw malformed(cursor, "the expiry of a field is not a number");
    }
    long ms = cursor.number();
    checkFieldExpiry(ms, input.offsetInString(cursor.offset()));
    return ms == 0 ? RdbKey.NO_EXPIRY : ms;
  }

  private int wholeTuples(PackedCursor cursor, int width) throws RdbException {
    int count = count(cursor);
    if (count % width != 0) {
      throw malformed(cursor, count + " elements can't be tuples of " + width);
    }
    return count / width;
  }

  /** Goes to an element that must be there, because the count was right so far. */
  private void nextOfTuple(PackedCursor cursor) throws RdbException {
    if (!next(cursor)) {
      throw malformed(cursor, "the last field or member has nothing after it");
    }
  }
}
