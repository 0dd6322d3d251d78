package io.engramdb.txlog.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks an accepted connection who it is, and lets it through to the thread of its lane or closes
 * it. Before that nobody gets more than {@link Hello#MAX_REST_BYTES} bytes of memory or {@link
 * #DEADLINE_MS} of time.
 */
final class HelloGate extends ChannelInboundHandlerAdapter {
  /** For TLS and hello together. */
  static final long DEADLINE_MS = 10_000;

  static final int MAX_REASON_BYTES = 200;

  private final WireListener owner;
  private byte[] bytes = new byte[Hello.HEAD_BYTES];
  private int filled;
  private boolean headRead;
  private boolean decided;
  private @Nullable Future<?> deadline;

  HelloGate(WireListener owner) {
    this.owner = owner;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    deadline =
        context
            .executor()
            .schedule(
                () -> refuse(context, "it did not say who it is", false),
                DEADLINE_MS,
                TimeUnit.MILLISECONDS);
    context.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      while (!decided && in.isReadable()) {
        int count = Math.min(bytes.length - filled, in.readableBytes());
        in.readBytes(bytes, filled, count);
        filled += count;
        if (filled == bytes.length) {
          whole(context);
        }
      }
      if (in.isReadable() && context.channel().isOpen()) {
        // Nobody speaks on before the answer: it would be read by the wrong thread.
        context.close();
      }
    } catch (ProtocolException e) {
      refuse(context, String.valueOf(e.getMessage()), false);
    } finally {
      in.release();
    }
  }

  private void whole(ChannelHandlerContext context) throws ProtocolException {
    if (!headRead) {
      headRead = true;
      bytes = new byte[Hello.restBytes(ByteBuffer.wrap(bytes))];
      filled = 0;
      if (bytes.length > 0) {
        return;
      }
    }
    Hello hello = Hello.decode(ByteBuffer.wrap(bytes));
    String refusal = owner.refusal(hello);
    if (refusal.isEmpty()) {
      admit(context, hello);
    } else {
      refuse(context, hello.from() + " said " + hello.lane() + ": " + refusal, true);
    }
  }

  private void admit(ChannelHandlerContext context, Hello hello) {
    decide();
    Channel channel = context.channel();
    channel
        .pipeline()
        .replace(this, "frames", new WireConnection(channel, hello, owner.listener(hello.lane())));
    if (hello.lane() == Lane.CONTROL) {
      channel.writeAndFlush(answer(""));
      return;
    }
    channel
        .deregister()
        .addListener(
            gone ->
                owner
                    .loop(hello.lane())
                    .group()
                    .register(channel)
                    .addListener(
                        there -> {
                          if (there.isSuccess()) {
                            channel.writeAndFlush(answer(""));
                          } else {
                            channel.close();
                          }
                        }));
  }

  private void refuse(ChannelHandlerContext context, String why, boolean tell) {
    if (decided) {
      return;
    }
    decide();
    owner.refused(context.channel(), why);
    if (tell) {
      context.writeAndFlush(answer(why)).addListener(ChannelFutureListener.CLOSE);
    } else {
      context.close();
    }
  }

  private void decide() {
    decided = true;
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  static ByteBuf answer(String refusal) {
    byte[] all = refusal.getBytes(StandardCharsets.UTF_8);
    byte[] text = Arrays.copyOf(all, Math.min(all.length, MAX_REASON_BYTES));
    return Unpooled.buffer(7 + text.length)
        .writeInt(Hello.MAGIC)
        .writeShort(Hello.VERSION)
        .writeByte(text.length)
        .writeBytes(text);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    decide();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Most often TLS: a certificate that the authority did not sign, or no TLS at all.
    Throwable root = cause.getCause() == null ? cause : cause.getCause();
    refuse(context, String.valueOf(root.getMessage()), false);
  }
}
