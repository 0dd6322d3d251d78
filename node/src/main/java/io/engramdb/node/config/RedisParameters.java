package io.engramdb.node.config;

/**
 * The directives of redis.conf 7.2. Tools read many of them; those that tune a mechanism which this
 * server does not have are accepted without effect, and those that would promise less durability or
 * another mechanism than there is show what is in effect and refuse the rest.
 */
final class RedisParameters {

  private static final long INT = Integer.MAX_VALUE;
  private static final long LONG = Long.MAX_VALUE;

  private static final String LOGGED =
      "every write is in the replicated log before it is acknowledged; this can't be switched off";
  private static final String MEMBERSHIP =
      "replication follows the shard's membership (shard-member)";
  private static final String ANNOUNCED =
      "clients are told what shard-member says: client=HOST:PORT";

  private RedisParameters() {}

  static void declare(ConfigTable.Builder table) {
    network(table);
    tls(table);
    general(table);
    security(table);
    persistence(table);
    replication(table);
    replicationTuning(table);
    memory(table);
    encodings(table);
    limits(table);
    observation(table);
    cluster(table);
    clusterLinks(table);
    system(table);
  }

  private static void network(ConfigTable.Builder t) {
    t.integer("port", 6379, 0, 65535).atStart();
    t.row("bind", SpecialTypes.addresses(), "* -::*").atStart();
    t.text("bind-source-addr", "").withoutEffect();
    t.text("unixsocket", "").fixed("Unix sockets are not supported");
    t.row("unixsocketperm", ParameterType.octal(), "0").withoutEffect();
    t.integer("tcp-backlog", 511, 0, INT).atStart();
    t.integer("tcp-keepalive", 300, 0, INT);
    t.integer("timeout", 0, 0, INT);
    t.integer("socket-mark-id", 0, 0, 4294967295L).withoutEffect();
    t.integer("io-threads", 1, 1, 128)
        .fixed("one thread serves a shard and its connections; run more shards to use more cores");
    t.bool("io-threads-do-reads", false).withoutEffect();
    t.bool("protected-mode", true);
  }

  private static void tls(ConfigTable.Builder t) {
    t.integer("tls-port", 0, 0, 65535).atStart();
    t.text("tls-cert-file", "");
    t.text("tls-key-file", "");
    t.text("tls-key-file-pass", "");
    t.text("tls-ca-cert-file", "");
    t.text("tls-ca-cert-dir", "").fixed("name the certificates in one file: tls-ca-cert-file");
    t.oneOf("tls-auth-clients", "yes", "yes", "no", "optional");
    t.words("tls-protocols", "");
    t.text("tls-ciphers", "").fixed("name the cipher suites of all versions in tls-ciphersuites");
    t.text("tls-ciphersuites", "");
    t.text("tls-client-cert-file", "").withoutEffect();
    t.text("tls-client-key-file", "").withoutEffect();
    t.text("tls-client-key-file-pass", "").withoutEffect();
    t.text("tls-dh-params-file", "").withoutEffect();
    t.bool("tls-prefer-server-ciphers", false).withoutEffect();
    t.bool("tls-session-caching", true).withoutEffect();
    t.integer("tls-session-cache-size", 20480, 0, INT).withoutEffect();
    t.integer("tls-session-cache-timeout", 300, 0, INT).withoutEffect();
    t.bool("tls-replication", false).fixed("TLS between the nodes is switched by tls-cluster");
    t.bool("tls-cluster", false).atStart();
  }

