package io.engramdb.txlog.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Asks a machine whether anybody listens on a port. */
public final class WireProbe {
  private static final int CONNECT_MS = 1_000;

  private WireProbe() {}

  /**
   * Runs an action on the loop if the machine is there and refuses connections to the port. If
   * somebody listens, or nobody answers, or the name is not an address, nothing happens.
   *
   * @param address host and port
   */
  public static void ifRefused(WireLoop loop, String address, Runnable action) {
    int colon = address.lastIndexOf(':');
    InetSocketAddress at;
    try {
      // Only a literal: a resolver may take its time.
      InetAddress host = InetAddress.ofLiteral(address.substring(0, colon));
      at = new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      return;
    }
    new Bootstrap()
        .group(loop.group())
        .channel(WireLoop.channelType())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(at)
        .addListener(
            (io.netty.channel.ChannelFuture tried) -> {
              Channel channel = tried.channel();
              channel.close();
              if (tried.cause() instanceof ConnectException refusal && isRefusal(refusal)) {
                action.run();
              }
            });
  }

  /** The system has one error for it; other errors of connecting come as the same class. */
  private static boolean isRefusal(ConnectException failure) {
    String text = failure.getMessage();
    return !(failure instanceof ConnectTimeoutException)
        && text != null
        && text.contains("Connection refused");
  }
}
