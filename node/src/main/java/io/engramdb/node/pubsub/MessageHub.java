package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.Subscriptions.Kind;
import io.engramdb.node.command.TrackingState;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.pubsub.PatternIndex.Listened;
import io.engramdb.node.shard.Shard;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Subscribing and publishing on one node. What is published on any node of the shard reaches the
 * listeners of all: each node serves its own, and the {@link MessageRelay} carries messages between
 * them. Shard thread only.
 */
public final class MessageHub {

  private final ChannelDirectory channels = new ChannelDirectory();
  private final ChannelDirectory shardChannels = new ChannelDirectory();
  private final PatternIndex patterns = new PatternIndex();
  private final Set<ConnectedClient> monitors = new LinkedHashSet<>();
  private final Shard shard;
  private final Outbox outbox;
  private final NodeMetrics metrics;
  private final KeyspaceEvents events;
  private final TrackingTable tracking;
  private final ChangeFeed feed;

  /**
   * @param clients the connection of a number, or null
   */
  public MessageHub(
      Shard shard,
      LongFunction<@Nullable ConnectedClient> clients,
      MessageRelay relay,
      NodeMetrics metrics) {
    this.shard = shard;
    this.metrics = metrics;
    outbox = new Outbox(shard, relay);
    shard.speakThrough(outbox, outbox);
    events = new KeyspaceEvents((channel, payload) -> deliver(false, channel, payload));
    tracking = new TrackingTable(outbox, clients, metrics);
    feed = new ChangeFeed(shard, events, tracking);
    // Whoever leads next may change what is cached before this node hears of it.
    outbox.attach(tracking::broadcast, tracking::invalidateAll);
  }

  // --- subscribing

  public void subscribe(ConnectedClient client, Kind kind, Bytes name) {
    boolean first = !client.state().subscriptions.any();
    if (client.state().subscriptions.add(kind, name)) {
      metrics.pubsubClients += first ? 1 : 0;
      switch (kind) {
        case CHANNEL -> channels.add(name, client);
        case PATTERN -> patterns.add(name, client);
        case SHARD_CHANNEL -> shardChannels.add(name, client);
      }
      count();
    }
  }

  public void unsubscribe(ConnectedClient client, Kind kind, Bytes name) {
    if (client.state().subscriptions.remove(kind, name)) {
      switch (kind) {
        case CHANNEL -> channels.remove(name, client);
        case PATTERN -> patterns.remove(name, client);
        case SHARD_CHANNEL -> shardChannels.remove(name, client);
      }
      metrics.pubsubClients -= client.state().subscriptions.any() ? 0 : 1;
      count();
    }
  }

  /** The client has gone, or begins anew. */
  public void forget(ConnectedClient client) {
    untrack(client);
    monitors.remove(client);
    client.state().monitoring = false;
    if (client.state().subscriptions.any()) {
      for (Kind kind : Kind.values()) {
        for (Bytes name : List.copyOf(client.state().subscriptions.of(kind))) {
          unsubscribe(client, kind, name);
        }
      }
    }
  }

  private void count() {
    metrics.pubsubChannels = channels.names().size();
    metrics.pubsubPatterns = patterns.size();
    metrics.pubsubShardChannels = shardChannels.names().size();
  }

  // --- publishing

  /**
   * A client publishes.
   *
   * @return listeners of this node
   */
  public int publish(boolean sharded, Bytes channel, byte[] payload) {
    outbox.relay(sharded, channel, payload);
    return deliver(sharded, channel, payload);
  }

  /** Another node has published. */
  public void received(boolean sharded, Bytes channel, byte[] payload) {
    shard.beginTurn();
    shard.runEnded();
    deliver(sharded, channel, payload);
    // It left there after its record was committed: there is nothing more to wait for.
    outbox.release(0);
  }

  private int deliver(boolean sharded, Bytes channel, byte[] payload) {
    int receivers = 0;
    ChannelMessage message = null;
    for (ConnectedClient client : (sharded ? shardChannels : channels).listeners(channel)) {
      message = message == null ? ChannelMessage.ofChannel(sharded, channel, payload) : message;
      outbox.add(client, message);
      receivers++;
    }
    if (sharded || patterns.isEmpty()) {
      return receivers;
    }
    for (Listened listened : patterns.all()) {
      if (listened.pattern().matches(channel.array())) {
        ChannelMessage matched = ChannelMessage.ofPattern(listened.text(), channel, payload);
        for (ConnectedClient client : listened.clients()) {
          outbox.add(client, matched);
          receivers++;
        }
      }
    }
    return receivers;
  }

  /** Which events of keys are published: the letters of {@code notify-keyspace-events}. */
  public void configureEvents(String letters) {
    events.configure(letters);
    feed.update();
  }

  // --- MONITOR

  /** This client sees every command from now on. */
  public void monitor(ConnectedClient client) {
    client.state().monitoring = true;
    monitors.add(client);
  }

  /** Whether anybody looks on. */
  public boolean isMonitored() {
    return !monitors.isEmpty();
  }

  /**
   * A command has run: those who look on see it.
   *
   * @param fromScript a script has called it
   */
  public void ran(Args args, ClientState client, boolean fromScript) {
    MonitorLine line = new MonitorLine(args, client, fromScript, Instant.now());
    for (ConnectedClient monitor : monitors) {
      outbox.addEarly(monitor, line);
    }
  }

  // --- tracking

  /** Keys that this client reads, or all with these prefixes, are watched over for it. */
  public void track(ConnectedClient client, TrackingState state, List<Bytes> prefixes) {
    tracking.enable(client, state, prefixes);
    feed.update();
  }

  public void untrack(ConnectedClient client) {
    if (client.state().tracking != null) {
      tracking.disable(client);
      feed.update();
    }
  }

  /** The directive {@code tracking-table-max-keys}. */
  public void limitTrackedKeys(long maxKeys) {
    tracking.limit(maxKeys);
  }

  // --- PUBSUB

  /** Channels with listeners; all, or those that match. */
  public List<Bytes> channels(boolean sharded, @Nullable GlobPattern pattern) {
    List<Bytes> names = new ArrayList<>();
    for (Bytes name : (sharded ? shardChannels : channels).names()) {
      if (pattern == null || pattern.matches(name.array())) {
        names.add(name);
      }
    }
    return names;
  }

  public int listenerCount(boolean sharded, Bytes channel) {
    return (sharded ? shardChannels : channels).listeners(channel).size();
  }

  public int patternCount() {
    return patterns.size();
  }
}