  private static void general(ConfigTable.Builder t) {
    t.integer("databases", 16, 1, 16384).atStart();
    t.bool("daemonize", false).fixed("can't set immutable config: the node runs in the foreground");
    t.oneOf("supervised", "no", "no", "systemd", "upstart", "auto").withoutEffect();
    t.text("pidfile", "").withoutEffect();
    t.oneOf("loglevel", "notice", "debug", "verbose", "notice", "warning");
    t.text("logfile", "").fixed("messages go to standard output; redirect it");
    t.bool("syslog-enabled", false).withoutEffect();
    t.text("syslog-ident", "redis").withoutEffect();
    t.oneOf(
            "syslog-facility",
            "local0",
            "user",
            "local0",
            "local1",
            "local2",
            "local3",
            "local4",
            "local5",
            "local6",
            "local7")
        .withoutEffect();
    t.bool("crash-log-enabled", true).withoutEffect();
    t.bool("crash-memcheck-enabled", true).withoutEffect();
    t.bool("always-show-logo", false).withoutEffect();
    t.bool("set-proc-title", true).withoutEffect();
    t.text("proc-title-template", "{title} {listen-addr} {server-mode}").withoutEffect();
    t.text("locale-collate", "").withoutEffect();
    t.integer("hz", 10, 0, INT).withoutEffect();
    t.bool("dynamic-hz", true).withoutEffect();
    // A primary hands over before it ends, and that has a bound of its own.
    t.integer("shutdown-timeout", 10, 0, INT).withoutEffect();
    t.row("shutdown-on-sigint", SpecialTypes.shutdownWays(), "default").withoutEffect();
    t.row("shutdown-on-sigterm", SpecialTypes.shutdownWays(), "default").withoutEffect();
  }

  private static void security(ConfigTable.Builder t) {
    t.row("user", SpecialTypes.users(), "").atStart();
    t.text("requirepass", "");
    t.text("masterauth", "").withoutEffect();
    t.text("masteruser", "").withoutEffect();
    t.text("aclfile", "").atStart();
    t.integer("acllog-max-len", 128, 0, LONG);
    t.oneOf("acl-pubsub-default", "resetchannels", "allchannels", "resetchannels");
    t.oneOf("enable-protected-configs", "no", "no", "yes", "local").atStart();
    t.oneOf("enable-debug-command", "no", "no", "yes", "local").atStart();
    t.oneOf("enable-module-command", "no", "no", "yes", "local")
        .fixed("modules can't be loaded into this server");
    t.integer("tracking-table-max-keys", 1_000_000, 0, LONG);
  }

  private static void persistence(ConfigTable.Builder t) {
    // Snapshots follow the size of the log; that they are made at all is not up to this.
    t.row("save", SpecialTypes.save(), "").withoutEffect();
    t.bool("appendonly", true).fixed(LOGGED);
    t.oneOf("appendfsync", "always", "everysec", "always", "no").fixed(LOGGED);
    t.text("appendfilename", "appendonly.aof").withoutEffect();
    t.text("appenddirname", "appendonlydir").withoutEffect();
    t.bool("no-appendfsync-on-rewrite", false).fixed(LOGGED);
    t.integer("auto-aof-rewrite-percentage", 100, 0, INT).withoutEffect();
    t.memory("auto-aof-rewrite-min-size", 67108864, 0, LONG).withoutEffect();
    t.bool("aof-load-truncated", true).withoutEffect();
    t.bool("aof-use-rdb-preamble", true).withoutEffect();
    t.bool("aof-timestamp-enabled", false).withoutEffect();
    t.bool("aof-rewrite-incremental-fsync", true).withoutEffect();
    t.bool("aof-disable-auto-gc", false).withoutEffect();
    t.text("dbfilename", "dump.rdb").withoutEffect();
    t.text("dir", ".").atStart();
    t.bool("rdbcompression", true).withoutEffect();
    t.bool("rdbchecksum", true).withoutEffect();
    t.integer("rdb-key-save-delay", 0, -INT - 1, INT).withoutEffect().hidden();
    t.integer("key-load-delay", 0, -INT - 1, INT).withoutEffect().hidden();
    t.bool("rdb-del-sync-files", false).withoutEffect();
    t.bool("rdb-save-incremental-fsync", true).withoutEffect();
    t.bool("stop-writes-on-bgsave-error", true).withoutEffect();
    t.oneOf("sanitize-dump-payload", "no", "no", "yes", "clients").withoutEffect();
  }

  private static void replication(ConfigTable.Builder t) {
    t.words("replicaof", "").alias("slaveof").fixed(MEMBERSHIP);
    t.bool("replica-read-only", true)
        .alias("slave-read-only")
        .fixed("a replica takes no writes of its own");
    t.bool("replica-serve-stale-data", true).alias("slave-serve-stale-data").withoutEffect();
    t.integer("replica-priority", 100, 0, INT).alias("slave-priority").withoutEffect();
    t.text("replica-announce-ip", "").alias("slave-announce-ip").withoutEffect();
    t.integer("replica-announce-port", 0, 0, 65535).alias("slave-announce-port").withoutEffect();
    t.bool("replica-announced", true).withoutEffect();
    t.bool("replica-ignore-maxmemory", true).alias("slave-ignore-maxmemory").withoutEffect();
    t.bool("replica-ignore-disk-write-errors", false)
        .fixed("a node whose log can't be written stops");
    // Beside the majority of the voters, which every write waits for whatever this says.
    t.integer("min-replicas-to-write", 0, 0, INT).alias("min-slaves-to-write");
    t.integer("min-replicas-max-lag", 10, 0, INT).alias("min-slaves-max-lag").withoutEffect();
  }

