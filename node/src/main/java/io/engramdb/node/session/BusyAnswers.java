package io.engramdb.node.session;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.shard.Shard;
import org.jspecify.annotations.Nullable;

/** Requests that come in the middle of somebody's script. Stateless. */
final class BusyAnswers {

  private BusyAnswers() {}

  /**
   * Answers a request. The answer depends on no data: it waits for nothing but the replies before
   * it.
   *
   * @return false if the request must wait until the script is over
   */
  static boolean answer(
      Shard shard,
      Session session,
      @Nullable CommandSpec spec,
      Args args,
      ReplyWriters writers,
      ReplyQueue replies) {
    ClientState client = session.state();
    if (shard.busyDesk().postpones(spec, args, client)) {
      shard.resumeSoon(session);
      return false;
    }
    long start = replies.endPosition();
    ReplyWriter writer = writers.writer(client.protocol, replies.buffer());
    int mark = writer.mark();
    shard.busyDesk().executor().execute(spec, args, client, writer);
    if (client.silencesReply()) {
      writer.rewind(mark);
    }
    replies.close(start, 0, 0);
    return true;
  }
}
