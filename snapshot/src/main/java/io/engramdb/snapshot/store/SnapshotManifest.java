package io.engramdb.snapshot.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What makes a file a snapshot: which state of which shard it holds, and how to tell that it is
 * whole.
 *
 * @param shard whose data
 * @param incarnation which of the shard's histories; a restore begins a new one
 * @param term of the newest log entry that it contains
 * @param index of that entry; -1 if it stands before the first one
 * @param timeMs shard time of the newest record in it, Unix milliseconds
 * @param records DATA records that made the state
 * @param runningChecksum over those records
 * @param leaseMs the shard's lease duration
 * @param keys keys in it
 * @param digest of the keys, see {@code RdbDigest}
 * @param sizeBytes of the file
 * @param crc32c over the file
 * @param rdbVersion of the file
 * @param createdMs wall clock when it was complete
 */
public record SnapshotManifest(
    UUID shard,
    UUID incarnation,
    long term,
    long index,
    long timeMs,
    long records,
    int runningChecksum,
    long leaseMs,
    long keys,
    String digest,
    long sizeBytes,
    int crc32c,
    int rdbVersion,
    long createdMs) {

  private static final String FORMAT = "engram-snapshot";
  private static final String FORMAT_VERSION = "1";
  private static final String CHECKSUM = "checksum";

  /** Common beginning of the names of its files; in the order of positions. */
  public String name() {
    return index < 0 ? "seed" : String.format("%019d-%d", index, term);
  }

  /** The same state, seen at another time. */
  public SnapshotManifest withCreatedMs(long atMs) {
    return new SnapshotManifest(
        shard,
        incarnation,
        term,
        index,
        timeMs,
        records,
        runningChecksum,
        leaseMs,
        keys,
        digest,
        sizeBytes,
        crc32c,
        rdbVersion,
        atMs);
  }

  /** The manifest's bytes; {@link #decode} reads them. */
  public byte[] encode() {
    StringBuilder text = new StringBuilder();
    line(text, FORMAT, FORMAT_VERSION);
    line(text, "shard", shard);
    line(text, "incarnation", incarnation);
    line(text, "term", term);
    line(text, "index", index);
    line(text, "time-ms", timeMs);
    line(text, "records", records);
    line(text, "running-checksum", Integer.toHexString(runningChecksum));
    line(text, "lease-ms", leaseMs);
    line(text, "keys", keys);
    line(text, "digest", digest);
    line(text, "size-bytes", sizeBytes);
    line(text, "crc32c", Integer.toHexString(crc32c));
    line(text, "rdb-version", rdbVersion);
    line(text, "created-ms", createdMs);
    line(text, CHECKSUM, checksum(text));
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(name).append(' ').append(value).append('\n');
  }

  private static String checksum(CharSequence text) {
    CRC32C sum = new CRC32C();
    sum.update(text.toString().getBytes(StandardCharsets.US_ASCII));
    return Integer.toHexString((int) sum.getValue());
  }

  /**
   * Reads a manifest.
   *
   * @throws IOException if it is damaged, or of a format that is not known
   */
  public static SnapshotManifest decode(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.US_ASCII);
    int last = text.lastIndexOf(CHECKSUM + ' ');
    if (last < 0
        || !text.substring(last)
            .equals(CHECKSUM + ' ' + checksum(text.substring(0, last)) + '\n')) {
      throw new IOException("the manifest is damaged");
    }
    Map<String, String> lines = new LinkedHashMap<>();
    for (String each : text.split("\n")) {
      int blank = each.indexOf(' ');
      lines.put(each.substring(0, blank), each.substring(blank + 1));
    }
    String version = lines.get(FORMAT);
    if (!FORMAT_VERSION.equals(version)) {
      throw new IOException("the manifest has format " + version + ", known is " + FORMAT_VERSION);
    }
    try {
      return new SnapshotManifest(
          UUID.fromString(word(lines, "shard")),
          UUID.fromString(word(lines, "incarnation")),
          number(lines, "term"),
          number(lines, "index"),
          number(lines, "time-ms"),
          number(lines, "records"),
          Integer.parseUnsignedInt(word(lines, "running-checksum"), 16),
          number(lines, "lease-ms"),
          number(lines, "keys"),
          word(lines, "digest"),
          number(lines, "size-bytes"),
          Integer.parseUnsignedInt(word(lines, "crc32c"), 16),
          (int) number(lines, "rdb-version"),
          number(lines, "created-ms"));
    } catch (IllegalArgumentException e) {
      throw new IOException("the manifest makes no sense: " + e.getMessage(), e);
    }
  }

  private static long number(Map<String, String> lines, String name) throws IOException {
    return Long.parseLong(word(lines, name));
  }

  private static String word(Map<String, String> lines, String name) throws IOException {
    String word = lines.get(name);
    if (word == null) {
      throw new IOException("the manifest lacks " + name);
    }
    return word;
  }
}
