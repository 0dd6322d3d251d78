package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What one client has subscribed to, in the order in which it did. Changed by the directory of
 * channels alone, so that both agree. Shard thread only.
 */
public final class Subscriptions {

  /** The three kinds of names that can be subscribed to. */
  public enum Kind {
    CHANNEL,
    PATTERN,
    SHARD_CHANNEL
  }

  private Set<Bytes> channels = Set.of();
  private Set<Bytes> patterns = Set.of();
  private Set<Bytes> shardChannels = Set.of();

  /** Names of one kind; must not be changed. */
  public Set<Bytes> of(Kind kind) {
    return switch (kind) {
      case CHANNEL -> channels;
      case PATTERN -> patterns;
      case SHARD_CHANNEL -> shardChannels;
    };
  }

  /** Whether there is any: such a client hears messages. */
  public boolean any() {
    return !channels.isEmpty() || !patterns.isEmpty() || !shardChannels.isEmpty();
  }

  /** All names. */
  public int count() {
    return channels.size() + patterns.size() + shardChannels.size();
  }

  /** The number that goes with a confirmation: shard channels are counted on their own. */
  public int confirmed(Kind kind) {
    return kind == Kind.SHARD_CHANNEL ? shardChannels.size() : channels.size() + patterns.size();
  }

  /** Returns false if the name was there already. */
  public boolean add(Kind kind, Bytes name) {
    Set<Bytes> names = of(kind);
    if (names.isEmpty()) {
      // A set of its own only for those who subscribe: most clients never do.
      names = new LinkedHashSet<>();
      switch (kind) {
        case CHANNEL -> channels = names;
        case PATTERN -> patterns = names;
        case SHARD_CHANNEL -> shardChannels = names;
      }
    }
    return names.add(name);
  }

  /** Returns false if the name was not there. */
  public boolean remove(Kind kind, Bytes name) {
    Set<Bytes> names = of(kind);
    return !names.isEmpty() && names.remove(name);
  }
}
