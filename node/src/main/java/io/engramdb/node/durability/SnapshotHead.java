package io.engramdb.node.durability;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.engine.StoredScripts;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotUpload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a snapshot must say beside its keys, so that a shard can go on behind it; stands as remarks
 * at the beginning of the RDB file, in names that other servers ignore.
 *
 * @param genesis identity of the history, and its lease duration
 * @param term of the newest log entry that the snapshot contains
 * @param index of that entry
 * @param timeMs shard time of the newest DATA record in it
 * @param records DATA records that made it
 * @param runningChecksum over them
 */
public record SnapshotHead(
    Genesis genesis, long term, long index, long timeMs, long records, int runningChecksum) {

  private static final String PREFIX = "engram-";
  private static final String USER = "user";
  private static final String SCRIPT = "script";
  private static final int SHA_CHARS = 40;

  /** The head of which a manifest tells. */
  static SnapshotHead of(SnapshotManifest manifest) {
    return new SnapshotHead(
        new Genesis(manifest.incarnation(), manifest.leaseMs()),
        manifest.term(),
        manifest.index(),
        manifest.timeMs(),
        manifest.records(),
        manifest.runningChecksum());
  }

  /**
   * What makes a file with this head, these keys and these bytes a snapshot.
   *
   * @param rdbVersion of the file
   */
  SnapshotManifest manifest(
      UUID shard, RdbDigest keys, SnapshotUpload file, int rdbVersion, long nowMs) {
    return new SnapshotManifest(
        shard,
        genesis.incarnation(),
        term,
        index,
        timeMs,
        records,
        runningChecksum,
        genesis.leaseDurationMs(),
        keys.keys(),
        keys.value(),
        file.sizeBytes(),
        file.crc32c(),
        rdbVersion,
        nowMs);
  }

  void say(RdbVisitor to) throws IOException {
    remark(to, "incarnation", genesis.incarnation().toString());
    remark(to, "lease-ms", Long.toString(genesis.leaseDurationMs()));
    remark(to, "term", Long.toString(term));
    remark(to, "index", Long.toString(index));
    remark(to, "time-ms", Long.toString(timeMs));
    remark(to, "records", Long.toString(records));
    remark(to, "running-checksum", Integer.toHexString(runningChecksum));
  }

  /** Says the users that the log knows, one remark each. */
  static void sayUsers(List<String> lines, RdbVisitor to) throws IOException {
    for (String line : lines) {
      to.aux(
          (PREFIX + USER).getBytes(StandardCharsets.US_ASCII),
          line.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  /** Says the loaded scripts, one remark each: the hash by which it is found, then its text. */
  static void sayScripts(StoredScripts scripts, RdbVisitor to) throws IOException {
    for (Map.Entry<Bytes, Bytes> script : scripts.all().entrySet()) {
      byte[] sha = script.getKey().array();
      byte[] text = script.getValue().array();
      byte[] value = Arrays.copyOf(sha, sha.length + text.length);
      System.arraycopy(text, 0, value, sha.length, text.length);
      to.aux((PREFIX + SCRIPT).getBytes(StandardCharsets.US_ASCII), value);
    }
  }

  private static void remark(RdbVisitor to, String name, String value) throws IOException {
    to.aux(
        (PREFIX + name).getBytes(StandardCharsets.US_ASCII),
        value.getBytes(StandardCharsets.US_ASCII));
  }

  /** Collects the remarks of a file that is being read. */
  static final class Reader {
    private final Map<String, String> remarks = new HashMap<>();
    private final List<String> users = new ArrayList<>();
    private final Map<Bytes, Bytes> scripts = new LinkedHashMap<>();

    void aux(byte[] name, byte[] value) {
      String text = new String(name, StandardCharsets.US_ASCII);
      if (text.equals(PREFIX + USER)) {
        users.add(new String(value, StandardCharsets.ISO_8859_1));
      } else if (text.equals(PREFIX + SCRIPT) && value.length >= SHA_CHARS) {
        scripts.put(
            Bytes.copy(value, 0, SHA_CHARS),
            Bytes.copy(value, SHA_CHARS, value.length - SHA_CHARS));
      } else if (text.startsWith(PREFIX)) {
        remarks.put(text.substring(PREFIX.length()), new String(value, StandardCharsets.US_ASCII));
      }
    }

    /** What {@link #sayScripts} said, by hash. */
    Map<Bytes, Bytes> scripts() {
      return scripts;
    }

    /** What {@link #sayUsers} said. */
    List<String> users() {
      return users;
    }

    /** The head, if the file was one of ours. */
    SnapshotHead head() throws IOException {
      try {
        return new SnapshotHead(
            new Genesis(UUID.fromString(word("incarnation")), Long.parseLong(word("lease-ms"))),
            Long.parseLong(word("term")),
            Long.parseLong(word("index")),
            Long.parseLong(word("time-ms")),
            Long.parseLong(word("records")),
            Integer.parseUnsignedInt(word("running-checksum"), 16));
      } catch (IllegalArgumentException e) {
        throw new IOException("the snapshot's head makes no sense: " + e.getMessage(), e);
      }
    }

    private String word(String name) throws IOException {
      String value = remarks.get(name);
      if (value == null) {
        throw new IOException("the snapshot does not say its " + name);
      }
      return value;
    }
  }
}