  private static void replicationTuning(ConfigTable.Builder t) {
    t.integer("repl-ping-replica-period", 10, 1, INT).alias("repl-ping-slave-period");
    t.integer("repl-timeout", 60, 1, INT).withoutEffect();
    t.bool("repl-disable-tcp-nodelay", false).withoutEffect();
    t.memory("repl-backlog-size", 1048576, 1, LONG).withoutEffect();
    t.integer("repl-backlog-ttl", 3600, 0, LONG).withoutEffect();
    t.bool("repl-diskless-sync", true).withoutEffect();
    t.integer("repl-diskless-sync-delay", 5, 0, INT).withoutEffect();
    t.integer("repl-diskless-sync-max-replicas", 0, 0, INT).withoutEffect();
    t.oneOf("repl-diskless-load", "disabled", "disabled", "on-empty-db", "swapdb").withoutEffect();
    t.oneOf("propagation-error-behavior", "ignore", "ignore", "panic", "panic-on-replicas")
        .withoutEffect();
    t.bool("replica-lazy-flush", false).alias("slave-lazy-flush").withoutEffect();
  }

  private static void memory(ConfigTable.Builder t) {
    t.memory("maxmemory", 0, 0, LONG);
    t.oneOf(
        "maxmemory-policy",
        "noeviction",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "noeviction");
    t.row("maxmemory-clients", ParameterType.memoryOrPercent(), "0");
    t.integer("maxmemory-samples", 5, 1, 64);
    t.integer("maxmemory-eviction-tenacity", 10, 0, 100);
    t.integer("lfu-log-factor", 10, 0, INT);
    t.integer("lfu-decay-time", 1, 0, INT);
    t.integer("active-expire-effort", 1, 1, 10).withoutEffect();
    t.bool("lazyfree-lazy-eviction", false).withoutEffect();
    t.bool("lazyfree-lazy-expire", false).withoutEffect();
    t.bool("lazyfree-lazy-server-del", false).withoutEffect();
    t.bool("lazyfree-lazy-user-del", false).withoutEffect();
    t.bool("lazyfree-lazy-user-flush", false).withoutEffect();
    t.bool("activerehashing", true).withoutEffect();
    t.bool("activedefrag", false).fixed("the Java heap is compacted by its collector");
    t.memory("active-defrag-ignore-bytes", 104857600, 1, LONG).withoutEffect();
    t.integer("active-defrag-threshold-lower", 10, 0, 1000).withoutEffect();
    t.integer("active-defrag-threshold-upper", 100, 0, 1000).withoutEffect();
    t.integer("active-defrag-cycle-min", 1, 1, 99).withoutEffect();
    t.integer("active-defrag-cycle-max", 25, 1, 99).withoutEffect();
    t.integer("active-defrag-max-scan-fields", 1000, 1, LONG).withoutEffect();
    t.bool("jemalloc-bg-thread", true).withoutEffect();
  }

  private static void encodings(ConfigTable.Builder t) {
    t.integer("hash-max-listpack-entries", 512, 0, LONG).alias("hash-max-ziplist-entries");
    t.integer("hash-max-listpack-value", 64, 0, LONG).alias("hash-max-ziplist-value");
    t.integer("list-max-listpack-size", -2, -INT - 1, INT).alias("list-max-ziplist-size");
    t.integer("list-compress-depth", 0, 0, INT).withoutEffect();
    t.integer("set-max-intset-entries", 512, 0, LONG);
    t.integer("set-max-listpack-entries", 128, 0, LONG);
    t.integer("set-max-listpack-value", 64, 0, LONG);
    t.integer("zset-max-listpack-entries", 128, 0, LONG).alias("zset-max-ziplist-entries");
    t.integer("zset-max-listpack-value", 64, 0, LONG).alias("zset-max-ziplist-value");
    t.memory("hll-sparse-max-bytes", 3000, 0, LONG);
    t.memory("stream-node-max-bytes", 4096, 0, LONG);
    t.integer("stream-node-max-entries", 100, 0, LONG);
  }

