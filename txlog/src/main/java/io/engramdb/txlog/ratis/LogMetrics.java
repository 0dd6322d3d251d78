package io.engramdb.txlog.ratis;

import io.engramdb.txlog.api.FlushListener;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.server.metrics.SegmentedRaftLogMetrics;
import org.apache.ratis.util.TimeDuration;

/**
 * The implementation of Ratis' metrics, loaded by Ratis as a service: times each flush of the log
 * for the member's listener and does nothing for every other figure. Ratis asks for dozens of them
 * per record; the usual implementation keeps a decaying sample for each and, unless it is told
 * otherwise, starts the platform's management server to publish them. Thread-safe.
 */
public final class LogMetrics extends MetricRegistries {
  /** By member, as Ratis prefixes its registries. Ratis has one set of metrics per JVM. */
  private static final Map<String, FlushListener> LISTENERS = new ConcurrentHashMap<>();

  private static final Timekeeper.Context UNTIMED = () -> 0;
  private static final Timekeeper IGNORED_TIMER = () -> UNTIMED;
  private static final LongCounter IGNORED_COUNTER = new IgnoredCounter();

  /** Flushes of this member are told to the listener, from its next start on. */
  static void listen(RaftGroupMemberId member, FlushListener listener) {
    LISTENERS.put(member.toString(), listener);
  }

  static void forget(RaftGroupMemberId member) {
    LISTENERS.remove(member.toString());
  }

  @Override
  public RatisMetricRegistry create(MetricRegistryInfo info) {
    return new Registry(info, LISTENERS.getOrDefault(info.getPrefix(), FlushListener.NONE));
  }

  @Override
  public void clear() {}

  @Override
  public boolean remove(MetricRegistryInfo info) {
    return true;
  }

  @Override
  public Optional<RatisMetricRegistry> get(MetricRegistryInfo info) {
    return Optional.empty();
  }

  @Override
  public Set<MetricRegistryInfo> getMetricRegistryInfos() {
    return Set.of();
  }

  @Override
  public Collection<RatisMetricRegistry> getMetricRegistries() {
    return List.of();
  }

  @Override
  public void addReporterRegistration(
      Consumer<RatisMetricRegistry> begin, Consumer<RatisMetricRegistry> end) {}

  @Override
  public void enableJmxReporter() {}

  @Override
  public void enableConsoleReporter(TimeDuration interval) {}

  private record Registry(MetricRegistryInfo info, FlushListener listener)
      implements RatisMetricRegistry {
    @Override
    public Timekeeper timer(String name) {
      return name.equals(SegmentedRaftLogMetrics.RAFT_LOG_SYNC_TIME)
          ? new FlushTimer(listener)
          : IGNORED_TIMER;
    }

    @Override
    public LongCounter counter(String name) {
      return IGNORED_COUNTER;
    }

    @Override
    public boolean remove(String name) {
      return true;
    }

    @Override
    public <T> void gauge(String name, Supplier<Supplier<T>> value) {}

    @Override
    public MetricRegistryInfo getMetricRegistryInfo() {
      return info;
    }
  }

  private record FlushTimer(FlushListener listener) implements Timekeeper {
    @Override
    public Context time() {
      long startNs = System.nanoTime();
      return () -> {
        long elapsedNs = System.nanoTime() - startNs;
        listener.flushed(elapsedNs);
        return elapsedNs;
      };
    }
  }

  private static final class IgnoredCounter implements LongCounter {
    @Override
    public void inc(long count) {}

    @Override
    public void dec(long count) {}

    @Override
    public long getCount() {
      return 0;
    }
  }
}
