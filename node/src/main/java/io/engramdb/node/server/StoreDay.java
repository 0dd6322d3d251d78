package io.engramdb.node.server;

import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.command.SnapshotStoreStatus;
import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.durability.SnapshotDay;
import io.engramdb.node.durability.SnapshotSettings;
import io.engramdb.node.shard.ShardScheduler;
import io.engramdb.node.shard.ShardState;
import io.engramdb.snapshot.objects.StoreUrl;
import io.engramdb.snapshot.retention.SnapshotWindow;
import io.engramdb.snapshot.store.SnapshotStore;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives {@link SnapshotDay} a thread and the time, if a store is configured. */
final class StoreDay implements AutoCloseable {
  private static final long INTERVAL_MS = 1000;

  /** Lets windows and retention see another time than it is: a rehearsal of days. */
  private static final String SHIFT_PROPERTY = "engram.snapshot.clockShiftMs";

  private final Late<DurableShard> durable;
  private final ShardQuestion shard;
  private final boolean othersHoldData;
  private final @Nullable SnapshotDay day;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("snapshot-store").daemon().factory());

  StoreDay(
      Configuration configuration,
      LogSettings settings,
      SnapshotSettings snapshots,
      Late<DurableShard> durable,
      ShardScheduler scheduler)
      throws ConfigException {
    this.durable = durable;
    shard = new ShardQuestion(scheduler);
    List<String> names = settings.keepers();
    othersHoldData = !settings.others(MemberSetting.Role.DATA).isEmpty();
    int days = (int) configuration.number("snapshot-retention-days");
    String store = configuration.text("snapshot-store");
    String window = configuration.text("snapshot-window");
    if (store.isEmpty() || window.isEmpty() || days == 0) {
      day = null;
      return;
    }
    StoreUrl url = parsed("snapshot-store", () -> StoreUrl.parse(store));
    day =
        new SnapshotDay(
            new SnapshotDay.Settings(
                snapshots.shard(),
                parsed("snapshot-window", () -> SnapshotWindow.parse(window)),
                days,
                Math.max(0, names.indexOf(settings.self().name()))),
            snapshots.directory(),
            new Node(),
            () -> SnapshotStore.open(url),
            nowMs());
  }

  private static long nowMs() {
    return System.currentTimeMillis() + Long.getLong(SHIFT_PROPERTY, 0);
  }

  static <T> T parsed(String directive, Supplier<T> parser) throws ConfigException {
    try {
      return parser.get();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(directive + ": " + e.getMessage());
    }
  }

  void start() {
    SnapshotDay present = day;
    if (present != null) {
      thread.scheduleWithFixedDelay(
          () -> present.tick(nowMs()), INTERVAL_MS, INTERVAL_MS, TimeUnit.MILLISECONDS);
    }
  }

  SnapshotStoreStatus status() {
    return day == null ? SnapshotStoreStatus.NONE : day.status();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** Asks the shard on its own thread. */
  private final class Node implements SnapshotDay.Member {
    @Override
    public boolean isItsTurn() {
      return shard.ask(
          () -> {
            ShardState state = durable.get().shard().state();
            return state == ShardState.FOLLOWING
                || (state == ShardState.LEADING && !othersHoldData);
          });
    }

    @Override
    public @Nullable String begin() {
      return shard.ask(() -> durable.get().startSnapshot());
    }

    @Override
    public SnapshotStatus snapshots() {
      return shard.ask(() -> durable.get().snapshotStatus());
    }
  }
}
