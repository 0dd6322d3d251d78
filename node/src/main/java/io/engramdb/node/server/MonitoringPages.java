package io.engramdb.node.server;

import io.engramdb.node.command.ArchiveStatus;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CompatibleVersion;
import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ProcessStatus;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.command.SnapshotStoreStatus;
import io.engramdb.node.commands.ShardServices;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.metrics.CommandStats;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.net.HttpEndpoint.Page;
import io.engramdb.node.shard.ShardScheduler;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * What the monitoring port answers. Any thread; the shard's own thread is asked for what belongs to
 * it, and a shard that does not answer in time is not alive.
 *
 * <p>Figures that Redis has too bear the names under which redis_exporter gives them, so that
 * dashboards and alerts made for it go on working; the others begin with {@code engram_}.
 */
final class MonitoringPages {
  /** Time in which the shard's thread must answer, milliseconds. */
  private static final long ANSWER_MS = 2000;

  private static final String SILENT = "the shard's thread does not answer";

  private final ShardServices services;
  private final Supplier<Keyspaces> keyspaces;
  private final ShardScheduler scheduler;

  MonitoringPages(ShardServices services, Supplier<Keyspaces> keyspaces, ShardScheduler scheduler) {
    this.services = services;
    this.keyspaces = keyspaces;
    this.scheduler = scheduler;
  }

  Map<String, Supplier<Page>> byPath() {
    return Map.of(
        "/metrics", this::metrics, "/health/live", this::live, "/health/ready", this::ready);
  }

  /** Alive as long as its thread turns, whatever the state: a restart would not help. */
  private Page live() {
    return onShard(() -> Page.text(200, "alive"));
  }

  /** Ready if clients get answers or the way to whoever has them. */
  private Page ready() {
    return onShard(
        () -> {
          ShardStatus status = services.status();
          boolean serves = status.isPrimary();
          boolean follows = status.stateName().equals("following") && status.primary() != null;
          return Page.text(serves || follows ? 200 : 503, status.stateName());
        });
  }

  private Page metrics() {
    MetricsText text = new MetricsText();
    process(services.process(), text);
    return onShard(
        () -> {
          shard(text);
          return new Page(200, MetricsText.CONTENT_TYPE, text.bytes());
        });
  }

