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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives {@link SnapshotDay} a thread and the time, if a store is configured. */
final class StoreDay implements AutoCloseable {
  private static final long INTERVAL_MS = 1000;

  /**
   * Test switch: lets windows and retention see another time than it is, a rehearsal of days. What
   * is older than a time that is not yet would be deleted, so it needs {@link #TESTS_PROPERTY}.
   */
  private static final String SHIFT_PROPERTY = "engram.snapshot.clockShiftMs";

  /** Must be true for a test switch to count. */
  private static final String TESTS_PROPERTY = "engram.testSwitches";

  /** Pause between two looks whether this node has what the primary had. */
  private static final long LOOK_MS = 50;

  /** Looks; a member that is not caught up by then has another turn. */
  private static final int LOOKS = 100;

  private final Late<DurableShard> durable;
  private final ShardQuestion shard;
  private final boolean othersHoldData;
  private final long shiftMs;
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
    shiftMs = shiftMs();
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
                Math.max(0, names.indexOf(settings.self().name())),
                names.size()),
            snapshots.directory(),
            new Node(),
            () -> SnapshotStore.open(url),
            nowMs());
  }

  private static long shiftMs() throws ConfigException {
    long shiftMs = Long.getLong(SHIFT_PROPERTY, 0);
    if (shiftMs != 0 && !Boolean.getBoolean(TESTS_PROPERTY)) {
      throw new ConfigException(
          SHIFT_PROPERTY + " is a test switch, which needs " + TESTS_PROPERTY + "=true");
    }
    return shiftMs;
  }

  private long nowMs() {
    return System.currentTimeMillis() + shiftMs;
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
      ShardState state = shard.ask(() -> durable.get().shard().state());
      return state == ShardState.LEADING
          ? !othersHoldData
          : state == ShardState.FOLLOWING && isCaughtUp();
    }

    /** A member that has just come back may follow and still be hours behind. */
    private boolean isCaughtUp() {
      long askedMs = shard.ask(() -> durable.get().askPrimary());
      for (int i = 0; i < LOOKS; i++) {
        if (shard.ask(() -> durable.get().hasWhatPrimaryHad(askedMs))) {
          return true;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
      }
      return false;
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
