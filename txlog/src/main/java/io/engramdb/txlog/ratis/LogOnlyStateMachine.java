package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.RecordKind;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * The bridge of a log-only voter: reports progress and control records; of data records only that
 * they are there, with no bytes.
 */
final class LogOnlyStateMachine extends CommittedEntryStateMachine {
  private static final byte[] NO_BYTES = new byte[0];

  LogOnlyStateMachine(
      LogListener listener,
      NoticeLane lane,
      EpochGuard guard,
      LeadershipTracker leadership,
      LongSupplier currentTerm,
      LogPosition snapshot) {
    super(listener, lane, guard, leadership, currentTerm, snapshot);
  }

  @Override
  byte[] payload(RecordKind kind, ByteString logData) throws IOException {
    return kind == RecordKind.DATA ? NO_BYTES : super.payload(kind, logData);
  }
}