  private Page onShard(Supplier<Page> page) {
    CompletableFuture<Page> answer = new CompletableFuture<>();
    scheduler.execute(
        () -> {
          try {
            answer.complete(page.get());
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    try {
      return answer.get(ANSWER_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      return Page.text(503, SILENT);
    } catch (ExecutionException failed) {
      return Page.text(500, String.valueOf(failed.getCause()));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return Page.text(503, "stopping");
    }
  }

  private static void process(ProcessStatus process, MetricsText text) {
    text.gauge("redis_memory_used_rss_bytes", "Resident memory", process.residentBytes());
    text.gauge("redis_total_system_memory_bytes", "Memory there is", process.systemMemoryBytes());
    text.gauge("engram_heap_used_bytes", "Heap in use", process.heapUsedBytes());
    text.gauge("engram_heap_max_bytes", "Heap there is", process.heapMaxBytes());
    text.gauge("engram_direct_bytes", "Memory outside the heap", process.directBytes());
    text.counter("redis_cpu_sys_seconds", "CPU time in the kernel", process.cpuSystemUsec() / 1e6);
    text.counter("redis_cpu_user_seconds", "CPU time of the program", process.cpuUserUsec() / 1e6);
    text.gauge("redis_start_time_seconds", "Unix time of the start", process.startedMs() / 1000.0);
    text.gauge(
        "redis_uptime_in_seconds",
        "Seconds since the start",
        Math.max(0, System.currentTimeMillis() - process.startedMs()) / 1000);
  }

  private void shard(MetricsText text) {
    ShardStatus status = services.status();
    text.facts(
        "redis_instance",
        "Versions and role",
        "role",
        status.isPrimary() ? "master" : "slave",
        "redis_version",
        CompatibleVersion.REDIS,
        "redis_mode",
        services.cluster() == null ? "standalone" : "cluster",
        "engram_version",
        services.process().version(),
        "node_name",
        status.self().name(),
        "availability_zone",
        status.self().zone());
    text.gauge("redis_up", "Whether the shard's thread answers", 1);
    clients(status, text);
    data(text);
    commands(services.metrics().commands(), text);
    loop(services.metrics().node(), text);
    log(status, services.metrics().node(), text);
  }

  private void clients(ShardStatus status, MetricsText text) {
    NodeMetrics metrics = services.metrics().node();
    text.gauge("redis_connected_clients", "Connections", metrics.connectedClients);
    text.gauge("redis_blocked_clients", "Clients that wait", status.waitingClients());
    text.gauge(
        "redis_max_clients", "Connections at most", services.configuration().number("maxclients"));
    text.counter("redis_connections_received", "Connections made", metrics.connectionsReceived);
    text.counter("redis_rejected_connections", "Connections refused", metrics.connectionsRejected);
    text.counter("redis_net_input_bytes", "Bytes from clients", metrics.netInputBytes);
    text.counter("redis_net_output_bytes", "Bytes to clients", metrics.netOutputBytes);
    text.gauge(
        "redis_slowlog_length", "Entries of the slow log", services.metrics().slowLog().size());
  }

  private void data(MetricsText text) {
    Keyspaces all = keyspaces.get();
    long used = all.usedBytes();
    text.gauge("redis_memory_used_bytes", "Data and its overhead", used);
    text.gauge("redis_memory_used_dataset_bytes", "Data alone", all.dataSizeBytes());
    text.gauge(
        "redis_memory_used_peak_bytes",
        "Most data at once",
        Math.max(used, services.metrics().node().peakUsedBytes));
    text.gauge(
        "redis_memory_max_bytes",
        "The directive maxmemory",
        services.configuration().number("maxmemory"));
    text.counter("redis_keyspace_hits", "Keys found", all.stats().hits);
    text.counter("redis_keyspace_misses", "Keys not found", all.stats().misses);
    text.counter("redis_expired_keys", "Keys whose time has passed", all.stats().expiredKeys);
    text.counter("redis_evicted_keys", "Keys given up for room", all.stats().evictedKeys);
    for (int i = 0; i < all.count(); i++) {
      Keyspace database = all.database(i);
      text.gauge("redis_db_keys", "Keys of a database", database.size(), "db", "db" + i);
      text.gauge(
          "redis_db_keys_expiring",
          "Keys that will expire",
          database.expiringCount(),
          "db",
          "db" + i);
    }
  }

  private void commands(CommandStats commands, MetricsText text) {
    text.counter("redis_commands_processed", "Commands that ran", commands.processed());
    for (CommandSpec spec : services.table().get().all()) {
      String name = spec.fullName();
      if (commands.calls(spec) > 0) {
        text.counter("redis_commands", "Calls", commands.calls(spec), "cmd", name);
        text.counter(
            "redis_commands_duration_seconds",
            "Time of calls on the shard's thread",
            commands.elapsedNs(spec) / 1e9,
            "cmd",
            name);
        text.counter(
            "redis_commands_failed_calls",
            "Calls that ended with an error",
            commands.failedCalls(spec),
            "cmd",
            name);
      }
      if (commands.rejectedCalls(spec) > 0) {
        text.counter(
            "redis_commands_rejected_calls",
            "Calls refused before they ran",
            commands.rejectedCalls(spec),
            "cmd",
            name);
      }
    }
    services
        .metrics()
        .errors()
        .forEach(
            (code, count) -> text.counter("redis_errors", "Error replies", count, "err", code));
  }

  private static void loop(NodeMetrics metrics, MetricsText text) {
    text.counter("engram_turns", "Turns of the shard's thread", metrics.turns);
    text.counter("engram_turns_seconds", "Time of these turns", metrics.turnsTotalNs / 1e9);
    text.counter("engram_slow_turns", "Turns of more than 5 ms", metrics.slowTurns);
    text.gauge("engram_longest_turn_seconds", "Longest turn", metrics.longestTurnNs / 1e9);
    text.counter("engram_jvm_pauses", "Pauses of the collector", metrics.pauses.count());
    text.counter(
        "engram_jvm_pauses_seconds", "Time of these pauses", metrics.pauses.totalMs() / 1e3);
    text.gauge(
        "engram_jvm_longest_pause_seconds", "Longest pause", metrics.pauses.longestMs() / 1e3);
  }

  private static void archive(ArchiveStatus archive, MetricsText text) {
    text.gauge("engram_archive_enabled", "Whether it is archived", archive.configured() ? 1 : 0);
    text.gauge("engram_archive_index", "Newest index there", archive.index());
    text.gauge("engram_archive_covered_time_seconds", "Up to when", archive.coveredMs() / 1e3);
    text.gauge("engram_archive_lag_seconds", "Since when more is known", archive.lagMs() / 1e3);
    text.gauge("engram_archive_lag_bytes", "How much more", archive.lagBytes());
    text.counter("engram_archive_segments", "Segments brought there", archive.segments());
    text.gauge("engram_archive_gaps", "Gaps that are in it", archive.gaps());
    text.gauge("engram_archive_failing", "Last try failed", archive.lastError().isEmpty() ? 0 : 1);
    text.gauge("engram_archive_let_go", "Log is cut all the same", archive.letGo() ? 1 : 0);
  }

  private static void log(ShardStatus status, NodeMetrics metrics, MetricsText text) {
    text.gauge("redis_master_repl_offset", "Newest record here", status.appliedIndex());
    text.gauge("engram_leading", "Whether it accepts writes", status.isPrimary() ? 1 : 0);
    text.gauge("engram_loading", "Whether it hides its data", status.loading() ? 1 : 0);
    text.gauge("engram_primary_known", "Whether any leads", status.primary() == null ? 0 : 1);
    text.gauge("engram_term", "Raft term", status.term());
    text.gauge("engram_commit_index", "Newest index committed", status.commitIndex());
    text.gauge("engram_applied_index", "Newest index in memory", status.appliedIndex());
    text.gauge("engram_log_first_index", "Oldest index in the log", status.firstIndex());
    text.gauge("engram_log_last_index", "Newest index in the log", status.lastIndex());
    text.gauge("engram_log_bytes", "Log on this node's disk", status.logSizeBytes());
    text.gauge("engram_log_disk_low", "Whether writes are refused", status.logDiskLow() ? 1 : 0);
    SnapshotStoreStatus store = status.snapshotStore();
    text.gauge("engram_snapshot_store_last_time_seconds", "Newest one", store.newestMs() / 1e3);
    text.gauge(
        "engram_snapshot_store_verified_time_seconds",
        "Newest one that was read back here",
        store.verifiedMs() / 1e3);
    text.counter("engram_snapshot_store_uploads", "Brought there", store.stored());
    text.counter(
        "engram_snapshot_store_missed_windows", "Windows without one", store.missedWindows());
    archive(status.archive(), text);
    text.gauge("engram_records_in_flight", "Records not committed", status.recordsInFlight());
    text.gauge("engram_bytes_in_flight", "Bytes not committed", status.bytesInFlight());
    text.gauge("engram_parked_replies", "Replies that wait", status.parkedReplies());
    text.counter("engram_records_appended", "Records of this primary", metrics.recordsAppended);
    text.counter("engram_appended_bytes", "Bytes of these records", metrics.bytesAppended);
    text.counter("engram_promotions", "Times that it became primary", metrics.promotions);
    text.counter("engram_demotions", "Times that it was primary no more", metrics.demotions);
    text.durations(
        "engram_commit_seconds",
        "From append to commit",
        metrics.commitLatency.count(),
        metrics.commitLatency.totalNs(),
        metrics.commitLatency::percentileNs);
    text.durations(
        "engram_log_flush_seconds",
        "Flushes of the log to this node's disk",
        metrics.flushLatency.count(),
        metrics.flushLatency.totalNs(),
        metrics.flushLatency::percentileNs);
    for (PeerPosition peer : status.peers()) {
      String[] labels = {"peer", peer.member().name(), "zone", peer.member().zone()};
      text.gauge("engram_peer_online", "Whether it answers", peer.online() ? 1 : 0, labels);
      text.gauge("engram_peer_match_index", "Newest index it has", peer.matchIndex(), labels);
    }
  }
}
