package io.engramdb.node.net;

import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.resp.Resp2ReplyWriter;
import io.engramdb.node.resp.Resp3ReplyWriter;
import io.engramdb.node.resp.RespReplyWriter;
import io.engramdb.node.session.ReplyWriters;

/** The two writers of one shard loop, handed out by protocol version. */
public final class RespWriters implements ReplyWriters {

  private final RespReplyWriter resp2 = new Resp2ReplyWriter();
  private final RespReplyWriter resp3 = new Resp3ReplyWriter();

  @Override
  public ReplyWriter writer(int protocol, ReplyBuffer target) {
    RespReplyWriter writer = protocol == 3 ? resp3 : resp2;
    writer.target(target);
    return writer;
  }

  @Override
  public ReplyWriters another() {
    return new RespWriters();
  }
}
