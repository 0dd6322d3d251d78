package io.engramdb.node.peer;

import io.engramdb.node.base.Invariant;
import io.engramdb.txlog.api.LogStatus;
import io.engramdb.txlog.api.MemberMessages;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which members of the shard nobody hears any more. Only the primary hears from all of them; it
 * tells the other data nodes, so that a client is told the same by whichever node it asks. Clients
 * compare the answers of several nodes and some believe the one that calls the most nodes healthy.
 *
 * <p>A message: {@link #TYPE}, then for each silent member the length of its name in one byte and
 * the name in UTF-8. It is said when it changes and again and again while anybody is silent; what
 * was heard counts for {@link #VALID_MS}. While all are well nothing is sent.
 *
 * <p>{@link #look} belongs to one thread, {@link #received} to the one of messages, {@link #names}
 * to any.
 */
public final class SilentMembers {

  /** First byte of a message. */
  public static final byte TYPE = 0x30;

  /** How often it is said again that a member is silent, milliseconds. */
  static final long REPEAT_MS = 1000;

  /** How long it counts, milliseconds. */
  static final long VALID_MS = 3 * REPEAT_MS;

  private static final Logger LOG = LoggerFactory.getLogger(SilentMembers.class);
  private static final int MAX_NAME_BYTES = 255;

  private final MemberMessages messages;
  private final List<String> others;
  private final long silentAfterMs;
  private final LongSupplier nanoTime;

  private Set<String> told = Set.of();
  private long toldNanos;
  private volatile Set<String> seen = Set.of();
  private volatile @Nullable Heard heard;

  private record Heard(String from, Set<String> silent, long atNanos) {}

  /**
   * @param others names of the other data members
   * @param silentAfterMs how long a member may say nothing
   */
  public SilentMembers(
      MemberMessages messages, List<String> others, long silentAfterMs, LongSupplier nanoTime) {
    this.messages = messages;
    this.others = List.copyOf(others);
    this.silentAfterMs = silentAfterMs;
    this.nanoTime = nanoTime;
  }

  /** Whether this member's peer answers; only a leader can tell. */
  public boolean answers(LogStatus.Peer peer) {
    return peer.lastHeardMs() >= 0 && peer.lastHeardMs() < silentAfterMs;
  }

  /** Tells the others if there is something to tell. */
  public void look(LogStatus status) {
    if (!status.leading()) {
      told = Set.of();
      seen = told;
      return;
    }
    Set<String> silent = new TreeSet<>();
    for (LogStatus.Peer peer : status.peers()) {
      if (!answers(peer)) {
        silent.add(peer.name());
      }
    }
    seen = silent;
    long nowNanos = nanoTime.getAsLong();
    boolean again =
        !silent.isEmpty() && nowNanos - toldNanos >= TimeUnit.MILLISECONDS.toNanos(REPEAT_MS);
    if (!again && silent.equals(told)) {
      return;
    }
    told = silent;
    toldNanos = nowNanos;
    byte[] message = encode(silent);
    for (String other : others) {
      if (!silent.contains(other)) {
        messages.send(other, message);
      }
    }
  }

  /** Whether a message of another node is meant for {@link #received}. */
  public static boolean takes(byte[] message) {
    return message.length > 0 && message[0] == TYPE;
  }

  /** A message of another node. */
  public void received(String from, byte[] message) {
    Set<String> silent = decode(message);
    if (silent == null) {
      LOG.warn("{} sent {} bytes that name no members", from, message.length);
      return;
    }
    heard = new Heard(from, silent, nanoTime.getAsLong());
  }

  /**
   * Names of the members that do not answer, as far as this node knows.
   *
   * @param leading whether this node hears from them itself
   * @param primary whose word counts otherwise; null if there is none
   */
  public Set<String> names(boolean leading, @Nullable String primary) {
    if (leading) {
      return seen;
    }
    Heard last = heard;
    return last != null
            && last.from().equals(primary)
            && nanoTime.getAsLong() - last.atNanos() < TimeUnit.MILLISECONDS.toNanos(VALID_MS)
        ? last.silent()
        : Set.of();
  }

  static byte[] encode(Set<String> silent) {
    int sizeBytes = 1;
    for (String name : silent) {
      sizeBytes += 1 + name.getBytes(StandardCharsets.UTF_8).length;
    }
    ByteBuffer out = ByteBuffer.allocate(sizeBytes).put(TYPE);
    for (String name : silent) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      Invariant.check(bytes.length <= MAX_NAME_BYTES, "a name of %d bytes", bytes.length);
      out.put((byte) bytes.length).put(bytes);
    }
    return out.array();
  }

  private static @Nullable Set<String> decode(byte[] message) {
    Set<String> silent = new TreeSet<>();
    int at = 1;
    while (at < message.length) {
      int length = Byte.toUnsignedInt(message[at++]);
      if (length > message.length - at) {
        return null;
      }
      silent.add(new String(message, at, length, StandardCharsets.UTF_8));
      at += length;
    }
    return silent;
  }
}
