package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.sim.NoticeRecorder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/** Envelope, fence, lane and the rejection of foreign epochs, each by itself. */
class EnvelopeAndGuardTest {
  private static final byte[] BYTES = "..payload..".getBytes();

  private static ByteString envelope(long epoch) {
    return RecordEnvelope.encode(RecordKind.DATA, epoch, 7, BYTES, 2, 7);
  }

  @Test
  void anEnvelopeGivesBackWhatWentIn() throws IOException {
    ByteString encoded = envelope(5);
    RecordEnvelope header = RecordEnvelope.header(encoded);
    assertEquals(new RecordEnvelope(RecordKind.DATA, 5, 7, 7), header);
    assertArrayEquals("payload".getBytes(), RecordEnvelope.payload(encoded));
    assertEquals(RecordEnvelope.HEADER_BYTES + 7, encoded.size());
  }

  @Test
  void everyFlippedBitOfAnEnvelopeIsFound() {
    byte[] encoded = envelope(5).toByteArray();
    for (int bit = 0; bit < encoded.length * 8; bit++) {
      byte[] damaged = encoded.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThrows(
          IOException.class,
          () -> RecordEnvelope.payload(ByteString.copyFrom(damaged)),
          "bit " + bit);
    }
    assertThrows(IOException.class, () -> RecordEnvelope.header(ByteString.EMPTY));
  }

  @Test
  void theFenceAdmitsOnlyTheNextRecordOfTheCurrentTerm() throws Exception {
    EpochGuard guard = new EpochGuard();
    guard.admit(3, 1, 3);
    guard.admit(3, 2, 3);
    assertThrows(EpochGuard.Fenced.class, () -> guard.admit(3, 2, 3), "twice");
    assertThrows(EpochGuard.Fenced.class, () -> guard.admit(3, 4, 3), "gap");
    assertThrows(EpochGuard.Fenced.class, () -> guard.admit(3, 3, 4), "past term");
    assertThrows(EpochGuard.Fenced.class, () -> guard.admit(4, 2, 4), "not from 1");
    guard.admit(4, 1, 4);
    assertTrue(guard.isOwn(3) && guard.isOwn(4));
    guard.committed(4);
    assertFalse(guard.isOwn(3));
    assertTrue(guard.isOwn(4));
  }

  @Test
  void aRecordOfAnotherEpochIsAnInternalEntryToEverybody() throws Exception {
    NoticeRecorder heard = new NoticeRecorder();
    NoticeLane lane = new NoticeLane("test", failure -> {});
    CommittedEntryStateMachine bridge =
        new CommittedEntryStateMachine(
            heard,
            lane,
            new EpochGuard(),
            new LeadershipTracker(lane, heard, new CommitWatch(heard)),
            () -> 9,
            LogPosition.NONE);
    for (long epoch = 8; epoch <= 9; epoch++) {
      LogEntryProto entry =
          LogEntryProto.newBuilder()
              .setTerm(9)
              .setIndex(epoch)
              .setStateMachineLogEntry(
                  StateMachineLogEntryProto.newBuilder().setLogData(envelope(epoch)))
              .build();
      bridge.applyTransaction(
          TransactionContext.newBuilder()
              .setStateMachine(bridge)
              .setLogEntry(entry)
              .setServerRole(RaftPeerRole.FOLLOWER)
              .build());
    }
    assertEquals(List.of("internal 9:8", "committed 9:9 payload"), heard.notices());
    assertEquals(1, bridge.rejectedCount());
    assertEquals(9, bridge.getLastAppliedTermIndex().getIndex());
    lane.shutDown();
  }

  @Test
  void aLaneNeverRunsANoticeOnAThreadThatOnlyHandsItIn() throws Exception {
    NoticeLane lane = new NoticeLane("test", failure -> {});
    CountDownLatch done = new CountDownLatch(1);
    Thread[] ran = new Thread[2];
    lane.deliver(() -> ran[0] = Thread.currentThread());
    lane.hand(
        () -> {
          ran[1] = Thread.currentThread();
          done.countDown();
        });
    assertTrue(done.await(20, TimeUnit.SECONDS));
    assertEquals(Thread.currentThread(), ran[0]);
    assertTrue(ran[1] != Thread.currentThread());
    lane.shutDown();
  }

  @Test
  void aFullLaneMakesTheApplyingThreadWaitAndNobodyElse() throws Exception {
    NoticeLane lane = new NoticeLane("test", failure -> {});
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    lane.hand(
        () -> {
          entered.countDown();
          try {
            gate.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertTrue(entered.await(20, TimeUnit.SECONDS));
    CountDownLatch all = new CountDownLatch(NoticeLane.MAX_WAITING_NOTICES + 200);
    Thread applying =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < NoticeLane.MAX_WAITING_NOTICES + 100; i++) {
                    lane.deliver(all::countDown);
                  }
                });
    RatisLogCluster.await(
        "a full lane", () -> lane.waitingCount() >= NoticeLane.MAX_WAITING_NOTICES);
    for (int i = 0; i < 100; i++) {
      lane.hand(all::countDown);
    }
    assertTrue(applying.isAlive(), "the applying thread waits");
    gate.countDown();
    assertTrue(all.await(20, TimeUnit.SECONDS));
    applying.join();
    lane.shutDown();
  }
}
