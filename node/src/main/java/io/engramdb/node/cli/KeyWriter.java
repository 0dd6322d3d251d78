package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.DumpPayload;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends the keys of a snapshot as a client would: strings by SET, small collections by RESTORE,
 * large values by commands of their type ({@link KeyCommands}). A value is held until it is known
 * to be small. One thread; its figures may be read by others.
 */
final class KeyWriter implements RdbVisitor {
  /** Bytes of a value that is sent at once. */
  private static final int HELD_BYTES = 1 << 20;

  /** Elements of one; each takes some memory of its own. */
  private static final int HELD_EVENTS = 1 << 14;

  /**
   * How long a key lives here at least while the commands since the snapshot are to follow: the
   * source says when it expires, or that it lives on.
   */
  private static final long GRACE_MS = 600_000;

  /** Keys whose time is put right at the end. */
  private static final int MAX_POSTPONED = 1 << 16;

  /** Bytes of their names. */
  private static final long MAX_POSTPONED_BYTES = 8 << 20;

  /** Only if its time is still the one that was made up. */
  private static final byte[] SETTLE =
      SourceLink.ascii(
          "if redis.call('PEXPIRETIME', KEYS[1]) == tonumber(ARGV[1]) then"
              + " redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end return 1");

  private final ImportTarget target;
  private final DatabaseMap databases;
  private final InstantSource clock;
  private final boolean follows;
  private final AtomicBoolean stop;
  private final long offset;
  private final KeyCommands pieces;

  private RdbKey key = new RdbKey();
  private final List<Event> held = new ArrayList<>();
  private int heldBytes;
  private int database;
  private boolean skips;
  private boolean inPieces;
  private boolean fieldsExpire;

  /** When the source began its snapshot, by its own clock; 0 if it does not say. */
  private long snapshotMs;

  private long streamDatabase;

  private volatile long keys;
  private volatile long expired;
  private volatile long expectedKeys;
  private volatile long functions;
  private volatile long modules;

  private final List<Postponed> postponed = new ArrayList<>();
  private long postponedBytes;

  /** A key that lives longer here than there, until {@link #settle}. */
  private record Postponed(int database, byte[] name, long expireAtMs, long hereMs) {}

  /** What a snapshot's reader has said. */
  private interface Event {
    void say(RdbVisitor to) throws IOException;
  }

  /**
   * A writer.
   *
   * @param follows every command since follows, so a key that has expired meanwhile may be made to
   *     live on
   * @param offset of the source at the snapshot
   * @param stop ends it before the next key
   */
  KeyWriter(
      ImportTarget target,
      DatabaseMap databases,
      InstantSource clock,
      boolean follows,
      long offset,
      AtomicBoolean stop) {
    this.target = target;
    this.databases = databases;
    this.clock = clock;
    this.follows = follows;
    this.offset = offset;
    this.stop = stop;
    this.pieces =
        new KeyCommands(
            (mayLeaveOut, words) -> {
              TargetShard shard = target.shardOf(key.name());
              if (mayLeaveOut) {
                shard.sendOrLeaveOut(database, offset, words);
              } else {
                shard.send(database, offset, words);
              }
            });
  }

  /** Keys that were sent. */
  long keys() {
    return keys;
  }

  /** Keys that were left out because their time has passed. */
  long expired() {
    return expired;
  }

  /** Keys that the snapshot says it has, as far as it was read. */
  long expectedKeys() {
    return expectedKeys;
  }

  /** Function libraries. */
  long functions() {
    return functions;
  }

  /** Keys of modules that were left out. */
  long modules() {
    return modules;
  }

  /** The database that the source's stream has selected at the snapshot. */
  long streamDatabase() {
    return streamDatabase;
  }

