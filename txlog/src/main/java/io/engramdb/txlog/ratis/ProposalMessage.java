package io.engramdb.txlog.ratis;

import org.apache.ratis.protocol.Message;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A proposal on its way through Ratis. It carries what the fence needs, and brings back the context
 * in which Ratis notes term and index. Used by the proposing thread only, within one call.
 */
final class ProposalMessage implements Message {
  final long epoch;
  final long sequence;
  private final ByteString content;
  @Nullable TransactionContext context;

  ProposalMessage(long epoch, long sequence, ByteString content) {
    this.epoch = epoch;
    this.sequence = sequence;
    this.content = content;
  }

  @Override
  public ByteString getContent() {
    return content;
  }
}
