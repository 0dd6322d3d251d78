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
 * for the member's listener, says when the disk thread has done a piece of work, and does nothing
 * for every other figure. Ratis asks for dozens of them per record; the usual implementation keeps
 * a decaying sample for each and, unless it is told otherwise, starts the platform's management
 * server to publish them. Thread-safe.
 */
public final class LogMetrics extends MetricRegistries {
  /** By member, as Ratis prefixes its registries. Ratis has one set of metrics per JVM. */
  private static final Map<String, Sinks> SINKS = new ConcurrentHashMap<>();

  /** The time that Ratis takes to write an entry, and to flush if it is the last one for now. */
  private static final String WRITE_TIME =
      String.format(SegmentedRaftLogMetrics.RAFT_LOG_TASK_EXECUTION_TIME, "writelog");

  /**
   * Who hears.
   *
   * @param afterWrite called by the disk thread after each entry that it wrote, and after the flush
   *     if there was one
   */
  private record Sinks(FlushListener flushes, Runnable afterWrite) {}

  private static final Sinks NOBODY = new Sinks(FlushListener.NONE, () -> {});

  private static final Timekeeper.Context UNTIMED = () -> 0;
  private static final Timekeeper IGNORED_TIMER = () -> UNTIMED;
  private static final LongCounter IGNORED_COUNTER = new IgnoredCounter();

  /**
   * Flushes of this member are told, from its next start on. That the disk thread has done its work
   * is not: Ratis has no notice for it, but it measures it, so {@code afterWrite} is called when a
   * measurement ends, successful or not; what is on disk then is for the log to say.
   */
  static void listen(RaftGroupMemberId member, FlushListener flushes, Runnable afterWrite) {
    SINKS.put(member.toString(), new Sinks(flushes, afterWrite));
  }

  static void forget(RaftGroupMemberId member) {
    SINKS.remove(member.toString());
  }

  @Override
  public RatisMetricRegistry create(MetricRegistryInfo info) {
    return new Registry(info, SINKS.getOrDefault(info.getPrefix(), NOBODY));
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

  private record Registry(MetricRegistryInfo info, Sinks sinks) implements RatisMetricRegistry {
    @Override
    public Timekeeper timer(String name) {
      if (name.equals(SegmentedRaftLogMetrics.RAFT_LOG_SYNC_TIME)) {
        return new FlushTimer(sinks.flushes);
      }
      return name.equals(WRITE_TIME) ? new WriteTimer(sinks.afterWrite) : IGNORED_TIMER;
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

  /** One context for all: nothing is measured. */
  private record WriteTimer(Context context) implements Timekeeper {
    WriteTimer(Runnable afterWrite) {
      this(
          () -> {
            afterWrite.run();
            return 0;
          });
    }

    @Override
    public Context time() {
      return context;
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
