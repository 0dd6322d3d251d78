package io.engramdb.txlog.wire;

import io.engramdb.txlog.Invariant;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection whose hello was answered: frames in both directions. Only on the thread of its lane.
 *
 * <p>A body is copied once on its way in, from the socket's buffer to the array that the listener
 * gets, and once on its way out. The array for a large body grows with what has arrived, so that a
 * length alone costs nobody memory.
 */
public final class WireConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(WireConnection.class);

  /** Body of the largest frame: an append of Ratis is at most 4 MB and what surrounds it. */
  public static final int MAX_BODY_BYTES = 5 << 20;

  /** Type of a reply that says that its request failed. */
  public static final byte FAILURE = 0;

  static final int HEAD_BYTES = 4 + 1 + 8;

  /** Allocated at once for a body; more as it arrives. */
  private static final int FIRST_BODY_BYTES = 64 << 10;

  private static final int MAX_REASON_BYTES = 1 << 10;

  private final Channel channel;
  private final Hello hello;
  private final FrameListener listener;
  private final byte[] head = new byte[HEAD_BYTES];
  private int headFilled;
  private byte type;
  private long callId;
  private int bodyBytes;
  private byte[] body = head;
  private int bodyFilled;
  private boolean closed;

  WireConnection(Channel channel, Hello hello, FrameListener listener) {
    this.channel = channel;
    this.hello = hello;
    this.listener = listener;
  }

  /** Who is at the ends. */
  public Hello hello() {
    return hello;
  }

  /** Whether more may be written; if not, {@link FrameListener#writable} tells when. */
  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Whether nothing goes over it any more. */
  public boolean isClosed() {
    return closed || !channel.isActive();
  }

  /** Bytes that wait to be sent. */
  public long waitingBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /** Stops or resumes reading: so a listener that has enough slows its peer down. */
  public void read(boolean more) {
    channel.config().setAutoRead(more);
  }

  /** Puts a frame into the buffer of what is to be sent; on a closed connection nothing happens. */
  public void send(byte frameType, long frameCallId, Payload payload) {
    Invariant.check(channel.eventLoop().inEventLoop(), "frame from a foreign thread");
    if (isClosed()) {
      return;
    }
    int size = payload.sizeBytes();
    Invariant.check(size <= MAX_BODY_BYTES, "frame of %d bytes", size);
    ByteBuf buffer = channel.alloc().directBuffer(HEAD_BYTES + size, HEAD_BYTES + size);
    try {
      buffer.writeInt(size).writeByte(frameType).writeLong(frameCallId);
      payload.writeTo(buffer.internalNioBuffer(buffer.writerIndex(), size));
      buffer.writerIndex(HEAD_BYTES + size);
    } catch (IOException e) {
      buffer.release();
      throw new IllegalStateException("a frame can't be written", e);
    }
    channel.write(buffer, channel.voidPromise());
  }

  /** Answers that a request failed. */
  public void sendFailure(long frameCallId, String reason) {
    byte[] all = reason.getBytes(StandardCharsets.UTF_8);
    byte[] text = Arrays.copyOf(all, Math.min(all.length, MAX_REASON_BYTES));
    send(FAILURE, frameCallId, new Text(text));
  }

  private record Text(byte[] bytes) implements Payload {
    @Override
    public int sizeBytes() {
      return bytes.length;
    }

    @Override
    public void writeTo(ByteBuffer target) {
      target.put(bytes);
    }
  }

  static String reason(byte[] body) {
    return printable(
        new String(body, 0, Math.min(body.length, MAX_REASON_BYTES), StandardCharsets.UTF_8));
  }

  /** What a stranger says, fit for a log. */
  static String printable(String text) {
    return text.replaceAll("[^\\x20-\\x7e]", "?");
  }

  /** Sends what was put in. */
  public void flush() {
    channel.flush();
  }

  /** Ends it; {@link FrameListener#closed} follows. */
  public void close() {
    channel.close();
  }

  /** The same because of what the peer sent. */
  public void closeAsBroken(String why) {
    LOG.warn("connection with {} ends: {}", printable(peer()), printable(why));
    close();
  }

  private String peer() {
    return hello.from() + " > " + hello.to() + " " + hello.lane();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      while (!closed && in.isReadable() && channel.isOpen()) {
        if (headFilled < HEAD_BYTES ? readHead(in) : readBody(in)) {
          byte[] whole = body;
          headFilled = 0;
          body = head;
          listener.received(this, type, callId, whole);
        }
      }
    } finally {
      in.release();
    }
  }

  /** Returns whether the frame is whole, which it is after its head if the body is empty. */
  private boolean readHead(ByteBuf in) {
    int count = Math.min(HEAD_BYTES - headFilled, in.readableBytes());
    in.readBytes(head, headFilled, count);
    headFilled += count;
    if (headFilled < HEAD_BYTES) {
      return false;
    }
    ByteBuffer fields = ByteBuffer.wrap(head);
    bodyBytes = fields.getInt();
    type = fields.get();
    callId = fields.getLong();
    if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
      closeAsBroken("a frame of " + Integer.toUnsignedString(bodyBytes) + " bytes");
      closed = true;
      return false;
    }
    body = new byte[Math.min(bodyBytes, FIRST_BODY_BYTES)];
    bodyFilled = 0;
    return bodyBytes == 0;
  }

  private boolean readBody(ByteBuf in) {
    int count = Math.min(bodyBytes - bodyFilled, in.readableBytes());
    if (bodyFilled + count > body.length) {
      int room = Math.min(bodyBytes, Math.max(4 * body.length, bodyFilled + count));
      body = Arrays.copyOf(body, room);
    }
    in.readBytes(body, bodyFilled, count);
    bodyFilled += count;
    return bodyFilled == bodyBytes;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!closed) {
      listener.drained(this);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!closed && channel.isWritable()) {
      listener.writable(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closed = true;
    listener.closed(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("connection {}", peer(), cause);
    } else {
      LOG.error("connection with {} ends", printable(peer()), cause);
    }
    context.close();
  }
}
