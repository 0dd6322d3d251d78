package io.engramdb.txlog.ratis;

import io.engramdb.txlog.Invariant;
import io.engramdb.txlog.api.MemberMessages;
import io.engramdb.txlog.wire.FrameListener;
import io.engramdb.txlog.wire.Lane;
import io.engramdb.txlog.wire.Payload;
import io.engramdb.txlog.wire.WireConnection;
import io.engramdb.txlog.wire.WireLink;
import io.engramdb.txlog.wire.WireLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Messages between members, over {@link Lane#MESSAGES}: in frames of at most 1 MiB, without
 * replies. A link is made with the first message for its member and kept from then on; messages
 * wait while it is being made and are dropped when that fails.
 *
 * <p>Everything but the counters belongs to the one thread of the lane, which starts with the first
 * message.
 */
final class MessageLanes implements MemberMessages, FrameListener, AutoCloseable {

  /** A part of a message; more follow. */
  static final byte PART = 1;

  /** The last part, or the only one. */
  static final byte LAST_PART = 2;

  /** Largest part, bytes. */
  static final int PART_BYTES = 1 << 20;

  /** Messages received and not dealt with, above which nothing more is read, bytes. */
  private static final long MAX_UNREAD_BYTES = 16L << 20;

  private static final int FIRST_BYTES = 256;
  private static final byte[] NONE = new byte[0];

  private final WireLoop loop;
  private final Map<String, Outgoing> outgoing = new ConcurrentHashMap<>();

  /** Connections that something came over. */
  private final Set<WireConnection> connections = new HashSet<>();

  private final Map<WireConnection, Incoming> incoming = new HashMap<>();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong unreadBytes = new AtomicLong();
  private volatile Receiver receiver = (from, message, done) -> done.run();
  private boolean paused;

  MessageLanes(String self) {
    loop = new WireLoop("log-messages-" + self);
  }

  WireLoop loop() {
    return loop;
  }

  /** A member that messages can be sent to. */
  void add(String member, String address, MemberEndpoint endpoint) {
    outgoing.put(member, new Outgoing(member, address, endpoint));
  }

  @Override
  public void receive(Receiver newReceiver) {
    receiver = newReceiver;
  }

  @Override
  public void send(String member, byte[] message) {
    Invariant.check(message.length <= MAX_MESSAGE_BYTES, "message of %d bytes", message.length);
    Outgoing to = outgoing.get(member);
    if (to == null) {
      dropped.incrementAndGet();
      return;
    }
    long waiting = to.waitingBytes.getAndAdd(message.length);
    if (waiting > 0 && waiting + message.length > MAX_WAITING_BYTES) {
      to.waitingBytes.addAndGet(-message.length);
      dropped.incrementAndGet();
      return;
    }
    loop.execute(() -> to.put(message));
  }

  @Override
  public long droppedCount() {
    return dropped.get();
  }

  /** The way to one member. */
  private final class Outgoing implements WireLink.Watcher {
    private final WireLink link;
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private final AtomicLong waitingBytes = new AtomicLong();

    /** Bytes of the first message that are sent. */
    private int sentBytes;

    Outgoing(String member, String address, MemberEndpoint endpoint) {
      link =
          new WireLink(loop, endpoint.hello(Lane.MESSAGES, member), address, endpoint.tls(), this);
    }

    void put(byte[] message) {
      queue.add(message);
      if (link.isUp()) {
        drain();
      } else {
        link.want();
      }
    }

    private void drain() {
      while (!queue.isEmpty() && link.isWritable()) {
        byte[] message = queue.getFirst();
        int part = Math.min(PART_BYTES, message.length - sentBytes);
        boolean last = sentBytes + part == message.length;
        link.tell(last ? LAST_PART : PART, new Part(message, sentBytes, part));
        sentBytes += part;
        if (last) {
          forgetFirst();
        }
      }
      link.flush();
    }

    private void forgetFirst() {
      waitingBytes.addAndGet(-queue.removeFirst().length);
      sentBytes = 0;
    }

    @Override
    public void up(WireLink connected) {
      drain();
    }

    @Override
    public void ready(WireLink writable) {
      drain();
    }

    @Override
    public void down(WireLink gone, String why) {
      dropped.addAndGet(queue.size());
      while (!queue.isEmpty()) {
        forgetFirst();
      }
      // Once used it is kept, so that a member that comes back misses little.
      link.want();
    }
  }

  private record Part(byte[] message, int offset, int length) implements Payload {
    @Override
    public int sizeBytes() {
      return length;
    }

    @Override
    public void writeTo(ByteBuffer target) {
      target.put(message, offset, length);
    }
  }

  // --- receiving

  /** The message that is arriving over one connection. */
  private static final class Incoming {
    private byte[] bytes = NONE;
    private int size;

    void add(byte[] part) {
      if (size + part.length > bytes.length) {
        int doubled = Math.min(MAX_MESSAGE_BYTES, 2 * Math.max(FIRST_BYTES, size));
        bytes = Arrays.copyOf(bytes, Math.max(doubled, size + part.length));
      }
      System.arraycopy(part, 0, bytes, size, part.length);
      size += part.length;
    }
  }

  @Override
  public void received(WireConnection from, byte type, long callId, byte[] body) {
    if (type != PART && type != LAST_PART || body.length > PART_BYTES) {
      from.closeAsBroken("frame of type " + type + " on the lane of messages");
      return;
    }
    if (connections.add(from) && paused) {
      from.read(false);
    }
    Incoming begun = incoming.get(from);
    if (begun != null && (long) begun.size + body.length > MAX_MESSAGE_BYTES) {
      from.closeAsBroken("a message of more than " + MAX_MESSAGE_BYTES + " bytes");
      return;
    }
    byte[] whole = type == LAST_PART && begun == null ? body : gathered(from, begun, type, body);
    if (whole != null) {
      deliver(from.hello().from(), whole);
    }
  }

  private byte @Nullable [] gathered(
      WireConnection from, @Nullable Incoming begun, byte type, byte[] body) {
    Incoming message = begun == null ? new Incoming() : begun;
    message.add(body);
    if (type == PART) {
      incoming.put(from, message);
      return null;
    }
    incoming.remove(from);
    return Arrays.copyOf(message.bytes, message.size);
  }

  private void deliver(String from, byte[] message) {
    if (unreadBytes.addAndGet(message.length) > MAX_UNREAD_BYTES && !paused) {
      paused = true;
      connections.forEach(connection -> connection.read(false));
    }
    receiver.received(from, message, () -> dealtWith(message.length));
  }

  private void dealtWith(int bytes) {
    long left = unreadBytes.addAndGet(-bytes);
    if (left <= MAX_UNREAD_BYTES / 2 && left + bytes > MAX_UNREAD_BYTES / 2) {
      loop.execute(this::goOn);
    }
  }

  private void goOn() {
    if (paused && unreadBytes.get() <= MAX_UNREAD_BYTES / 2) {
      paused = false;
      connections.forEach(connection -> connection.read(true));
    }
  }

  @Override
  public void closed(WireConnection connection) {
    connections.remove(connection);
    incoming.remove(connection);
  }

  @Override
  public void close() {
    loop.execute(() -> outgoing.values().forEach(each -> each.link.close()));
    loop.close();
  }
}
