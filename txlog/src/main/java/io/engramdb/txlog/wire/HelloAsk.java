package io.engramdb.txlog.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Says who connects, as soon as the connection stands, and waits for the answer. */
final class HelloAsk extends ChannelInboundHandlerAdapter {
  private static final int HEAD_BYTES = 7;

  private final Hello hello;
  private final Verdict verdict;
  private final byte[] bytes = new byte[HEAD_BYTES + HelloGate.MAX_REASON_BYTES];
  private int filled;
  private boolean decided;

  /** Hears the answer, once. */
  interface Verdict {
    /** The peer takes frames now; {@code handler} may be replaced. */
    void welcome(ChannelHandlerContext handler);

    /** It does not; the connection is closed. */
    void failed(String why, boolean refused);
  }

  HelloAsk(Hello hello, Verdict verdict) {
    this.hello = hello;
    this.verdict = verdict;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null) {
      say(context);
    } else {
      tls.handshakeFuture()
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  say(context);
                } else {
                  fail(context, "TLS: " + done.cause().getMessage(), true);
                }
              });
    }
    context.fireChannelActive();
  }

  private void say(ChannelHandlerContext context) {
    context.writeAndFlush(Unpooled.wrappedBuffer(hello.encode()));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      while (!decided && in.isReadable()) {
        int wanted = filled < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + (bytes[6] & 0xff);
        int count = Math.min(wanted - filled, in.readableBytes());
        in.readBytes(bytes, filled, count);
        filled += count;
        check(context);
      }
    } finally {
      in.release();
    }
  }

  private void check(ChannelHandlerContext context) {
    if (filled < HEAD_BYTES) {
      return;
    }
    ByteBuffer head = ByteBuffer.wrap(bytes);
    int magic = head.getInt();
    int version = head.getShort() & 0xffff;
    int reasonBytes = head.get() & 0xff;
    if (magic != Hello.MAGIC || reasonBytes > HelloGate.MAX_REASON_BYTES) {
      fail(context, "no member of a log listens there", true);
    } else if (version != Hello.VERSION) {
      fail(context, "it speaks version " + version + ", not " + Hello.VERSION, true);
    } else if (filled == HEAD_BYTES + reasonBytes) {
      if (reasonBytes == 0) {
        decided = true;
        verdict.welcome(context);
      } else {
        byte[] reason = Arrays.copyOfRange(bytes, HEAD_BYTES, filled);
        fail(context, WireConnection.printable(new String(reason, StandardCharsets.UTF_8)), true);
      }
    }
  }

  void fail(ChannelHandlerContext context, String why, boolean refused) {
    if (!decided) {
      decided = true;
      verdict.failed(why, refused);
    }
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context, "it hung up", false);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(context, String.valueOf(cause.getMessage()), false);
  }
}