  @Override
  public void aux(byte[] name, byte[] value) {
    String digits = new String(value, StandardCharsets.ISO_8859_1);
    if (!digits.matches("[0-9]{1,15}")) {
      return;
    }
    switch (new String(name, StandardCharsets.ISO_8859_1)) {
      case "ctime" -> snapshotMs = TimeUnit.SECONDS.toMillis(Long.parseLong(digits));
      case "repl-stream-db" -> streamDatabase = Long.parseLong(digits);
      default -> {}
    }
  }

  @Override
  public void databaseSize(long number, long keyCount, long expiring) {
    if (databases.isWanted(number)) {
      expectedKeys += keyCount;
    }
  }

  @Override
  public void skippedModuleKey(RdbKey moduleKey, String module, long sizeBytes) {
    modules++;
  }

  @Override
  public void function(byte[] source) throws IOException {
    target.sendEverywhere(
        0,
        offset,
        SourceLink.ascii("FUNCTION"),
        SourceLink.ascii("LOAD"),
        SourceLink.ascii("REPLACE"),
        source);
    functions++;
  }

  /** Whether the key is sent at all. */
  private boolean begin(RdbKey next) throws IOException {
    if (stop.get()) {
      throw new ImportException("it was told to end");
    }
    held.clear();
    heldBytes = 0;
    inPieces = false;
    fieldsExpire = false;
    skips = !databases.isWanted(next.database());
    if (skips) {
      return false;
    }
    database = databases.target(next.database());
    long expireAtMs = next.expireAtMs();
    if (expireAtMs != RdbKey.NO_EXPIRY) {
      if (expireAtMs <= snapshotMs) {
        expired++;
        skips = true;
        return false;
      }
      expireAtMs = postponed(next.name(), expireAtMs);
    }
    key =
        new RdbKey(next.database(), next.name(), expireAtMs)
            .withIdleSeconds(next.idleSeconds())
            .withFrequency(next.frequency());
    return true;
  }

  private long postponed(byte[] name, long expireAtMs) {
    long hereMs = clock.millis() + GRACE_MS;
    boolean room = postponed.size() < MAX_POSTPONED && postponedBytes < MAX_POSTPONED_BYTES;
    if (!follows || expireAtMs >= hereMs || !room) {
      return expireAtMs;
    }
    postponed.add(new Postponed(database, name, expireAtMs, hereMs));
    postponedBytes += name.length;
    return hereMs;
  }

  /** Gives keys back the times of which the source has said nothing since. */
  void settle() throws IOException {
    for (Postponed each : postponed) {
      target
          .shardOf(each.name)
          .send(
              each.database,
              target.sentOffset(),
              SourceLink.ascii("EVAL"),
              SETTLE,
              SourceLink.ascii("1"),
              each.name,
              SourceLink.ascii("" + each.hereMs),
              SourceLink.ascii("" + each.expireAtMs));
    }
    postponed.clear();
  }

  private void event(int bytes, Event event) throws IOException {
    if (skips) {
      return;
    }
    if (inPieces) {
      event.say(pieces);
      return;
    }
    held.add(event);
    heldBytes += bytes;
    if (heldBytes > HELD_BYTES || held.size() > HELD_EVENTS) {
      inPieces = true;
      for (Event each : held) {
        each.say(pieces);
      }
      held.clear();
    }
  }

  @Override
  public void string(RdbKey next, byte[] value) throws IOException {
    if (!begin(next)) {
      return;
    }
    RdbKey own = key;
    boolean plain = own.idleSeconds() == RdbKey.NO_IDLE && own.frequency() == RdbKey.NO_FREQUENCY;
    if (value.length > HELD_BYTES) {
      pieces.string(own, value);
    } else if (plain) {
      set(value);
    } else {
      restore(to -> to.string(own, value));
    }
    keys++;
  }

  private void set(byte[] value) throws IOException {
    List<byte[]> words = new ArrayList<>(List.of(SourceLink.ascii("SET"), key.name(), value));
    if (key.expireAtMs() != RdbKey.NO_EXPIRY) {
      words.add(SourceLink.ascii("PXAT"));
      words.add(SourceLink.ascii("" + key.expireAtMs()));
    }
    target.shardOf(key.name()).send(database, offset, words.toArray(byte[][]::new));
  }

