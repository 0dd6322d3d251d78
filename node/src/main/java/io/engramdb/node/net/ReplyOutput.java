package io.engramdb.node.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one connection on their way out.
 *
 * <p>Small replies gather in one pooled direct buffer until the flush. Large ones stay in the array
 * that was handed over, and pass through direct memory in slices, only as fast as the socket takes
 * them: a slow reader of a huge reply costs no second copy of it. Event loop only.
 */
final class ReplyOutput {

  /**
   * Bytes within the channel above which no more slices are given to it, and below which it goes
   * on.
   */
  static final WriteBufferWaterMark CHANNEL_BYTES = new WriteBufferWaterMark(256 << 10, 1 << 20);

  /** Largest piece that is given to the channel at once, bytes. */
  private static final int SLICE_BYTES = 256 * 1024;

  /** First size of the gathering buffer, bytes. */
  private static final int GATHER_BYTES = 1024;

  private record Segment(byte[] bytes, int offset, int end) {}

  private final ChannelHandlerContext context;
  private final ArrayDeque<Segment> waiting = new ArrayDeque<>(0);
  private @Nullable ByteBuf gathering;

  /** Next byte of the first waiting segment. */
  private int firstOffset;

  private long waitingBytes;
  private long acceptedBytes;

  ReplyOutput(ChannelHandlerContext context) {
    this.context = context;
  }

  void write(byte[] bytes, int offset, int length) {
    acceptedBytes += length;
    if (!waiting.isEmpty()) {
      byte[] copy = new byte[length];
      System.arraycopy(bytes, offset, copy, 0, length);
      enqueue(copy, 0, length);
      return;
    }
    ByteBuf buffer = gathering;
    if (buffer == null) {
      buffer = context.alloc().directBuffer(Math.max(GATHER_BYTES, length));
      gathering = buffer;
    }
    buffer.writeBytes(bytes, offset, length);
  }

  void writeOwned(byte[] bytes, int offset, int length) {
    acceptedBytes += length;
    passGathered();
    enqueue(bytes, offset, length);
  }

  private void enqueue(byte[] bytes, int offset, int length) {
    if (waiting.isEmpty()) {
      firstOffset = offset;
    }
    waiting.add(new Segment(bytes, offset, offset + length));
    waitingBytes += length;
  }

  private void passGathered() {
    ByteBuf buffer = gathering;
    if (buffer != null) {
      gathering = null;
      context.write(buffer, context.voidPromise());
    }
  }

  /** Sends what is there, as far as the channel takes it. */
  void flush() {
    passGathered();
    Channel channel = context.channel();
    while (!waiting.isEmpty() && channel.isWritable()) {
      passSlice();
    }
    context.flush();
  }

  private void passSlice() {
    Segment first = waiting.peekFirst();
    int length = Math.min(SLICE_BYTES, first.end - firstOffset);
    ByteBuf slice = context.alloc().directBuffer(length);
    slice.writeBytes(first.bytes, firstOffset, length);
    firstOffset += length;
    waitingBytes -= length;
    if (firstOffset == first.end) {
      waiting.removeFirst();
      Segment next = waiting.peekFirst();
      firstOffset = next == null ? 0 : next.offset;
    }
    context.write(slice, context.voidPromise());
  }

  /** Whether large replies still wait for the channel. */
  boolean isWaiting() {
    return !waiting.isEmpty();
  }

  /** Bytes that have not left this process. */
  long unsentBytes() {
    ChannelOutboundBuffer outbound = context.channel().unsafe().outboundBuffer();
    long inChannel = outbound == null ? 0 : outbound.totalPendingWriteBytes();
    ByteBuf buffer = gathering;
    return waitingBytes + inChannel + (buffer == null ? 0 : buffer.readableBytes());
  }

  /** Bytes accepted since the last call, for the counters. */
  long takeAcceptedBytes() {
    long bytes = acceptedBytes;
    acceptedBytes = 0;
    return bytes;
  }

  /** Gives everything up. */
  void clear() {
    ByteBuf buffer = gathering;
    if (buffer != null) {
      gathering = null;
      buffer.release();
    }
    waiting.clear();
    waitingBytes = 0;
  }
}
