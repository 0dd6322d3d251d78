package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;

/**
 * Port: the way of published messages to the other data nodes of the shard. At most once: whoever
 * can't be reached, or reads too slowly, misses them. Shard thread only.
 */
public interface MessageRelay {

  /** Sends to all of them; returns at once. */
  void send(boolean sharded, Bytes channel, byte[] payload);

  /** There are no others. */
  MessageRelay NONE = (sharded, channel, payload) -> {};
}
