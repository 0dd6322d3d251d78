package io.engramdb.node.peer;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.pubsub.MessageHub;
import io.engramdb.node.pubsub.MessageRelay;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.txlog.api.MemberMessages;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries published messages to the other data nodes of the shard, over the connections that the
 * members of its log have with each other.
 *
 * <p>A message: one byte (0: a channel, 1: a shard channel), the length of the channel's name in
 * four bytes, big-endian, the name, the payload.
 *
 * <p>{@link #send} belongs to the shard's thread, messages come in on another.
 */
public final class PubSubRelay implements MessageRelay {

  private static final Logger LOG = LoggerFactory.getLogger(PubSubRelay.class);

  private static final int HEADER_BYTES = 5;
  private static final byte CHANNEL = 0;
  private static final byte SHARD_CHANNEL = 1;

  private final MemberMessages messages;
  private final List<String> others;
  private final ShardScheduler scheduler;
  private final Supplier<MessageHub> hub;

  /**
   * Whoever takes messages from {@code messages} passes them to {@link #received}.
   *
   * @param others names of the other data members
   * @param hub of this node; asked on the shard's thread
   */
  public PubSubRelay(
      MemberMessages messages,
      List<String> others,
      ShardScheduler scheduler,
      Supplier<MessageHub> hub) {
    this.messages = messages;
    this.others = List.copyOf(others);
    this.scheduler = scheduler;
    this.hub = hub;
  }

  @Override
  public void send(boolean sharded, Bytes channel, byte[] payload) {
    if (others.isEmpty()) {
      return;
    }
    byte[] message = encode(sharded, channel, payload);
    for (String other : others) {
      messages.send(other, message);
    }
  }

  static byte[] encode(boolean sharded, Bytes channel, byte[] payload) {
    return ByteBuffer.allocate(HEADER_BYTES + channel.length() + payload.length)
        .put(sharded ? SHARD_CHANNEL : CHANNEL)
        .putInt(channel.length())
        .put(channel.array())
        .put(payload)
        .array();
  }

  /** A message of another node; on the thread of messages. */
  public void received(String from, byte[] message, Runnable done) {
    if (!isWhole(message)) {
      LOG.warn("{} sent {} bytes that are no message", from, message.length);
      done.run();
      return;
    }
    scheduler.execute(
        () -> {
          deliver(message);
          done.run();
        });
  }

  private static boolean isWhole(byte[] message) {
    if (message.length < HEADER_BYTES || message[0] < CHANNEL || message[0] > SHARD_CHANNEL) {
      return false;
    }
    int nameBytes = ByteBuffer.wrap(message).getInt(1);
    return nameBytes >= 0 && nameBytes <= message.length - HEADER_BYTES;
  }

  private void deliver(byte[] message) {
    int nameEnd = HEADER_BYTES + ByteBuffer.wrap(message).getInt(1);
    hub.get()
        .received(
            message[0] == SHARD_CHANNEL,
            Bytes.copy(message, HEADER_BYTES, nameEnd - HEADER_BYTES),
            Arrays.copyOfRange(message, nameEnd, message.length));
  }
}
