package io.engramdb.node.command;

import org.jspecify.annotations.Nullable;

/**
 * Something that a client is told without having asked: a published message, an invalidation. One
 * object serves all its receivers; its bytes are made once for each protocol version. Shard thread
 * only.
 */
public abstract class PushMessage {

  private byte @Nullable [] resp2;
  private byte @Nullable [] resp3;

  /** Writes it as the protocol of the writer has it. */
  public abstract void writeTo(ReplyWriter writer);

  /** Its bytes under RESP2 or RESP3 if they have been made already. */
  public final byte @Nullable [] encoded(int protocol) {
    return protocol == 3 ? resp3 : resp2;
  }

  /** Keeps its bytes for the next receiver. */
  public final void keep(int protocol, byte[] bytes) {
    if (protocol == 3) {
      resp3 = bytes;
    } else {
      resp2 = bytes;
    }
  }
}
