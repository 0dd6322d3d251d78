package io.engramdb.node.commands;

import io.engramdb.node.command.ArchiveStatus;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CompatibleVersion;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ProcessStatus;
import io.engramdb.node.command.ShardMember;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.command.SnapshotStoreStatus;
import io.engramdb.node.command.SnapshotTraffic;
import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.KeyspaceStats;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.StoredScripts;
import io.engramdb.node.metrics.CommandStats;
import io.engramdb.node.metrics.LatencyHistogram;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.metrics.SharedLatencyHistogram;
import io.engramdb.node.script.ScriptHost;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The text of INFO. Field names are those that monitoring tools read; a field that this server has
 * no true value for is left out, unless tools require it and zero is the truth. Made for one
 * request.
 */
final class ServerReport {

  private static final Set<String> DEFAULT_SECTIONS =
      Set.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "errorstats",
          "cluster",
          "keyspace",
          "raft");

  private static final String NO_REPLICATION_ID = "0".repeat(40);

  private final ShardServices services;
  private final ShardStatus status;
  private final ProcessStatus process;
  private final NodeMetrics metrics;
  private final Keyspaces keyspaces;
  private final long nowMs;
  private final StringBuilder text = new StringBuilder(4096);

  ServerReport(ShardServices services, ExecutionContext context) {
    this.services = services;
    this.status = services.status();
    this.process = services.process();
    this.metrics = services.metrics().node();
    this.keyspaces = context.keyspaces();
    this.nowMs = context.nowMs();
  }

  /**
   * The report.
   *
   * @param wanted names of sections in lower case, {@code default}, {@code all}, {@code
   *     everything}; none means default
   */
  String text(Set<String> wanted) {
    section(wanted, "server", "Server", this::server);
    section(wanted, "clients", "Clients", this::clients);
    section(wanted, "memory", "Memory", this::memory);
    section(wanted, "persistence", "Persistence", this::persistence);
    section(wanted, "stats", "Stats", this::stats);
    section(wanted, "replication", "Replication", this::replication);
    section(wanted, "cpu", "CPU", this::cpu);
    section(wanted, "modules", "Modules", () -> {});
    section(wanted, "commandstats", "Commandstats", this::commandStats);
    section(wanted, "errorstats", "Errorstats", this::errorStats);
    section(wanted, "latencystats", "Latencystats", this::latencyStats);
    section(wanted, "cluster", "Cluster", this::cluster);
    section(wanted, "keyspace", "Keyspace", this::keyspace);
    section(wanted, "raft", "Raft", this::raft);
    return text.toString();
  }

  private void section(Set<String> wanted, String name, String title, Runnable content) {
    boolean standard = DEFAULT_SECTIONS.contains(name);
    boolean shown =
        wanted.contains(name)
            || wanted.contains("everything")
            || (wanted.contains("all") && !name.equals("modules"))
            || ((wanted.isEmpty() || wanted.contains("default")) && standard);
    if (shown) {
      if (!text.isEmpty()) {
        text.append("\r\n");
      }
      text.append("# ").append(title).append("\r\n");
      content.run();
    }
  }

  private void line(String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
  }

  private void decimal(String name, double value, int digits) {
    line(name, String.format(Locale.ROOT, "%." + digits + "f", value));
  }

  /** A size in bytes and once more in a readable form. */
  private void size(String name, long sizeBytes) {
    line(name, sizeBytes);
    line(name + "_human", human(sizeBytes));
  }

  static String human(long sizeBytes) {
    if (sizeBytes < 1024) {
      return sizeBytes + "B";
    }
    double value = sizeBytes;
    int unit = -1;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f%c", value, "KMGTP".charAt(unit));
  }

  private void server() {
    long uptimeSeconds = Math.max(0, nowMs - process.startedMs()) / 1000;
    line("redis_version", CompatibleVersion.REDIS);
    line("engram_version", process.version());
    line("server_name", "engram");
    line("redis_mode", services.cluster() == null ? "standalone" : "cluster");
    line("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    line("arch_bits", 64);
    line("java_version", Runtime.version());
    line("process_id", process.processId());
    line("process_supervised", "no");
    line("run_id", process.runId());
    line("tcp_port", process.port() == 0 ? process.tlsPort() : process.port());
    line("server_time_usec", nowMs * 1000);
    line("uptime_in_seconds", uptimeSeconds);
    line("uptime_in_days", uptimeSeconds / 86_400);
    line("hz", services.configuration().number("hz"));
    line("configured_hz", services.configuration().number("hz"));
    line("executable", process.executable());
    line("config_file", process.configFile());
    line("io_threads_active", 0);
    line("availability_zone", status.self().zone());
    line("node_name", status.self().name());
    line("node_id", status.self().nodeId());
  }

  private void clients() {
    line("connected_clients", metrics.connectedClients);
    line("cluster_connections", 0);
    line("maxclients", services.configuration().number("maxclients"));
    line("blocked_clients", status.waitingClients());
    line("tracking_clients", services.metrics().node().trackingClients);
    line("pubsub_clients", services.metrics().node().pubsubClients);
    line("clients_in_timeout_table", 0);
  }

  private void memory() {
    long used = keyspaces.usedBytes();
    long dataset = keyspaces.dataSizeBytes();
    long peak = Math.max(metrics.peakUsedBytes, used);
    long resident = process.residentBytes();
    size("used_memory", used);
    size("used_memory_rss", resident);
    size("used_memory_peak", peak);
    line("used_memory_peak_perc", percent(used, peak));
    line("used_memory_overhead", used - dataset);
    line("used_memory_startup", 0);
    line("used_memory_dataset", dataset);
    line("used_memory_dataset_perc", percent(dataset, used));
    size("used_memory_heap", process.heapUsedBytes());
    size("max_memory_heap", process.heapMaxBytes());
    size("used_memory_direct", process.directBytes());
    size("total_system_memory", process.systemMemoryBytes());
    scripts();
    size("maxmemory", services.configuration().number("maxmemory"));
    line("maxmemory_policy", services.configuration().text("maxmemory-policy"));
    decimal("mem_fragmentation_ratio", used == 0 ? 0 : (double) resident / used, 2);
    line("mem_fragmentation_bytes", Math.max(0, resident - used));
    line("mem_allocator", "jvm");
    // The data are weighed alone, so there is nothing to take off.
    line("mem_not_counted_for_evict", 0);
    line("active_defrag_running", 0);
    line("lazyfree_pending_objects", 0);
    line("lazyfreed_objects", 0);
  }

  /** One interpreter runs scripts and functions: its memory stands in the first line of both. */
  private void scripts() {
    ScriptHost host = services.scripts();
    StoredScripts stored = keyspaces.scripts();
    long interpreter = host.interpreterBytes();
    long scriptBytes = stored.scriptBytes() + host.scripts().evaluatedBytes();
    size("used_memory_lua", interpreter);
    line("used_memory_vm_eval", interpreter);
    line("used_memory_scripts_eval", scriptBytes);
    line("number_of_cached_scripts", host.scripts().count(stored));
    line("number_of_functions", host.functions().functionCount(stored));
    line("number_of_libraries", stored.libraries().size());
    line("used_memory_vm_functions", 0);
    size("used_memory_vm_total", interpreter);
    line("used_memory_functions", stored.libraryBytes());
    size("used_memory_scripts", scriptBytes + stored.libraryBytes());
  }

  private static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 0 : part * 100.0 / whole);
  }

  private void snapshotStore() {
    SnapshotStoreStatus store = status.snapshotStore();
    line("snapshot_store_enabled", store.configured() ? 1 : 0);
    line("snapshot_store_uploading", store.uploading() ? 1 : 0);
    line("snapshot_store_last_time", store.newestMs() / 1000);
    line("snapshot_store_age_sec", store.newestMs() == 0 ? -1 : (nowMs - store.newestMs()) / 1000);
    line("snapshot_store_last_verified_time", store.verifiedMs() / 1000);
    line("snapshot_store_uploads", store.stored());
    line("snapshot_store_missed_windows", store.missedWindows());
    line("snapshot_store_last_error", store.lastError());
  }

  private void archive() {
    ArchiveStatus archive = status.archive();
    line("archive_enabled", archive.configured() ? 1 : 0);
    line("archive_status", archive.word());
    line("archive_index", archive.index());
    line("archive_covered_time", archive.coveredMs() / 1000);
    line("archive_lag_sec", archive.lagMs() / 1000);
    line("archive_lag_bytes", archive.lagBytes());
    line("archive_segments", archive.segments());
    line("archive_gaps", archive.gaps());
    line("archive_last_error", archive.lastError());
  }

  private void persistence() {
    line("loading", status.loading() ? 1 : 0);
    line("async_loading", 0);
    SnapshotStatus snapshots = status.snapshots();
    boolean saving = snapshots.running();
    line("current_save_keys_processed", snapshots.shownKeys());
    line("current_save_keys_total", snapshots.totalKeys());
    line("rdb_changes_since_last_save", keyspaces.changeCount() - snapshots.savedChanges());
    line("rdb_bgsave_in_progress", saving ? 1 : 0);
    line("rdb_last_save_time", snapshots.lastSavedMs() / 1000);
    line("rdb_last_bgsave_status", snapshots.lastFailed() ? "err" : "ok");
    line(
        "rdb_last_bgsave_time_sec",
        snapshots.lastTookMs() < 0 ? -1 : snapshots.lastTookMs() / 1000);
    line(
        "rdb_current_bgsave_time_sec",
        saving ? Math.max(0, (nowMs - snapshots.startedMs()) / 1000) : -1);
    line("rdb_saves", snapshots.saves());
    line("snapshot_index", snapshots.savedIndex());
    line("snapshot_size_bytes", snapshots.savedSizeBytes());
    snapshotStore();
    archive();
    SnapshotTraffic traffic = status.snapshotTraffic();
    line("snapshot_floor_index", traffic.floorIndex());
    line("snapshot_fetch_in_progress", traffic.fetching() ? 1 : 0);
    line("snapshots_fetched", traffic.fetched());
    line("snapshot_fetched_bytes", traffic.fetchedBytes());
    line("snapshot_sent_bytes", traffic.sentBytes());
    // The replicated log is what tools know as the append-only file, flushed at every write.
    line("aof_enabled", 1);
    line("aof_rewrite_in_progress", 0);
    line("aof_rewrite_scheduled", 0);
    line("aof_last_rewrite_time_sec", -1);
    line("aof_current_rewrite_time_sec", -1);
    line("aof_last_bgrewrite_status", "ok");
    line("aof_last_write_status", "ok");
    line("aof_current_size", status.logSizeBytes());
    line("aof_base_size", 0);
    line("aof_pending_rewrite", 0);
    line("aof_buffer_length", status.bytesInFlight());
  }

  private void stats() {
    KeyspaceStats keys = keyspaces.stats();
    line("total_connections_received", metrics.connectionsReceived);
    line("total_commands_processed", services.metrics().commands().processed());
    line("instantaneous_ops_per_sec", Math.round(metrics.operationsPerSecond()));
    line("total_net_input_bytes", metrics.netInputBytes);
    line("total_net_output_bytes", metrics.netOutputBytes);
    decimal("instantaneous_input_kbps", metrics.inputBytesPerSecond() / 1024, 2);
    decimal("instantaneous_output_kbps", metrics.outputBytesPerSecond() / 1024, 2);
    line("rejected_connections", metrics.connectionsRejected);
    line("sync_full", 0);
    line("sync_partial_ok", 0);
    line("sync_partial_err", 0);
    line("expired_keys", keys.expiredKeys);
    line("expired_subkeys", keys.expiredFields);
    line("expire_cycle_cpu_milliseconds", metrics.expireTotalNs / 1_000_000);
    line("evicted_keys", keys.evictedKeys);
    line("evicted_clients", metrics.evictedClients);
    line("keyspace_hits", keys.hits);
    line("keyspace_misses", keys.misses);
    line("pubsub_channels", services.metrics().node().pubsubChannels);
    line("pubsub_patterns", services.metrics().node().pubsubPatterns);
    line("pubsubshard_channels", services.metrics().node().pubsubShardChannels);
    line("latest_fork_usec", 0);
    line("total_forks", 0);
    line("migrate_cached_sockets", services.metrics().node().keptMigrationSockets);
    line("slave_expires_tracked_keys", 0);
    line("active_defrag_hits", 0);
    line("active_defrag_misses", 0);
    line("tracking_total_keys", services.metrics().node().trackedKeys);
    line("tracking_total_items", services.metrics().node().trackedItems);
    line("tracking_total_prefixes", services.metrics().node().trackedPrefixes);
    line("unexpected_error_replies", 0);
    line("total_error_replies", services.metrics().errors().total());
    line("client_query_buffer_limit_disconnections", metrics.queryLimitDisconnections);
    line("client_output_buffer_limit_disconnections", metrics.outputLimitDisconnections);
    line("eventloop_cycles", metrics.turns);
    line("eventloop_duration_sum", metrics.turnsTotalNs / 1000);
    line("eventloop_duration_cmd_sum", services.metrics().commands().totalNs() / 1000);
    line("slow_turns", metrics.slowTurns);
    line("longest_turn_usec", metrics.longestTurnNs / 1000);
    line("jvm_pauses", metrics.pauses.count());
    line("jvm_pause_total_ms", metrics.pauses.totalMs());
    line("jvm_pause_longest_ms", metrics.pauses.longestMs());
  }

  private void replication() {
    line("role", status.isPrimary() ? "master" : "slave");
    if (!status.isPrimary()) {
      primaryLink();
    }
    List<PeerPosition> replicas = ServerCommands.dataReplicas(status);
    line("connected_slaves", replicas.size());
    for (int i = 0; i < replicas.size(); i++) {
      PeerPosition replica = replicas.get(i);
      ShardMember member = replica.member();
      line(
          "slave" + i,
          "ip=%s,port=%d,state=online,offset=%d,lag=%d"
              .formatted(
                  member.host(),
                  member.port(),
                  replica.matchIndex(),
                  secondsSince(replica.lastContactMs())));
    }
    String shardId = services.configuration().text("shard-id");
    line("master_failover_state", status.failover().wireName());
    line("master_replid", shardId.isEmpty() ? process.runId() : shardId);
    line("master_replid2", NO_REPLICATION_ID);
    line("master_repl_offset", ServerCommands.offset(status));
    line("second_repl_offset", -1);
    line("repl_backlog_active", 0);
    line("repl_backlog_size", 0);
    line("repl_backlog_first_byte_offset", 0);
    line("repl_backlog_histlen", 0);
  }

  private void primaryLink() {
    ShardMember primary = status.primary();
    line("master_host", primary == null ? "" : primary.host());
    line("master_port", primary == null ? 0 : primary.port());
    line("master_link_status", primary == null ? "down" : "up");
    line(
        "master_last_io_seconds_ago",
        primary == null || status.primaryContactMs() == 0
            ? -1
            : secondsSince(status.primaryContactMs()));
    line("master_sync_in_progress", status.loading() ? 1 : 0);
    line("slave_read_repl_offset", status.lastIndex());
    line("slave_repl_offset", status.appliedIndex());
    line("slave_priority", services.configuration().number("replica-priority"));
    line("slave_read_only", 1);
    line("replica_announced", 1);
  }

  private long secondsSince(long timeMs) {
    return Math.max(0, nowMs - timeMs) / 1000;
  }

  private void cpu() {
    decimal("used_cpu_sys", process.cpuSystemUsec() / 1e6, 6);
    decimal("used_cpu_user", process.cpuUserUsec() / 1e6, 6);
    decimal("used_cpu_sys_children", 0, 6);
    decimal("used_cpu_user_children", 0, 6);
  }

  private void commandStats() {
    CommandStats commands = services.metrics().commands();
    for (CommandSpec spec : services.table().get().all()) {
      long calls = commands.calls(spec);
      if (calls == 0 && commands.rejectedCalls(spec) == 0 && commands.failedCalls(spec) == 0) {
        continue;
      }
      long usec = commands.elapsedNs(spec) / 1000;
      line(
          "cmdstat_" + spec.fullName(),
          String.format(
              Locale.ROOT,
              "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
              calls,
              usec,
              calls == 0 ? 0 : commands.elapsedNs(spec) / 1000.0 / calls,
              commands.rejectedCalls(spec),
              commands.failedCalls(spec)));
    }
  }

  private void errorStats() {
    services
        .metrics()
        .errors()
        .forEach((code, count) -> line("errorstat_" + code, "count=" + count));
  }

  private void latencyStats() {
    List<String> percentiles = services.configuration().words("latency-tracking-info-percentiles");
    for (CommandSpec spec : services.table().get().all()) {
      LatencyHistogram latency = services.metrics().commands().latency(spec);
      if (latency == null || latency.count() == 0) {
        continue;
      }
      StringBuilder values = new StringBuilder();
      for (String percentile : percentiles) {
        double usec = latency.percentileNs(Double.parseDouble(percentile)) / 1000.0;
        values.append(values.isEmpty() ? "" : ",");
        values.append(String.format(Locale.ROOT, "p%s=%.3f", percentile, usec));
      }
      line("latency_percentiles_usec_" + spec.fullName(), values);
    }
  }

  private void cluster() {
    line("cluster_enabled", services.cluster() == null ? 0 : 1);
  }

  private void keyspace() {
    for (int i = 0; i < keyspaces.count(); i++) {
      Keyspace database = keyspaces.database(i);
      int hashes = database.expiringHashCount();
      if (database.size() > 0) {
        line(
            "db" + i,
            "keys=%d,expires=%d,avg_ttl=%d%s"
                .formatted(
                    database.size(),
                    database.expiringCount(),
                    database.averageTimeToLiveMs(),
                    hashes == 0 ? "" : ",subexpiry=" + hashes));
      }
    }
  }

  private void raft() {
    ShardMember primary = status.primary();
    line("raft_role", status.self().role().word());
    line("raft_state", status.stateName());
    line("raft_term", status.term());
    line("raft_epoch", status.epoch());
    line("raft_leader", primary == null ? "" : primary.name());
    line("raft_leader_address", primary == null ? "" : primary.host() + ':' + primary.port());
    line("raft_commit_index", status.commitIndex());
    line("raft_applied_index", status.appliedIndex());
    line("raft_last_index", status.lastIndex());
    line("raft_first_index", status.firstIndex());
    line("raft_record_sequence", status.recordSequence());
    line("raft_records_in_flight", status.recordsInFlight());
    line("raft_bytes_in_flight", status.bytesInFlight());
    line("raft_parked_replies", status.parkedReplies());
    line("raft_lease_remaining_ms", status.leaseRemainingMs());
    line("raft_log_bytes", status.logSizeBytes());
    line("raft_log_disk_low", status.logDiskLow() ? 1 : 0);
    line("raft_records_appended", metrics.recordsAppended);
    line("raft_bytes_appended", metrics.bytesAppended);
    line("raft_promotions", metrics.promotions);
    line("raft_demotions", metrics.demotions);
    usec("raft_commit_usec_p50", metrics.commitLatency, 50);
    usec("raft_commit_usec_p99", metrics.commitLatency, 99);
    usec("raft_commit_usec_p999", metrics.commitLatency, 99.9);
    line("raft_commit_usec_max", metrics.commitLatency.longestNs() / 1000);
    SharedLatencyHistogram flushes = metrics.flushLatency;
    line("raft_fsyncs", flushes.count());
    line("raft_fsync_usec_p50", flushes.percentileNs(50) / 1000);
    line("raft_fsync_usec_p99", flushes.percentileNs(99) / 1000);
    line("raft_fsync_usec_p999", flushes.percentileNs(99.9) / 1000);
    line("raft_fsync_usec_max", flushes.longestNs() / 1000);
    line("raft_members", status.members().size());
    List<PeerPosition> peers = status.peers();
    for (int i = 0; i < peers.size(); i++) {
      line("raft_peer" + i, peer(peers.get(i)));
    }
  }

  private String peer(PeerPosition peer) {
    ShardMember member = peer.member();
    return "name=%s,zone=%s,role=%s,state=%s,match_index=%d,lag=%d"
        .formatted(
            member.name(),
            member.zone(),
            member.role().word(),
            peer.online() ? "online" : "offline",
            peer.matchIndex(),
            Math.max(0, status.lastIndex() - peer.matchIndex()));
  }

  private void usec(String name, LatencyHistogram latency, double percent) {
    line(name, latency.percentileNs(percent) / 1000);
  }
}
