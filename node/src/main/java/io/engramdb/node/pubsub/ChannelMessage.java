package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.PushMessage;
import io.engramdb.node.command.ReplyWriter;
import org.jspecify.annotations.Nullable;

/** A published message as its listeners get it. */
final class ChannelMessage extends PushMessage {

  private static final byte[] MESSAGE = {'m', 'e', 's', 's', 'a', 'g', 'e'};
  private static final byte[] SHARD_MESSAGE = {'s', 'm', 'e', 's', 's', 'a', 'g', 'e'};
  private static final byte[] PATTERN_MESSAGE = {'p', 'm', 'e', 's', 's', 'a', 'g', 'e'};

  private final byte[] word;
  private final @Nullable Bytes pattern;
  private final Bytes channel;
  private final byte[] payload;

  private ChannelMessage(byte[] word, @Nullable Bytes pattern, Bytes channel, byte[] payload) {
    this.word = word;
    this.pattern = pattern;
    this.channel = channel;
    this.payload = payload;
  }

  /** For those who listen to the channel itself. */
  static ChannelMessage ofChannel(boolean sharded, Bytes channel, byte[] payload) {
    return new ChannelMessage(sharded ? SHARD_MESSAGE : MESSAGE, null, channel, payload);
  }

  /** For those who listen to a pattern that the channel matches. */
  static ChannelMessage ofPattern(Bytes pattern, Bytes channel, byte[] payload) {
    return new ChannelMessage(PATTERN_MESSAGE, pattern, channel, payload);
  }

  @Override
  public void writeTo(ReplyWriter writer) {
    writer.push(pattern == null ? 3 : 4);
    writer.bulk(word);
    if (pattern != null) {
      writer.bulk(pattern.array());
    }
    writer.bulk(channel.array());
    writer.bulk(payload);
  }
}
