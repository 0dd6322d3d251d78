package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever reaches a member's port and is no member costs it a connection, for a moment. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileBytesTest {
  private static final String APPEND = "RaftServerImpl.appendEntries";
  private static final String VOTE = "RaftServerImpl.requestVote";

  @TempDir Path root;
  private RatisLogCluster cluster;
  private int port;

  /** Requests of others that Ratis saw. */
  private final AtomicInteger reached = new AtomicInteger();

  @BeforeEach
  void startOneMember() throws IOException {
    cluster = new RatisLogCluster(root, "a").startAll();
    port = cluster.members.getFirst().port();
    cluster.awaitLeader();
    CodeInjectionForTesting.put(APPEND, (local, remote, args) -> reached.incrementAndGet() > 0);
    CodeInjectionForTesting.put(VOTE, (local, remote, args) -> reached.incrementAndGet() > 0);
  }

  @AfterEach
  void stillWorksAndNothingReachedRatis() {
    CodeInjectionForTesting.remove(APPEND);
    CodeInjectionForTesting.remove(VOTE);
    String leader = cluster.awaitLeader();
    cluster.awaitCommitted(leader, cluster.propose(leader, "after it"));
    cluster.close();
  }

  private byte[] hello(int lane) {
    return RawPeer.hello(cluster.clusterId, cluster.shardId, "stranger", "a", lane);
  }

  private RawPeer welcomed(int lane) throws IOException {
    RawPeer peer = new RawPeer(port);
    peer.send(hello(lane));
    assertEquals("", peer.answerToHello());
    return peer;
  }

  private void assertRefused(byte[] hello, String reason) throws IOException {
    try (RawPeer peer = new RawPeer(port)) {
      peer.send(hello);
      String answer = peer.answerToHello();
      assertTrue(answer.contains(reason), answer);
      assertEquals(0, peer.untilClosed().length);
    }
  }

  private void assertHungUp(byte[] bytes) throws IOException {
    try (RawPeer peer = new RawPeer(port)) {
      peer.send(bytes);
      assertEquals(0, peer.untilClosed().length);
    }
  }

  @Test
  void membersOfOthersAreToldWhyTheyAreRefused() throws IOException {
    UUID other = UUID.randomUUID();
    assertRefused(RawPeer.hello(other, cluster.shardId, "b", "a", 1), "cluster " + other);
    assertRefused(RawPeer.hello(cluster.clusterId, other, "b", "a", 2), "shard " + other);
    assertRefused(
        RawPeer.hello(cluster.clusterId, cluster.shardId, "b", "c", 1), "looks for c, this is a");
    assertEquals(0, reached.get());
  }

  @Test
  void whatIsNoHelloIsNotAnswered() throws IOException {
    byte[] wrongMagic = hello(1);
    wrongMagic[0]++;
    assertHungUp(wrongMagic);
    byte[] wrongVersion = hello(1);
    wrongVersion[5]++;
    assertHungUp(wrongVersion);
    assertHungUp(hello(9));
    byte[] tooLong = hello(1);
    tooLong[6] = 0x7f;
    assertHungUp(tooLong);
    byte[] longName = hello(1);
    longName[8 + 33] = (byte) 200;
    assertHungUp(longName);
    assertHungUp("GET / HTTP/1.1\r\n\r\n".getBytes());
    assertEquals(0, reached.get());
  }

  @Test
  void halfAHelloIsNotWaitedForLong() throws IOException {
    byte[] half = new byte[20];
    System.arraycopy(hello(1), 0, half, 0, half.length);
    assertHungUp(half);
  }

  @Test
  void framesThatMakeNoSenseEndTheirConnection() throws IOException {
    byte[] huge = ByteBuffer.allocate(13).putInt(Integer.MAX_VALUE).array();
    byte[] negative = ByteBuffer.allocate(13).putInt(-1).array();
    for (int lane : new int[] {RawPeer.APPENDS, RawPeer.CONTROL}) {
      for (byte[] bytes :
          List.of(
              huge,
              negative,
              RawPeer.frame(99, 1, new byte[0]),
              RawPeer.frame(WireMessage.APPEND, 1, new byte[] {1, 2, 3}),
              RawPeer.frame(0, 1, new byte[5]))) {
        try (RawPeer peer = welcomed(lane)) {
          peer.send(bytes);
          assertEquals(0, peer.untilClosed().length);
        }
      }
    }
    assertEquals(0, reached.get());
  }

  private AppendEntriesRequestProto append(String from, int entries) {
    AppendEntriesRequestProto.Builder request =
        AppendEntriesRequestProto.newBuilder()
            .setServerRequest(header(from))
            .setLeaderTerm(1_000_000);
    for (int i = 0; i < entries; i++) {
      request.addEntries(LogEntryProto.newBuilder().setTerm(1_000_000).setIndex(i));
    }
    return request.build();
  }

  private RaftRpcRequestProto header(String from) {
    return RaftRpcRequestProto.newBuilder()
        .setRequestorId(ByteString.copyFromUtf8(from))
        .setReplyId(ByteString.copyFromUtf8("a"))
        .setRaftGroupId(
            RaftGroupIdProto.newBuilder()
                .setId(RaftGroupId.valueOf(cluster.shardId).toByteString()))
        .build();
  }

  @Test
  void nobodySpeaksForAnotherOrOnTheWrongLane() throws IOException {
    RequestVoteRequestProto vote =
        RequestVoteRequestProto.newBuilder()
            .setServerRequest(header("b"))
            .setCandidateTerm(1_000_000)
            .build();
    assertEnds(RawPeer.CONTROL, WireMessage.VOTE, vote.toByteArray());
    assertEnds(RawPeer.CONTROL, WireMessage.APPEND, append("b", 0).toByteArray());
    assertEnds(RawPeer.APPENDS, WireMessage.APPEND, append("b", 1).toByteArray());
    assertEnds(RawPeer.CONTROL, WireMessage.APPEND, append("stranger", 1).toByteArray());
    assertEnds(RawPeer.APPENDS, WireMessage.APPEND, append("stranger", 0).toByteArray());
    assertEnds(RawPeer.APPENDS, WireMessage.VOTE, vote.toByteArray());
    assertEquals(0, reached.get());
  }

  private void assertEnds(int lane, int type, byte[] body) throws IOException {
    try (RawPeer peer = welcomed(lane)) {
      peer.send(RawPeer.frame(type, 1, body));
      assertEquals(0, peer.untilClosed().length);
    }
  }

  @Test
  void aFrameMayComeByteByByteAndManyAtOnce() throws IOException {
    // Entry 0 of a term of long ago: refused by Ratis, so that it changes nothing.
    AppendEntriesRequestProto old =
        append("stranger", 1).toBuilder()
            .setLeaderTerm(0)
            .setEntries(0, LogEntryProto.newBuilder().setTerm(0).setIndex(0))
            .build();
    byte[] frame = RawPeer.frame(WireMessage.APPEND, 7, old.toByteArray());
    try (RawPeer peer = welcomed(RawPeer.APPENDS)) {
      for (byte single : frame) {
        peer.send(new byte[] {single});
      }
      RawPeer.Frame reply = peer.readFrame();
      assertEquals(WireMessage.APPEND_REPLY, reply.type());
      assertEquals(7, reply.callId());
      assertEquals(
          AppendEntriesReplyProto.AppendResult.NOT_LEADER,
          AppendEntriesReplyProto.parseFrom(reply.body()).getResult());
      ByteBuffer many = ByteBuffer.allocate(3 * frame.length);
      peer.send(many.put(frame).put(frame).put(frame).array());
      for (int i = 0; i < 3; i++) {
        assertEquals(7, peer.readFrame().callId());
      }
    }
  }

  @Test
  void randomBytesReachNobody() throws IOException {
    long seed = System.nanoTime();
    System.out.println("randomBytesReachNobody seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[1 + random.nextInt(2_000)];
      random.nextBytes(bytes);
      boolean known = random.nextBoolean();
      try (RawPeer peer = known ? welcomed(1 + random.nextInt(2)) : new RawPeer(port)) {
        if (known) {
          // A length that passes, so that the bytes are looked at.
          ByteBuffer.wrap(bytes).putInt(0, random.nextInt(bytes.length)).put(4, (byte) 1);
        }
        peer.send(bytes);
      } catch (SocketException e) {
        // The member was faster.
      } catch (IndexOutOfBoundsException e) {
        // Too short to hold a length.
      }
    }
    assertEquals(0, reached.get());
  }

  @Test
  void connectionsAreCountedAndHalfFramesHoldNobodyUp() throws IOException {
    List<RawPeer> peers = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        RawPeer peer = welcomed(RawPeer.APPENDS);
        peers.add(peer);
        // Says that five megabytes will come, and sends a few.
        peer.send(ByteBuffer.allocate(100).putInt(5 << 20).put((byte) 1).array());
      }
      String leader = cluster.awaitLeader();
      cluster.awaitCommitted(leader, cluster.propose(leader, "meanwhile"));
      boolean refused = false;
      for (int i = 0; i < 40 && !refused; i++) {
        RawPeer peer = new RawPeer(port);
        peers.add(peer);
        peer.send(hello(RawPeer.CONTROL));
        refused = isHungUpOn(peer);
      }
      assertTrue(refused, "more than 64 connections at a time");
    } finally {
      for (RawPeer peer : peers) {
        peer.close();
      }
    }
  }

  private static boolean isHungUpOn(RawPeer peer) {
    try {
      peer.answerToHello();
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
