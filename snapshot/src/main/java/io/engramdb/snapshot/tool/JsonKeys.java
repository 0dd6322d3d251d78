package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes each key as one line of JSON. Sets, sorted sets and hashes come out sorted, so that equal
 * values are equal lines; for that a value is held until its end, within a limit. Strings and lists
 * are not. One thread.
 */
class JsonKeys extends JsonStreams implements RdbVisitor {
  /** Memory of a held element beside its bytes, about. */
  private static final int HELD_OVERHEAD_BYTES = 64;

  /**
   * A server packs sorted sets up to this size when it loads them, and packs minus zero as zero.
   * What was packed in the file keeps it.
   */
  private static final int MAX_PACKED_MEMBERS = 128;

  private static final int MAX_PACKED_MEMBER_BYTES = 64;

  private final JsonOutput out;
  private final long maxHeldBytes;
  private final List<Entry> entries = new ArrayList<>();
  private long heldBytes;
  private Form form = Form.LIST;
  private boolean first;
  private boolean storedPacked;

  /** Whether lines carry idle times and access counters, as some key of the file has one. */
  private boolean showsIdle;

  private boolean showsFrequency;

  /** How a value that was begun is written. */
  private enum Form {
    LIST,
    SET,
    SORTED_SET,
    HASH,
    STREAM
  }

  /** An element of a set, sorted set or hash. */
  private record Entry(byte[] name, byte[] value, double score, long expireAtMs) {}

  private static final byte[] NO_VALUE = new byte[0];

  JsonKeys(JsonOutput out, long maxHeldBytes) {
    super(maxHeldBytes);
    this.out = out;
    this.maxHeldBytes = maxHeldBytes;
  }

  void showIdle(boolean shown) {
    showsIdle = shown;
  }

  void showFrequency(boolean shown) {
    showsFrequency = shown;
  }

  @Override
  public void header(RdbVersion version) {
    showActive(version.number() >= RdbVersion.REDIS_7_2);
  }

  private void begin(RdbKey key, String type) throws IOException {
    out.raw("{\"db\":").number(key.database()).raw(",\"key\":").bytes(key.name());
    out.raw(",\"type\":\"").raw(type).raw("\",\"expireAtMs\":");
    if (key.expireAtMs() == RdbKey.NO_EXPIRY) {
      out.raw("null");
    } else {
      out.number(key.expireAtMs());
    }
    if (key.idleSeconds() != RdbKey.NO_IDLE || showsIdle) {
      out.raw(",\"lruIdleSecondsApprox\":").number(Math.max(0, key.idleSeconds()));
    }
    if (key.frequency() != RdbKey.NO_FREQUENCY || showsFrequency) {
      out.raw(",\"lfuFreq\":").number(Math.max(0, key.frequency()));
    }
    out.raw(",\"value\":");
  }

  private void begin(RdbKey key, String type, Form begun) throws IOException {
    begin(key, type);
    form = begun;
    first = true;
    heldBytes = 0;
    entries.clear();
  }

  private void hold(Entry entry) throws RdbRefusal {
    heldBytes += entry.name.length + entry.value.length + HELD_OVERHEAD_BYTES;
    if (heldBytes > maxHeldBytes) {
      throw new RdbRefusal(
          RdbFault.LIMIT, "a value is too large for the memory of this process to be sorted");
    }
    entries.add(entry);
  }

  private void comma() throws IOException {
    if (!first) {
      out.raw(",");
    }
    first = false;
  }

  @Override
  public void string(RdbKey key, byte[] value) throws IOException {
    begin(key, "string");
    out.bytes(value).raw("}\n");
  }

  @Override
  public void beginList(RdbKey key, long count) throws IOException {
    begin(key, "list", Form.LIST);
    out.raw("[");
  }

  @Override
  public void element(byte[] element) throws IOException {
    comma();
    out.bytes(element);
  }

  @Override
  public void beginSet(RdbKey key, long count) throws IOException {
    begin(key, "set", Form.SET);
  }

  @Override
  public void member(byte[] member) throws IOException {
    hold(new Entry(member, NO_VALUE, 0, RdbKey.NO_EXPIRY));
  }

  @Override
  public void beginSortedSet(RdbKey key, long count) throws IOException {
    begin(key, "zset", Form.SORTED_SET);
    storedPacked = key.isPacked();
  }

  @Override
  public void scoredMember(byte[] member, double score) throws IOException {
    hold(new Entry(member, NO_VALUE, score, RdbKey.NO_EXPIRY));
  }

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) throws IOException {
    begin(key, "hash", Form.HASH);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) throws IOException {
    hold(new Entry(field, value, 0, expireAtMs));
  }

  @Override
  public void beginStream(RdbKey key, long count) throws IOException {
    begin(key, "stream", Form.STREAM);
    beginStream();
  }

  @Override
  public void endKey() throws IOException {
    switch (form) {
      case LIST -> out.raw("]");
      case SET -> endSet();
      case SORTED_SET -> endSortedSet();
      case HASH -> endHash();
      case STREAM -> endStream(out);
    }
    out.raw("}\n");
    entries.clear();
  }

  private static int compareNames(Entry one, Entry other) {
    return Arrays.compareUnsigned(one.name, other.name);
  }

  private void endSet() throws IOException {
    entries.sort(JsonKeys::compareNames);
    out.raw("[");
    for (Entry each : entries) {
      comma();
      out.bytes(each.name);
    }
    out.raw("]");
  }

  private void endSortedSet() throws IOException {
    // Minus zero and zero are one score, so their members are in the order of their bytes.
    entries.sort(
        (one, other) ->
            one.score == other.score
                ? compareNames(one, other)
                : Double.compare(one.score, other.score));
    boolean packs =
        !storedPacked
            && entries.size() <= MAX_PACKED_MEMBERS
            && entries.stream().allMatch(each -> each.name.length <= MAX_PACKED_MEMBER_BYTES);
    out.raw("[");
    for (Entry each : entries) {
      comma();
      // Adding zero makes a zero of minus zero and changes nothing else.
      double score = packs ? each.score + 0.0 : each.score;
      out.raw("[").bytes(each.name).raw(",\"").raw(ScoreText.of(score)).raw("\"]");
    }
    out.raw("]");
  }

  private void endHash() throws IOException {
    entries.sort(JsonKeys::compareNames);
    out.raw("[");
    for (Entry each : entries) {
      comma();
      out.raw("[").bytes(each.name).raw(",").bytes(each.value).raw("]");
    }
    out.raw("]");
    first = true;
    for (Entry each : entries) {
      if (each.expireAtMs != RdbKey.NO_EXPIRY) {
        out.raw(first ? ",\"fieldExpireAtMs\":{" : ",");
        first = false;
        out.bytes(each.name).raw(":").number(each.expireAtMs);
      }
    }
    if (!first) {
      out.raw("}");
    }
  }
}
