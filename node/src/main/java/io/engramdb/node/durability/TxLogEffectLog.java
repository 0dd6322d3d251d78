package io.engramdb.node.durability;

import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.shard.EffectLog;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shard's way into the transaction log. Shard thread only. */
final class TxLogEffectLog implements EffectLog {

  private static final Logger LOG = LoggerFactory.getLogger(TxLogEffectLog.class);

  private final TxLog log;
  private final NodeMetrics metrics;
  private final TxLog.PositionHolder position = new TxLog.PositionHolder();

  TxLogEffectLog(TxLog log, NodeMetrics metrics) {
    this.log = log;
    this.metrics = metrics;
  }

  @Override
  public @Nullable Position append(
      long epoch, long sequence, Kind kind, byte[] bytes, int offset, int length) {
    ProposeResult result =
        log.propose(epoch, sequence, recordKind(kind), bytes, offset, length, position);
    if (result == ProposeResult.APPENDED) {
      metrics.recordsAppended++;
      metrics.bytesAppended += length;
      return new Position(position.term, position.index);
    }
    LOG.info("record {} of epoch {} refused: {}", sequence, epoch, result);
    return null;
  }

  private static RecordKind recordKind(Kind kind) {
    return switch (kind) {
      case DATA -> RecordKind.DATA;
      case GENESIS -> RecordKind.GENESIS;
      case LEASE_RENEWAL -> RecordKind.LEASE_RENEWAL;
      case LEASE_RELEASED -> RecordKind.LEASE_RELEASED;
      case SNAPSHOT_FLOOR -> RecordKind.SNAPSHOT_FLOOR;
    };
  }
}
