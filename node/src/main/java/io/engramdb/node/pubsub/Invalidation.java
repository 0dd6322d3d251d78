package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.PushMessage;
import io.engramdb.node.command.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The word that cached keys are worth nothing any more, or all of them. */
final class Invalidation extends PushMessage {

  private static final byte[] INVALIDATE = "invalidate".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CHANNEL = "__redis__:invalidate".getBytes(StandardCharsets.US_ASCII);

  private final @Nullable List<Bytes> keys;

  /**
   * @param keys null: all keys
   */
  Invalidation(@Nullable List<Bytes> keys) {
    this.keys = keys;
  }

  @Override
  public void writeTo(ReplyWriter writer) {
    if (writer.protocol() == 3) {
      writer.push(2);
      writer.bulk(INVALIDATE);
    } else {
      writer.push(3);
      writer.bulk(MESSAGE);
      writer.bulk(CHANNEL);
    }
    if (keys == null) {
      writer.nilArray();
      return;
    }
    writer.array(keys.size());
    for (Bytes key : keys) {
      writer.bulk(key.array());
    }
  }

  /** The word that the client is gone which invalidations should go to. */
  static PushMessage brokenRedirect(long redirect) {
    return new PushMessage() {
      @Override
      public void writeTo(ReplyWriter writer) {
        writer.push(2);
        writer.bulk("tracking-redir-broken");
        writer.integer(redirect);
      }
    };
  }
}
