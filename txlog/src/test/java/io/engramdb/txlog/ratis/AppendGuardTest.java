package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.junit.jupiter.api.Test;

/** What the guard changes in a request before Ratis sees it. */
class AppendGuardTest {

  private static AppendEntriesRequestProto.Builder request(int entries, long leaderCommit) {
    AppendEntriesRequestProto.Builder request =
        AppendEntriesRequestProto.newBuilder().setLeaderCommit(leaderCommit);
    for (int i = 0; i < entries; i++) {
      request.addEntries(LogEntryProto.newBuilder().setTerm(1).setIndex(i));
    }
    return request;
  }

  @Test
  void aHeartbeatThatBeginsTheLogCommitsNothing() {
    assertEquals(-1, AppendGuard.withProvenCommit(request(0, 7).build()).getLeaderCommit());
  }

  @Test
  void entriesThatBeginTheLogCommitAtMostThemselves() {
    assertEquals(2, AppendGuard.withProvenCommit(request(3, 7).build()).getLeaderCommit());
    assertEquals(1, AppendGuard.withProvenCommit(request(3, 1).build()).getLeaderCommit());
    assertEquals(-1, AppendGuard.withProvenCommit(request(3, -1).build()).getLeaderCommit());
  }

  @Test
  void anAppendBehindAnotherEntryIsLeftAsItIs() {
    AppendEntriesRequestProto request =
        request(0, 7).setPreviousLog(TermIndexProto.newBuilder().setTerm(1).setIndex(9)).build();
    assertSame(request, AppendGuard.withProvenCommit(request));
  }
}
