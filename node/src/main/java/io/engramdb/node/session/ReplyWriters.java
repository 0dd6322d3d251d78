package io.engramdb.node.session;

import io.engramdb.node.command.PushMessage;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.command.ReplyWriter;
import java.util.Arrays;

/** Where sessions get their writers from; implemented by {@code resp}, one per shard loop. */
public interface ReplyWriters {
  /**
   * A writer for that protocol version (2 or 3) into that buffer; valid until the next call,
   * because implementations use the same two writers again.
   */
  ReplyWriter writer(int protocol, ReplyBuffer target);

  /** The bytes of a message under that protocol version, made once for all its receivers. */
  default byte[] encoded(PushMessage message, int protocol) {
    byte[] bytes = message.encoded(protocol);
    if (bytes == null) {
      ReplyBuffer buffer = new ReplyBuffer();
      message.writeTo(writer(protocol, buffer));
      bytes = Arrays.copyOfRange(buffer.array(), buffer.start(), buffer.end());
      message.keep(protocol, bytes);
    }
    return bytes;
  }

  /**
   * The same again: a writer is used for one reply after the other, so who answers in the middle of
   * a reply needs another one. Itself where each call gives a new writer.
   */
  default ReplyWriters another() {
    return this;
  }
}
