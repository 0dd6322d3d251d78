package io.engramdb.node.commands;

import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.value.StreamVisitor;

/** Writes entries of a stream: each an array of its id and of its fields and values. */
class StreamReply extends ElementReply implements StreamVisitor {

  private final ReplyWriter reply;
  private final byte[] id = new byte[StreamIds.MAX_TEXT_BYTES];

  StreamReply(ReplyWriter reply) {
    super(reply);
    this.reply = reply;
  }

  @Override
  public boolean entry(long ms, long seq, int pairs) {
    reply.array(2);
    reply.bulk(id, 0, StreamIds.write(ms, seq, id));
    reply.array(2 * pairs);
    return true;
  }
}
