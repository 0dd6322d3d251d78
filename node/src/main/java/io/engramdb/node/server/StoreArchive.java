package io.engramdb.node.server;

import io.engramdb.node.command.ArchiveStatus;
import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.durability.ArchiveFeed;
import io.engramdb.node.durability.ArchiveHold;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.durability.SnapshotSettings;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.txlog.api.TxLog;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives {@link ArchiveFeed} a thread and the time, if a store is configured. */
final class StoreArchive implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreArchive.class);

  private static final long MAX_TICK_MS = 1000;

  /** Looks within an interval. */
  private static final long TICKS_PER_INTERVAL = 4;

  /** Signs of life of an idle primary within an interval. */
  private static final long MARKS_PER_INTERVAL = 2;

  private final Late<DurableShard> durable;
  private final TxLog log;
  private final ShardQuestion shard;
  private final String self;
  private final List<String> keepers;
  private final long intervalMs;
  private final @Nullable ArchiveHold hold;
  private final @Nullable ArchiveFeed feed;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("log-archive").daemon().factory());

  StoreArchive(
      Configuration configuration,
      LogSettings settings,
      SnapshotSettings snapshots,
      Late<DurableShard> durable,
      TxLog log,
      ShardScheduler scheduler)
      throws ConfigException {
    this.durable = durable;
    this.log = log;
    shard = new ShardQuestion(scheduler);
    self = settings.self().name();
    keepers = settings.keepers();
    intervalMs = configuration.number("archive-interval-ms");
    String store = configuration.text("snapshot-store");
    boolean wanted = !store.isEmpty() && configuration.flag("archive");
    boolean retained = configuration.number("snapshot-retention-days") > 0;
    if (wanted && !retained) {
      LOG.warn("The log is not archived: with snapshot-retention-days 0 nothing would delete it");
    } else if (wanted && configuration.text("snapshot-window").isEmpty()) {
      LOG.warn("The log is archived, but without a snapshot-window nothing deletes old parts");
    }
    if (!wanted || !retained) {
      hold = null;
      feed = null;
      return;
    }
    StoreUrl url = StoreDay.parsed("snapshot-store", () -> StoreUrl.parse(store));
    hold =
        new ArchiveHold(
            () -> configuration.number("archive-log-limit"), intervalMs / MARKS_PER_INTERVAL);
    feed =
        new ArchiveFeed(
            new ArchiveFeed.Settings(
                snapshots.shard(),
                intervalMs,
                configuration.number("archive-size"),
                keepers.size()),
            snapshots.directory(),
            new Node(),
            () -> SnapshotStore.open(url),
            hold);
  }

  /** What keeps the log from being cut; null if nothing is archived. */
  @Nullable ArchiveHold hold() {
    return hold;
  }

  void start() {
    ArchiveFeed present = feed;
    if (present != null) {
      long tickMs = Math.min(MAX_TICK_MS, intervalMs / TICKS_PER_INTERVAL);
      thread.scheduleWithFixedDelay(
          () -> present.tick(System.currentTimeMillis()), tickMs, tickMs, TimeUnit.MILLISECONDS);
    }
  }

  ArchiveStatus status() {
    return feed == null ? ArchiveStatus.NONE : feed.status(System.currentTimeMillis());
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /**
   * The others in their order, snapshotters before replicas; the primary behind them, in case that
   * none is there.
   */
  static int rank(ShardState state, String self, @Nullable String leader, List<String> keepers) {
    if (state == ShardState.LEADING) {
      return keepers.size() - 1;
    }
    if (state != ShardState.FOLLOWING) {
      return -1;
    }
    return (int)
        keepers.stream()
            .filter(each -> !each.equals(leader))
            .takeWhile(each -> !each.equals(self))
            .count();
  }

  private final class Node implements ArchiveFeed.Member {
    @Override
    public ArchiveFeed.Standing standing() {
      long firstIndex = log.status().firstIndex();
      return shard.ask(
          () -> {
            DurableShard present = durable.get();
            return new ArchiveFeed.Standing(
                present.genesis(),
                present.appliedInOrder(),
                present.heardBytes(),
                firstIndex,
                rank(present.shard().state(), self, present.leader(), keepers));
          });
    }

    @Override
    public void read(long firstIndex, long lastIndex, TxLog.ReplayConsumer to) throws IOException {
      log.replay(firstIndex, lastIndex, to);
    }
  }
}