  private static void limits(ConfigTable.Builder t) {
    t.integer("maxclients", 10000, 1, 4294967295L);
    // A string value can't be longer than a gibibyte.
    t.memory("proto-max-bulk-len", 536870912, 1048576, (1 << 30) - 1);
    t.memory("client-query-buffer-limit", 1073741824, 1048576, LONG);
    t.row("client-output-buffer-limit", SpecialTypes.outputBufferLimits(), "");
    t.integer("busy-reply-threshold", 5000, 0, LONG).alias("lua-time-limit");
  }

  private static void observation(ConfigTable.Builder t) {
    t.integer("slowlog-log-slower-than", 10000, -1, LONG);
    t.integer("slowlog-max-len", 128, 0, 1_000_000);
    t.integer("latency-monitor-threshold", 0, 0, LONG);
    t.bool("latency-tracking", true);
    t.row(
        "latency-tracking-info-percentiles",
        SpecialTypes.percentiles("latency-tracking-info-percentiles"),
        "50 99 99.9");
    t.row("notify-keyspace-events", SpecialTypes.keyspaceEvents(), "");
  }

  private static void cluster(ConfigTable.Builder t) {
    t.bool("cluster-enabled", false).atStart();
    t.text("cluster-config-file", "nodes.conf").withoutEffect();
    t.integer("cluster-node-timeout", 15000, 0, INT).withoutEffect();
    t.text("cluster-announce-ip", "").atStart();
    t.integer("cluster-announce-port", 0, 0, 65535).fixed(ANNOUNCED);
    t.integer("cluster-announce-tls-port", 0, 0, 65535).fixed(ANNOUNCED);
    t.integer("cluster-announce-bus-port", 0, 0, 65535).withoutEffect();
    t.row(
        "cluster-announce-hostname",
        ParameterType.pattern(
            "[A-Za-z0-9.-]{1,255}",
            "host name",
            "Hostnames may only contain alphanumeric characters, hyphens or dots"),
        "");
    t.row(
            "cluster-announce-human-nodename",
            ParameterType.pattern(
                "[A-Za-z0-9._-]{1,255}",
                "name",
                "Announced human node name contained invalid character"),
            "")
        .withoutEffect();
    t.oneOf("cluster-preferred-endpoint-type", "ip", "ip", "hostname", "unknown-endpoint");
    t.bool("cluster-require-full-coverage", true).withoutEffect();
    t.bool("cluster-allow-reads-when-down", false)
        .fixed("without a majority a primary can't prove that its data is the newest");
    t.bool("cluster-allow-pubsubshard-when-down", true).withoutEffect();
  }

  private static void clusterLinks(ConfigTable.Builder t) {
    t.integer("cluster-port", 0, 0, 65535).withoutEffect();
    t.integer("cluster-migration-barrier", 1, 0, INT).withoutEffect();
    t.bool("cluster-allow-replica-migration", true).withoutEffect();
    t.integer("cluster-replica-validity-factor", 10, 0, INT)
        .alias("cluster-slave-validity-factor")
        .withoutEffect();
    t.bool("cluster-replica-no-failover", false).alias("cluster-slave-no-failover").withoutEffect();
    t.memory("cluster-link-sendbuf-limit", 0, 0, LONG).withoutEffect();
  }

  private static void system(ConfigTable.Builder t) {
    t.bool("disable-thp", true).withoutEffect();
    t.words("ignore-warnings", "").withoutEffect();
    t.oneOf("oom-score-adj", "no", "no", "yes", "relative", "absolute");
    t.row("oom-score-adj-values", SpecialTypes.oomScores(), "0 200 800");
    t.text("server_cpulist", "").alias("server-cpulist").withoutEffect();
    t.text("bio_cpulist", "").alias("bio-cpulist").withoutEffect();
    t.text("aof_rewrite_cpulist", "").alias("aof-rewrite-cpulist").withoutEffect();
    t.text("bgsave_cpulist", "").alias("bgsave-cpulist").withoutEffect();
  }
}
