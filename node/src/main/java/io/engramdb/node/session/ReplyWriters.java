package io.engramdb.node.session;

import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.command.ReplyWriter;

/** Where sessions get their writers from; implemented by {@code resp}, one per shard loop. */
public interface ReplyWriters {
  /**
   * A writer for that protocol version (2 or 3) into that buffer; valid until the next call,
   * because implementations use the same two writers again.
   */
  ReplyWriter writer(int protocol, ReplyBuffer target);
}