  private void restore(DumpPayload.Value value) throws IOException {
    int version = fieldsExpire ? RdbVersion.REDIS_7_4 : RdbVersion.REDIS_7_0;
    byte[] payload = DumpPayload.encode(version, false, value);
    long expireAtMs = key.expireAtMs() == RdbKey.NO_EXPIRY ? 0 : key.expireAtMs();
    List<byte[]> words =
        new ArrayList<>(
            List.of(
                SourceLink.ascii("RESTORE"),
                key.name(),
                SourceLink.ascii("" + expireAtMs),
                payload,
                SourceLink.ascii("REPLACE"),
                SourceLink.ascii("ABSTTL")));
    if (key.idleSeconds() != RdbKey.NO_IDLE) {
      words.add(SourceLink.ascii("IDLETIME"));
      words.add(SourceLink.ascii("" + key.idleSeconds()));
    } else if (key.frequency() != RdbKey.NO_FREQUENCY) {
      words.add(SourceLink.ascii("FREQ"));
      words.add(SourceLink.ascii("" + key.frequency()));
    }
    target.shardOf(key.name()).send(database, offset, words.toArray(byte[][]::new));
  }

  @Override
  public void endKey() throws IOException {
    if (!skips) {
      if (inPieces) {
        pieces.endKey();
      } else {
        List<Event> events = List.copyOf(held);
        restore(
            to -> {
              for (Event each : events) {
                each.say(to);
              }
              to.endKey();
            });
      }
      keys++;
    }
    held.clear();
    skips = false;
  }

  @Override
  public void beginList(RdbKey next, long count) throws IOException {
    if (begin(next)) {
      RdbKey own = key;
      event(0, to -> to.beginList(own, UNKNOWN_COUNT));
    }
  }

  @Override
  public void element(byte[] element) throws IOException {
    event(element.length, to -> to.element(element));
  }

  @Override
  public void beginSet(RdbKey next, long count) throws IOException {
    if (begin(next)) {
      RdbKey own = key;
      event(0, to -> to.beginSet(own, UNKNOWN_COUNT));
    }
  }

  @Override
  public void member(byte[] member) throws IOException {
    event(member.length, to -> to.member(member));
  }

  @Override
  public void beginSortedSet(RdbKey next, long count) throws IOException {
    if (begin(next)) {
      RdbKey own = key;
      event(0, to -> to.beginSortedSet(own, UNKNOWN_COUNT));
    }
  }

  @Override
  public void scoredMember(byte[] member, double score) throws IOException {
    event(member.length, to -> to.scoredMember(member, score));
  }

  @Override
  public void beginHash(RdbKey next, long count, boolean mayExpire) throws IOException {
    if (begin(next)) {
      RdbKey own = key;
      event(0, to -> to.beginHash(own, UNKNOWN_COUNT, mayExpire));
    }
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) throws IOException {
    fieldsExpire |= expireAtMs != RdbKey.NO_EXPIRY;
    event(field.length + value.length, to -> to.field(field, value, expireAtMs));
  }

  @Override
  public void beginStream(RdbKey next, long count) throws IOException {
    if (begin(next)) {
      RdbKey own = key;
      event(0, to -> to.beginStream(own, UNKNOWN_COUNT));
    }
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] words) throws IOException {
    int bytes = 0;
    for (byte[] word : words) {
      bytes += word.length;
    }
    event(bytes, to -> to.streamEntry(ms, sequence, words));
  }

  @Override
  public void streamState(StreamState state) throws IOException {
    event(0, to -> to.streamState(state));
  }

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) throws IOException {
    event(name.length, to -> to.group(name, lastDelivered, entriesRead));
  }

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) throws IOException {
    event(name.length, to -> to.consumer(name, seenMs, activeMs));
  }

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) throws IOException {
    event(0, to -> to.pending(ms, sequence, deliveryMs, deliveries));
  }
}
