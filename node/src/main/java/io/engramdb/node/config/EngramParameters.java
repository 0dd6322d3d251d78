package io.engramdb.node.config;

/** The directives that redis.conf does not know. */
final class EngramParameters {

  private static final String FORTY_HEX = "[0-9a-f]{40}";

  private EngramParameters() {}

  static void declare(ConfigTable.Builder t) {
    identity(t);
    timing(t);
    monitoring(t);
  }

  private static void identity(ConfigTable.Builder t) {
    t.row(
            "node-name",
            ParameterType.pattern(
                "[A-Za-z0-9_.-]{1,64}", "name", "argument must be a name of letters and digits"),
            "")
        .atStart();
    t.row("cluster-id", identifier(), "").atStart();
    t.row("shard-id", identifier(), "").atStart();
    t.row("shard-member", SpecialTypes.members(), "").atStart();
    t.text("availability-zone", "").atStart();
    // Only where the shard is born: a member whose log is gone must not come back as if new.
    t.bool("log-create", false).atStart();
  }

  private static ParameterType identifier() {
    return ParameterType.pattern(
        FORTY_HEX, "40 hexadecimal digits", "argument must be 40 hexadecimal digits");
  }

  private static void timing(ConfigTable.Builder t) {
    t.integer("election-timeout-min-ms", 300, 50, 60_000).atStart();
    t.integer("election-timeout-max-ms", 600, 100, 120_000).atStart();
    // Read once, when the shard is made: it is part of the shard's first record from then on.
    t.integer("lease-duration-ms", 250, 50, 60_000).atStart();
    t.integer("watchdog-timeout-ms", 2000, 500, 60_000).atStart();
    t.memory("log-disk-reserve", 256L << 20, 0, Long.MAX_VALUE);
    // Log after which a node makes its next snapshot; 0: only when asked.
    t.memory("snapshot-log-size", 256L << 20, 0, Long.MAX_VALUE);
    // The daily snapshot: where, when (UTC unless a zone is named), for how many days; 0: none.
    t.text("snapshot-store", "").atStart();
    t.text("snapshot-window", "03:00-04:00").atStart();
    t.integer("snapshot-retention-days", 7, 0, 35).atStart();
    // The archived log, in the same store: how long and how much may be missing there, and how
    // large the log may become on disk when the store does not answer.
    t.bool("archive", true).atStart();
    t.integer("archive-interval-ms", 300_000, 100, 3_600_000).atStart();
    t.memory("archive-size", 16L << 20, 1 << 16, 1L << 40).atStart();
    t.memory("archive-log-limit", 1L << 30, 0, Long.MAX_VALUE);
    // How fast a snapshot of another member is fetched at most, bytes a second; 0: no limit.
    t.memory("snapshot-fetch-rate", 64L << 20, 0, Long.MAX_VALUE);
  }

  /** Figures and health over HTTP; no port, no endpoint. Nobody has to log in there. */
  private static void monitoring(ConfigTable.Builder t) {
    t.text("metrics-bind", "127.0.0.1").atStart();
    t.integer("metrics-port", 0, 0, 65_535).atStart();
  }
}
