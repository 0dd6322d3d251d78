package io.engramdb.node.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.CommandTable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {

  private final CommandTable.Builder builder = new CommandTable.Builder();
  private final CommandSpec ping = builder.other("ping", "1.0.0", -1, (c, a, r) -> {}).add();
  private final CommandSpec secret =
      builder.other("auth", "1.0.0", -2, (c, a, r) -> {}).flags(CommandFlag.SKIP_SLOWLOG).add();
  private final ClientState client = new ClientState(7, "1.2.3.4:5", "1.2.3.4:6", 0);

  @Test
  void commandsAreCountedByOutcome() {
    CommandStats stats = new CommandStats();
    stats.executed(ping, 1000, true);
    stats.executed(ping, 3000, false);
    stats.rejected(ping);
    assertEquals(2, stats.calls(ping));
    assertEquals(4000, stats.elapsedNs(ping));
    assertEquals(1, stats.failedCalls(ping));
    assertEquals(1, stats.rejectedCalls(ping));
    assertEquals(2, stats.processed());
    assertEquals(2, stats.latency(ping).count());
    stats.reset();
    assertEquals(0, stats.calls(ping));
    assertEquals(null, stats.latency(ping));
  }

  @Test
  void withoutLatencyTrackingThereIsNoHistogram() {
    CommandStats stats = new CommandStats();
    stats.setLatencyTracking(false);
    stats.executed(ping, 1000, true);
    assertEquals(null, stats.latency(ping));
  }

  @Test
  void errorCodesAreBounded() {
    ErrorStats stats = new ErrorStats();
    for (int i = 0; i < 1000; i++) {
      stats.count("E" + i);
    }
    List<String> codes = new ArrayList<>();
    stats.forEach((code, count) -> codes.add(code + '=' + count));
    assertEquals(129, codes.size());
    assertEquals("ERRORSTATS_OVERFLOW=872", codes.getLast());
    assertEquals(1000, stats.total());
  }

  @Test
  void ratesAreMeansOfRecentSamples() {
    NodeMetrics metrics = new NodeMetrics();
    for (int i = 0; i <= 16; i++) {
      metrics.netInputBytes = i * 50L;
      metrics.sample(1000 + i * 100L, i * 10L, i);
    }
    assertEquals(100, metrics.operationsPerSecond(), 0.001);
    assertEquals(500, metrics.inputBytesPerSecond(), 0.001);
    assertEquals(0, metrics.outputBytesPerSecond(), 0.001);
    assertEquals(16, metrics.peakUsedBytes);
  }

  @Test
  void theSlowLogKeepsTheNewestAndCutsLongRequests() {
    SlowLog log = new SlowLog();
    log.setThresholdUsec(5);
    log.setMaxEntries(2);
    String[] words = new String[40];
    java.util.Arrays.fill(words, "w");
    words[1] = "x".repeat(200);
    log.offer(ping, Args.of("PING", "a"), client, 6_000, 2_000);
    log.offer(ping, Args.of("PING", "fast"), client, 4_999, 2_000);
    log.offer(ping, Args.of("PING", "b"), client, 7_000, 2_000);
    log.offer(secret, Args.of("AUTH", "password"), client, 7_000, 2_000);
    log.offer(ping, Args.of(words), client, 8_000, 3_500);
    assertEquals(2, log.size());
    SlowLog.SlowCommand newest = log.newest(1).getFirst();
    assertEquals(2, newest.id());
    assertEquals(3, newest.atSeconds());
    assertEquals(8, newest.elapsedUsec());
    assertEquals(32, newest.words().size());
    assertEquals(Bytes.utf8("... (9 more arguments)"), newest.words().get(31));
    assertEquals(Bytes.utf8("x".repeat(128) + "... (72 more bytes)"), newest.words().get(1));
    assertEquals(Bytes.utf8("b"), log.newest(9).get(1).words().get(1));
    log.setMaxEntries(0);
    assertEquals(0, log.size());
  }

  @Test
  void theSlowLogHoldsNoPasswords() {
    SlowLog log = new SlowLog();
    log.setThresholdUsec(0);
    log.offer(ping, Args.of("config", "SET", "maxmemory", "1", "RequirePass", "pw"), client, 1, 1);
    log.offer(ping, Args.of("HELLO", "3", "auth", "user", "pw", "SETNAME", "n"), client, 1, 1);
    assertEquals("[HELLO, 3, auth, (redacted), (redacted), SETNAME, n]", words(log, 0));
    assertEquals("[config, SET, maxmemory, 1, RequirePass, (redacted)]", words(log, 1));
  }

  private static String words(SlowLog log, int index) {
    return log.newest(10).get(index).words().toString();
  }
}
