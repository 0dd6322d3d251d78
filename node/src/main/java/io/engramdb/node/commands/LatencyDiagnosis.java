package io.engramdb.node.commands;

import io.engramdb.node.config.Configuration;
import io.engramdb.node.metrics.LatencyEvents;
import java.util.List;
import java.util.Locale;

/** The text of LATENCY DOCTOR: what took long, how often, and where to look. */
final class LatencyDiagnosis {

  private LatencyDiagnosis() {}

  static String of(LatencyEvents events, Configuration configuration) {
    List<LatencyEvents.Series> all = events.all();
    StringBuilder text = new StringBuilder();
    if (!events.isOn()) {
      text.append(
          "Events that take long are not recorded. CONFIG SET latency-monitor-threshold"
              + " <milliseconds> records those of that length or more.\n");
    } else if (all.isEmpty()) {
      text.append("Nothing has reached the threshold of ")
          .append(configuration.number("latency-monitor-threshold"))
          .append(" ms so far.\n");
    }
    for (LatencyEvents.Series series : all) {
      describe(series, text);
    }
    return text.toString();
  }

  private static void describe(LatencyEvents.Series series, StringBuilder text) {
    List<LatencyEvents.Sample> samples = series.samples();
    double mean = samples.stream().mapToLong(LatencyEvents.Sample::elapsedMs).average().orElse(0);
    double deviation =
        samples.stream().mapToDouble(each -> Math.abs(each.elapsedMs() - mean)).average().orElse(0);
    long spanSeconds = series.newest().atSeconds() - samples.getFirst().atSeconds();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: in %d seconds out of %d; mean %.1f ms, mean deviation %.1f ms, longest ever %d"
                + " ms.\n  %s\n",
            series.kind().wireName(),
            samples.size(),
            spanSeconds + 1,
            mean,
            deviation,
            series.longestMs(),
            advice(series.kind())));
  }

  private static String advice(LatencyEvents.Kind kind) {
    return switch (kind) {
      case COMMAND, FAST_COMMAND ->
          "SLOWLOG GET names the requests; a threshold of CONFIG SET slowlog-log-slower-than below"
              + " this one shows all of them.";
      case EXPIRE_CYCLE -> "Many keys expire at the same moment; spread their times to live.";
      case FLUSH -> "The log's disk is slow to flush; see raft_fsync_usec_p99 in INFO raft.";
      case COMMIT ->
          "A majority took long to store a record: a slow disk here or there, or the network"
              + " between zones; INFO raft shows the lag of each member.";
      case TURN ->
          "All clients of this node waited for one round of requests; large replies, long pipelines"
              + " and slow commands do that.";
      case PAUSE -> "The garbage collector stopped the process; see jvm_pause_longest_ms in INFO.";
    };
  }
}
