package io.engramdb.snapshot.archive;

import io.engramdb.snapshot.Invariant;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Collects the records of one segment in memory. One thread. */
public final class SegmentBuilder {

  /** Bytes of one segment at most; such an object goes into any store in one request. */
  public static final int MAX_BYTES = 7 << 20;

  private static final int INITIAL_BYTES = 1 << 16;

  /** Of an entry, beside its record. */
  static final int ENTRY_BYTES = 33;

  private final UUID shard;
  private final UUID incarnation;
  private final long firstIndex;
  private final long afterIndex;
  private final int checksumBefore;
  private final long recordsBefore;
  private final long lastGapIndex;

  private ByteBuffer bytes = ByteBuffer.allocate(INITIAL_BYTES).position(SegmentHead.BYTES);
  private int entries;
  private long lastIndex;
  private int checksum;
  private long records;
  private long firstTimeMs;
  private long lastTimeMs;
  private long coveredMs;

  private SegmentBuilder(
      UUID shard,
      UUID incarnation,
      long firstIndex,
      long afterIndex,
      long lastGapIndex,
      int checksum,
      long records) {
    this.shard = shard;
    this.incarnation = incarnation;
    this.firstIndex = firstIndex;
    this.afterIndex = afterIndex;
    this.lastGapIndex = lastGapIndex;
    this.checksum = checksum;
    this.records = records;
    checksumBefore = checksum;
    recordsBefore = records;
    lastIndex = firstIndex - 1;
  }

  /** A segment that continues another one. */
  public static SegmentBuilder after(SegmentHead before) {
    SegmentBuilder next =
        new SegmentBuilder(
            before.shard(),
            before.incarnation(),
            before.lastIndex() + 1,
            before.lastIndex(),
            before.lastGapIndex(),
            before.checksumAfter(),
            before.recordsAfter());
    next.lastTimeMs = before.lastTimeMs();
    next.coveredMs = before.coveredMs();
    return next;
  }

  /**
   * A segment that begins behind a state.
   *
   * @param firstIndex first index behind it
   * @param afterIndex last index of the segment before, if there is one; else {@code firstIndex-1}
   * @param checksum running checksum of the state
   * @param records DATA records that made it
   * @param timeMs time of the newest of them
   */
  public static SegmentBuilder behind(
      UUID shard,
      UUID incarnation,
      long firstIndex,
      long afterIndex,
      int checksum,
      long records,
      long timeMs) {
    SegmentBuilder next =
        new SegmentBuilder(
            shard,
            incarnation,
            firstIndex,
            afterIndex,
            afterIndex == firstIndex - 1 ? 0 : firstIndex,
            checksum,
            records);
    next.lastTimeMs = timeMs;
    next.coveredMs = timeMs;
    return next;
  }

  /** Bytes so far. */
  public int sizeBytes() {
    return bytes.position();
  }

  public long firstIndex() {
    return firstIndex;
  }

  /** Index of the newest entry that was passed; {@code firstIndex - 1} at first. */
  public long lastIndex() {
    return lastIndex;
  }

  /** Running checksum behind the newest DATA record. */
  public int checksum() {
    return checksum;
  }

  /** Adds a DATA record with its running checksum. */
  public void data(byte kind, long term, long index, long timeMs, int runningChecksum, byte[] of) {
    put(kind, term, index, timeMs, of);
    checksum = runningChecksum;
    records++;
    firstTimeMs = firstTimeMs == 0 ? timeMs : firstTimeMs;
    lastTimeMs = Math.max(lastTimeMs, timeMs);
    coveredMs = Math.max(coveredMs, timeMs);
  }

  /** Adds a record that is no DATA. */
  public void other(byte kind, long term, long index, byte[] of) {
    put(kind, term, index, 0, of);
  }

  /** What was acknowledged before that time stands before what comes next. */
  public void covered(long timeMs) {
    coveredMs = Math.max(coveredMs, timeMs);
  }

  private void put(byte kind, long term, long index, long timeMs, byte[] of) {
    Invariant.check(index > lastIndex, "index %d behind %d", index, lastIndex);
    int size = ENTRY_BYTES + of.length;
    Invariant.check(bytes.position() + size <= MAX_BYTES, "a segment of more than %d", MAX_BYTES);
    if (bytes.remaining() < size) {
      int room = Math.max(bytes.position() + size, Math.min(MAX_BYTES, 2 * bytes.capacity()));
      bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), room)).position(bytes.position());
    }
    int from = bytes.position();
    bytes.putInt(of.length).put(kind).putLong(term).putLong(index).putLong(timeMs).put(of);
    bytes.putInt(crc(bytes.array(), from, bytes.position() - from));
    lastIndex = index;
    entries++;
  }

  /**
   * The segment.
   *
   * @param upTo last log index that it covers; all records up to there were added
   */
  public Segment end(long upTo) {
    Invariant.check(upTo >= lastIndex && upTo >= firstIndex, "%d..%d", firstIndex, upTo);
    int size = bytes.position() - SegmentHead.BYTES;
    SegmentHead head =
        new SegmentHead(
            shard,
            incarnation,
            firstIndex,
            upTo,
            afterIndex,
            lastGapIndex,
            checksumBefore,
            checksum,
            recordsBefore,
            records,
            firstTimeMs,
            lastTimeMs,
            coveredMs,
            entries,
            size,
            crc(bytes.array(), SegmentHead.BYTES, size));
    byte[] whole = Arrays.copyOf(bytes.array(), bytes.position());
    head.encode(ByteBuffer.wrap(whole));
    return new Segment(head, whole);
  }

  static int crc(byte[] bytes, int from, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, length);
    return (int) sum.getValue();
  }
}
