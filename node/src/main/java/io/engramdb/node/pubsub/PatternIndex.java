package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.GlobPattern;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who listens to which pattern of channels. A message is held against every pattern, as in Redis:
 * O(patterns). Shard thread only.
 */
final class PatternIndex {

  /** One pattern and who listens to it. */
  record Listened(Bytes text, GlobPattern pattern, Set<ConnectedClient> clients) {
    Listened(Bytes text) {
      this(text, GlobPattern.of(text.array()), new LinkedHashSet<>(2));
    }
  }

  private final Map<Bytes, Listened> byText = new LinkedHashMap<>();

  void add(Bytes pattern, ConnectedClient client) {
    byText.computeIfAbsent(pattern, Listened::new).clients().add(client);
  }

  void remove(Bytes pattern, ConnectedClient client) {
    Listened listened = byText.get(pattern);
    if (listened != null) {
      listened.clients().remove(client);
      if (listened.clients().isEmpty()) {
        byText.remove(pattern);
      }
    }
  }

  Collection<Listened> all() {
    return byText.values();
  }

  int size() {
    return byText.size();
  }

  boolean isEmpty() {
    return byText.isEmpty();
  }
}
