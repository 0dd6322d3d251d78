package io.engramdb.txlog.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.sim.NoticeRecorder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One story per promise of the contract, told to the real log and to its twin alike. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TxLogContractTest {
  @TempDir Path root;

  private LogHarness harness;
  private long sequence;

  private LogHarness open(String implementation) throws IOException {
    harness = implementation.equals("ratis") ? LogHarness.real(root) : LogHarness.simulated(1234);
    return harness;
  }

  private String awaitLeaderBut(String not) {
    String[] found = new String[1];
    harness.await("a leader", () -> (found[0] = leaderBut(not)) != null);
    sequence = 0;
    return found[0];
  }

  private String leaderBut(String not) {
    for (Map.Entry<String, ? extends TxLog> entry : harness.logs().entrySet()) {
      LogStatus status = entry.getValue().status();
      String name = entry.getKey();
      if (!name.equals(not)
          && status.leading()
          && harness.heard().get(name).readyTerm() == status.term()) {
        return name;
      }
    }
    return null;
  }

  private LogPosition propose(String name, String text) {
    TxLog.PositionHolder at = new TxLog.PositionHolder();
    byte[] bytes = ("[" + text + "]").getBytes(StandardCharsets.UTF_8);
    long epoch = harness.heard().get(name).readyTerm();
    assertEquals(
        ProposeResult.APPENDED,
        harness
            .logs()
            .get(name)
            .propose(epoch, ++sequence, RecordKind.DATA, bytes, 1, bytes.length - 2, at));
    assertEquals(epoch, at.term, "the epoch is the term of the entry");
    return new LogPosition(at.term, at.index);
  }

  private void awaitEverywhere(LogPosition position) {
    for (NoticeRecorder heard : harness.heard().values()) {
      harness.await("commit of " + position, () -> heard.positions().contains(position.toString()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ratis", "sim"})
  void orderPositionsFencesLossAndRestart(String implementation) throws Exception {
    try (LogHarness ignored = open(implementation)) {
      String old = awaitLeaderBut("");
      long oldTerm = harness.heard().get(old).readyTerm();
      List<String> expected = new ArrayList<>();
      LogPosition last = null;
      for (int i = 0; i < 20; i++) {
        expected.add("r" + i);
        LogPosition next = propose(old, "r" + i);
        assertTrue(last == null || next.index() > last.index());
        last = next;
      }
      awaitEverywhere(last);

      harness.isolate(old);
      LogPosition lost = propose(old, "lost");
      String next = awaitLeaderBut(old);
      expected.add("kept");
      LogPosition kept = propose(next, "kept");
      harness.await(
          "commit without the old leader",
          () -> harness.heard().get(next).positions().contains(kept.toString()));
      harness.heal();
      awaitEverywhere(kept);

      NoticeRecorder deposed = harness.heard().get(old);
      List<String> notices = deposed.notices();
      int lostAt = notices.indexOf("lost " + oldTerm);
      int truncatedAt = notices.indexOf("truncated " + lost.index());
      int replacedAt = positionOf(notices, lost.index());
      assertTrue(lostAt >= 0 && lostAt < replacedAt, notices::toString);
      assertTrue(truncatedAt >= 0 && truncatedAt < replacedAt, notices::toString);
      assertTrue(!deposed.positions().contains(lost.toString()), notices::toString);
      for (String name : harness.logs().keySet()) {
        assertEquals(
            harness.heard().get(old).positions(),
            harness.heard().get(name).positions(),
            "all hear the same positions");
      }

      TxLog.PositionHolder at = new TxLog.PositionHolder();
      ProposeResult stale =
          harness.logs().get(next).propose(oldTerm, 1, RecordKind.DATA, new byte[1], 0, 1, at);
      assertEquals(ProposeResult.FENCED, stale);

      String third =
          harness.logs().keySet().stream()
              .filter(name -> !name.equals(old) && !name.equals(next))
              .findFirst()
              .orElseThrow();
      harness.restart(third);
      harness.await(
          "replay", () -> harness.heard().get(third).positions().contains(kept.toString()));
      assertEquals(expected, harness.heard().get(third).texts());
    }
  }

  private static int positionOf(List<String> notices, long index) {
    for (int i = 0; i < notices.size(); i++) {
      if (notices.get(i).matches("(committed|internal) \\d+:" + index + "( .*)?")) {
        return i;
      }
    }
    return -1;
  }
}
