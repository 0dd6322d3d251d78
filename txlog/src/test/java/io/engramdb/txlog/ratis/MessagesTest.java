package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.MemberMessages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages between members that stand in no log. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MessagesTest {
  private static final int MESSAGE_LANE = 3;

  @TempDir Path root;

  private final ConcurrentLinkedQueue<byte[]> heard = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Runnable> unread = new ConcurrentLinkedQueue<>();

  private MemberMessages listenOn(RatisLogCluster cluster, String name) {
    MemberMessages messages = cluster.logs.get(name).messages();
    messages.receive(
        (from, message, done) -> {
          heard.add(message);
          done.run();
        });
    return messages;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theyArriveWholeAndInOrderWhateverTheirSize() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("messages: seed " + seed);
    Random random = new Random(seed);
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab").startAll()) {
      listenOn(cluster, "b");
      MemberMessages from = cluster.logs.get("a").messages();
      List<byte[]> sent = new ArrayList<>();
      int part = MessageLanes.PART_BYTES;
      for (int size : new int[] {0, 1, 100, part - 1, part, part + 1, 3 * part, 5_000_000, 7}) {
        byte[] message = new byte[size];
        random.nextBytes(message);
        sent.add(message);
        from.send("b", message);
      }
      RatisLogCluster.await("all messages", () -> heard.size() == sent.size());
      for (byte[] message : sent) {
        assertArrayEquals(message, heard.remove());
      }
      assertEquals(0, from.droppedCount());
    }
  }

  @Test
  void whoIsAwayMissesThemAndHearsThoseAfterItsReturn() throws IOException {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "abc").startAll()) {
      MemberMessages from = cluster.logs.get("a").messages();
      cluster.stop("c");
      from.send("c", bytes("nobody is there"));
      RatisLogCluster.await("the loss to be counted", () -> from.droppedCount() == 1);
      from.send("nobody", bytes("no such member"));
      assertEquals(2, from.droppedCount());
      cluster.start("c", false);
      listenOn(cluster, "c");
      RatisLogCluster.await(
          "a message to come through",
          () -> {
            from.send("c", bytes("again"));
            return !heard.isEmpty();
          });
      assertArrayEquals(bytes("again"), heard.peek());
    }
  }

  @Test
  void whatWaitsForASlowMemberIsBounded() throws IOException {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "ab").startAll()) {
      cluster
          .logs
          .get("b")
          .messages()
          .receive(
              (from, message, done) -> {
                heard.add(message);
                unread.add(done);
              });
      MemberMessages from = cluster.logs.get("a").messages();
      int size = 1 << 20;
      int most = (int) (2 * MemberMessages.MAX_WAITING_BYTES / size);
      int sent = 0;
      // The receiver deals with nothing: it stops reading, and the sender's queue fills.
      while (from.droppedCount() == 0) {
        assertTrue(sent++ <= most, "nothing was dropped");
        from.send("b", new byte[size]);
      }
      int expected = sent - 1;
      RatisLogCluster.await(
          "the rest, once they are dealt with",
          () -> {
            for (Runnable done = unread.poll(); done != null; done = unread.poll()) {
              done.run();
            }
            return heard.size() >= expected;
          });
    }
  }

  @Test
  void framesThatMakeNoSenseEndTheirConnection() throws IOException {
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      listenOn(cluster, "a");
      byte[] tooLong =
          ByteBuffer.allocate(13 + MessageLanes.PART_BYTES + 1)
              .putInt(MessageLanes.PART_BYTES + 1)
              .put(MessageLanes.PART)
              .array();
      for (byte[] bytes : List.of(RawPeer.frame(99, 0, new byte[0]), tooLong)) {
        byte[] hello =
            RawPeer.hello(cluster.clusterId, cluster.shardId, "stranger", "a", MESSAGE_LANE);
        try (RawPeer peer = new RawPeer(cluster.members.getFirst().port())) {
          peer.send(hello);
          assertEquals("", peer.answerToHello());
          peer.send(bytes);
          assertEquals(0, peer.untilClosed().length);
        }
      }
      assertTrue(heard.isEmpty());
    }
  }
}
