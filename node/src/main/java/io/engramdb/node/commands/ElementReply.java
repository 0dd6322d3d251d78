package io.engramdb.node.commands;

import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.value.ElementVisitor;

/** Writes every element that it sees as a bulk string. */
class ElementReply implements ElementVisitor {

  private final ReplyWriter reply;

  ElementReply(ReplyWriter reply) {
    this.reply = reply;
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    reply.bulk(array, offset, length);
    return true;
  }

  @Override
  public boolean integer(long value) {
    reply.bulk(value);
    return true;
  }
}
