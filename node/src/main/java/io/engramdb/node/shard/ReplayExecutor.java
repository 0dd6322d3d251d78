package io.engramdb.node.shard;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.EffectRecorder;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeyWait;
import io.engramdb.node.command.TransactionPort;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Applies committed DATA records with the same handlers that executed them: no admission, no reply,
 * no expiry (a key is there until a logged removal removes it). Deterministic. One thread at a
 * time.
 *
 * <p>Checks what was written against what is read: format, continuity of parts, running checksum,
 * effect count. A violation means that log and memory can no longer be trusted, and stops the
 * process.
 */
public final class ReplayExecutor implements ExecutionContext {

  private final CommandTable table;
  private final Keyspaces keyspaces;
  private final DiscardingReplyWriter reply = new DiscardingReplyWriter();
  private final ClientState client = new ClientState(0, "", "", 0);
  private final Args args = new Args();
  private final RandomGenerator random = new SplittableRandom(0);

  private @Nullable KeyChangeListener changes;
  private int runningChecksum;
  private long lastStampMs;
  private long appliedRecords;
  private @Nullable OpenRun openRun;
  private long openRunEpoch;

  public ReplayExecutor(CommandTable table, Keyspaces keyspaces) {
    this.table = table;
    this.keyspaces = keyspaces;
    client.authenticated = true;
  }

  /** Who hears of effects that are applied from now on; null for nobody. */
  void tell(@Nullable KeyChangeListener newChanges) {
    changes = newChanges;
  }

  /** Running checksum of the newest DATA record applied. */
  public int runningChecksum() {
    return runningChecksum;
  }

  /** Shard time of the newest DATA record applied, Unix milliseconds; 0 before the first. */
  public long lastStampMs() {
    return lastStampMs;
  }

  /** DATA records applied or taken over. */
  public long appliedRecords() {
    return appliedRecords;
  }

  /** A split run has begun and not ended. */
  public boolean hasOpenRun() {
    return openRun != null;
  }

  /**
   * Takes over a record that this node executed itself, now that it is committed.
   *
   * @param checksum running checksum that the record carries
   */
  void adopt(int checksum, long stampMs) {
    runningChecksum = checksum;
    lastStampMs = Math.max(lastStampMs, stampMs);
    appliedRecords++;
  }

  /** Goes on where another one has arrived that rebuilt this memory. */
  void continueFrom(ReplayExecutor other) {
    runningChecksum = other.runningChecksum;
    lastStampMs = other.lastStampMs;
    appliedRecords = other.appliedRecords;
    openRun = other.openRun;
    openRunEpoch = other.openRunEpoch;
  }

  /** Goes on behind a snapshot. */
  public void restore(int checksum, long stampMs, long records) {
    runningChecksum = checksum;
    lastStampMs = stampMs;
    appliedRecords = records;
  }

  /** A node is promoted: an open run of an older epoch will never end. */
  void dropOpenRun() {
    openRun = null;
  }

  /**
   * Applies one committed record.
   *
   * @param epoch the record's epoch
   */
  public void apply(long epoch, byte[] record) {
    Invariant.check(EffectCodec.isReadable(record), "a record of unknown format");
    if (openRun != null && openRunEpoch != epoch) {
      openRun = null;
    }
    int checksum = EffectCodec.runningChecksum(record);
    int parts = EffectCodec.parts(record);
    verify(epoch, record, checksum);
    runningChecksum = checksum;
    lastStampMs = Math.max(lastStampMs, EffectCodec.timeMs(record));
    appliedRecords++;
    if (parts == EffectCodec.WHOLE) {
      Invariant.check(openRun == null, "a whole record inside a split run, epoch %d", epoch);
      applyBody(record, EffectCodec.HEADER_BYTES, record.length, EffectCodec.effectCount(record));
      return;
    }
    if ((parts & EffectCodec.FIRST_PART) != 0) {
      Invariant.check(openRun == null, "a split run inside another, epoch %d", epoch);
      openRun = new OpenRun();
      openRunEpoch = epoch;
    }
    OpenRun run = openRun;
    if (run == null) {
      throw new IllegalStateException("a part of a run whose beginning is missing");
    }
    run.add(record);
    if ((parts & EffectCodec.LAST_PART) != 0) {
      openRun = null;
      byte[] body = run.join();
      applyBody(body, 0, body.length, EffectCodec.effectCount(record));
    }
  }

  /**
   * A record continues the one before it. After an open run of a deposed primary was cut short the
   * same holds, because its parts were applied to the checksum as well.
   */
  private void verify(long epoch, byte[] record, int checksum) {
    int expected = EffectCodec.checksum(runningChecksum, record, record.length);
    Invariant.check(
        checksum == expected,
        "running checksum of epoch %d is %d, expected %d",
        epoch,
        checksum,
        expected);
  }

  private void applyBody(byte[] body, int from, int to, int effectCount) {
    keyspaces.beginCommand(lastStampMs, ExpiryMode.REPLAY, false);
    int at = from;
    int effects = 0;
    while (at < to) {
      at = applyEffect(body, at);
      effects++;
    }
    Invariant.check(
        at == to && effects == effectCount, "%d effects, expected %d", effects, effectCount);
    keyspaces.endCommand();
  }

  private int applyEffect(byte[] body, int offset) {
    int at = offset;
    client.database = EffectCodec.readVarint(body, at);
    at += EffectCodec.varintLength(client.database);
    int words = EffectCodec.readVarint(body, at);
    at += EffectCodec.varintLength(words);
    args.reset(body);
    for (int i = 0; i < words; i++) {
      int length = EffectCodec.readVarint(body, at);
      at += EffectCodec.varintLength(length);
      args.add(at, length);
      at += length;
    }
    CommandSpec spec = table.resolve(args);
    if (spec == null || spec.isContainer()) {
      throw new IllegalStateException("the log holds a command that is not known: " + args.text(0));
    }
    if (changes != null) {
      changes.begin(spec, client);
    }
    spec.handler().execute(this, args, reply);
    if (changes != null) {
      changes.ran(spec, args, client);
    }
    CommandError error = reply.takeError();
    if (error != null) {
      throw new IllegalStateException(
          "effect " + spec + " failed in replay: " + error.getMessage());
    }
    return at;
  }

  // --- what handlers see

  @Override
  public Keyspaces keyspaces() {
    return keyspaces;
  }

  @Override
  public Keyspace db() {
    return keyspaces.database(client.database);
  }

  @Override
  public long nowMs() {
    return lastStampMs;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public ClientState client() {
    return client;
  }

  @Override
  public EffectRecorder effects() {
    return EffectRecorder.NONE;
  }

  @Override
  public TransactionPort transactions() {
    throw new IllegalStateException("a transaction command as an effect");
  }

  @Override
  public boolean replaying() {
    return true;
  }

  @Override
  public void defer(DeferredReply deferred) {
    throw new IllegalStateException("an effect that waits");
  }

  @Override
  public boolean mayDefer() {
    return false;
  }

  @Override
  public boolean mayBlock() {
    return false;
  }

  @Override
  public void block(KeyWait wait) {
    throw new IllegalStateException("an effect that blocks");
  }
}
