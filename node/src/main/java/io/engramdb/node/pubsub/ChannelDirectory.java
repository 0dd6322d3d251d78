package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.ConnectedClient;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Who listens to which channel, in the order of subscription. Shard thread only. */
final class ChannelDirectory {

  private final Map<Bytes, Set<ConnectedClient>> byName = new HashMap<>();

  void add(Bytes channel, ConnectedClient client) {
    byName.computeIfAbsent(channel, unused -> new LinkedHashSet<>(2)).add(client);
  }

  void remove(Bytes channel, ConnectedClient client) {
    Set<ConnectedClient> clients = byName.get(channel);
    if (clients != null) {
      clients.remove(client);
      if (clients.isEmpty()) {
        byName.remove(channel);
      }
    }
  }

  Set<ConnectedClient> listeners(Bytes channel) {
    return byName.getOrDefault(channel, Set.of());
  }

  /** Channels that somebody listens to. */
  Set<Bytes> names() {
    return byName.keySet();
  }

  boolean isEmpty() {
    return byName.isEmpty();
  }
}
