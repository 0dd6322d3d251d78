package io.engramdb.node.shard;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.shard.EffectLog.Kind;
import io.engramdb.node.shard.EffectLog.Position;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** A sealed record of the {@link CommitPipeline} on its way. Shard thread only. */
final class PendingRecord {
  final long sequence;
  final Kind kind;
  byte @Nullable [] bytes;
  final int length;

  /** Whether its number commits with it: false for all parts of a run but the last. */
  final boolean completes;

  final ArrayList<ShardClient> waiters;
  final int checksum;
  final long stampMs;

  /** Effects that it carries; those of a split run count in its last part. */
  int effects;

  long term;
  long index;
  long submittedNanos;

  /** Of a part of a run: the run, from which its bytes are cut when it leaves. */
  byte @Nullable [] run;

  int runOffset;
  int parts;

  PendingRecord(
      long sequence,
      Kind kind,
      byte @Nullable [] bytes,
      int length,
      boolean completes,
      ArrayList<ShardClient> waiters,
      int checksum,
      long stampMs) {
    this.sequence = sequence;
    this.kind = kind;
    this.bytes = bytes;
    this.length = length;
    this.completes = completes;
    this.waiters = waiters;
    this.checksum = checksum;
    this.stampMs = stampMs;
  }

  /** The record as it is sent. */
  byte[] encoded() {
    byte[] whole = bytes;
    if (whole != null) {
      return whole;
    }
    byte[] from = run;
    Invariant.check(from != null, "record %d was appended before", sequence);
    byte[] part = new byte[length];
    int body = EffectCodec.HEADER_BYTES;
    System.arraycopy(from, runOffset, part, body, length - body);
    EffectCodec.writeHeader(part, parts, completes ? effects : 0, stampMs, checksum);
    return part;
  }

  void appended(Position position) {
    bytes = null;
    run = null;
    term = position.term();
    index = position.index();
  }
}
