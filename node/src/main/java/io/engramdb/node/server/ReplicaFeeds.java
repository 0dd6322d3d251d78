package io.engramdb.node.server;

import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.PushMessage;
import io.engramdb.node.command.ReplicaState;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.durability.Genesis;
import io.engramdb.node.durability.ReplicaFeed;
import io.engramdb.node.durability.SnapshotSettings;
import io.engramdb.node.session.SessionRegistry;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicas of other makes, each with a {@link ReplicaFeed} on a thread of its own. What a feed
 * sends goes to the connection on the shard's thread, one piece at a time, and the next one only
 * when little waits for the replica. {@link #attach} on the shard's thread.
 */
final class ReplicaFeeds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaFeeds.class);

  /** Replicas that are served at a time; each costs a thread and reads the log. */
  private static final int MAX_FEEDS = 16;

  /** Bytes that may wait for a replica before its feed waits. */
  private static final long HIGH_WATER_BYTES = 1 << 20;

  private static final int LOOK_AGAIN_MS = 2;
  private static final long MS_PER_SECOND = 1000;
  private static final int ID_DIGITS = 40;

  private final Configuration configuration;
  private final SnapshotSettings snapshots;
  private final Supplier<DurableShard> durable;
  private final Supplier<SessionRegistry> sessions;
  private final TxLog log;
  private final ShardScheduler scheduler;
  private final ShardQuestion shard;
  private final SecureRandom random = new SecureRandom();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  ReplicaFeeds(
      Configuration configuration,
      SnapshotSettings snapshots,
      Supplier<DurableShard> durable,
      Supplier<SessionRegistry> sessions,
      TxLog log,
      ShardScheduler scheduler) {
    this.configuration = configuration;
    this.snapshots = snapshots;
    this.durable = durable;
    this.sessions = sessions;
    this.log = log;
    this.scheduler = scheduler;
    shard = new ShardQuestion(scheduler);
  }

  /** Begins to serve a client; null, or why it can't be. */
  @Nullable String attach(ClientState client) {
    ReplicaState replica = client.replica;
    Genesis genesis = durable.get().genesis();
    if (replica == null || genesis == null || !durable.get().shard().state().showsData()) {
      return "this node can't serve a replica just now";
    }
    if (threads.size() >= MAX_FEEDS) {
      return "there are " + MAX_FEEDS + " replicas already";
    }
    ReplicaFeed feed =
        new ReplicaFeed(
            new Node(genesis),
            new Connection(client.id),
            new ReplicaFeed.Request(
                replica.partial,
                replica.takesEndMark,
                replica.functionsOnly,
                replica.partial && replica.listeningPort > 0),
            newId());
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("replica-" + client.id)
            .unstarted(() -> run(feed, client));
    threads.add(thread);
    thread.start();
    return null;
  }

  /**
   * Names one feed's stream and nothing else: offsets count the bytes of that stream, so a replica
   * of another feed, or of a replica that was promoted, must not be taken for one that can go on.
   */
  private String newId() {
    byte[] id = new byte[ID_DIGITS / 2];
    random.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  private void run(ReplicaFeed feed, ClientState client) {
    LOG.info("{} is a replica from now on", client.address);
    try {
      feed.run();
    } catch (InterruptedException e) {
      // The node ends.
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      // Whatever it is: a connection that nobody serves must not stay.
      if (closed) {
        return;
      }
      LOG.info("the replica {} is served no more: {}", client.address, e.toString());
      scheduler.execute(() -> sessions.get().kill(each -> each.state() == client));
    } finally {
      threads.remove(Thread.currentThread());
    }
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }

  /** Bytes as they are. */
  private static final class Piece extends PushMessage {
    Piece(byte[] bytes) {
      keep(2, bytes);
      keep(3, bytes);
    }

    @Override
    public void writeTo(ReplyWriter writer) {
      throw new IllegalStateException("its bytes are there already");
    }
  }

  /** The way to one replica. */
  private final class Connection implements ReplicaFeed.Peer {
    private final long clientId;

    Connection(long clientId) {
      this.clientId = clientId;
    }

    @Override
    public void send(byte[] bytes) throws IOException {
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      scheduler.execute(() -> deliver(new Piece(bytes), done));
      try {
        if (!done.get()) {
          throw new IOException("its connection is closed");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("the node ends", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }

    @Override
    public boolean hasAcknowledged() throws IOException {
      return shard
          .ask(
              () -> {
                ConnectedClient client = sessions.get().find(clientId);
                ReplicaState replica = client == null ? null : client.state().replica;
                return Optional.ofNullable(replica).map(state -> state.acknowledgedMs > 0);
              })
          .orElseThrow(() -> new IOException("its connection is closed"));
    }

    private void deliver(Piece piece, CompletableFuture<Boolean> done) {
      ConnectedClient client = sessions.get().find(clientId);
      if (client != null) {
        client.push(piece, 0);
      }
      awaitRoom(done);
    }

    private void awaitRoom(CompletableFuture<Boolean> done) {
      ConnectedClient client = sessions.get().find(clientId);
      if (client == null) {
        done.complete(false);
      } else if (client.outputBytes() <= HIGH_WATER_BYTES) {
        done.complete(true);
      } else {
        scheduler.schedule(() -> awaitRoom(done), LOOK_AGAIN_MS);
      }
    }
  }

  /** This node, asked from a feed's thread. */
  private final class Node implements ReplicaFeed.Member {
    private final Genesis genesis;

    Node(Genesis genesis) {
      this.genesis = genesis;
    }

    @Override
    public long appliedIndex() {
      return shard.ask(() -> durable.get().appliedIndex());
    }

    @Override
    public long committedIndex() {
      // What was told as committed a moment ago may not be readable yet.
      return log.status().appliedIndex();
    }

    @Override
    public long firstIndex() {
      return log.status().firstIndex();
    }

    @Override
    public SnapshotStatus snapshots() {
      return shard.ask(() -> durable.get().snapshotStatus());
    }

    @Override
    public @Nullable String startSnapshot() {
      return shard.ask(() -> durable.get().startSnapshot());
    }

    @Override
    public @Nullable SnapshotManifest newest() throws IOException {
      List<SnapshotManifest> kept = snapshots.directory().kept(genesis.incarnation(), 1);
      return kept.isEmpty() ? null : kept.getFirst();
    }

    @Override
    public Path file(SnapshotManifest snapshot) {
      return snapshots.directory().file(snapshot);
    }

    @Override
    public void read(long firstIndex, long lastIndex, TxLog.ReplayConsumer to) throws IOException {
      log.replay(firstIndex, lastIndex, to);
    }

    @Override
    public long pingMs() {
      return configuration.number("repl-ping-replica-period") * MS_PER_SECOND;
    }
  }
}
