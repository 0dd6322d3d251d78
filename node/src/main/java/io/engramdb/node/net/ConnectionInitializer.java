package io.engramdb.node.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sets up a new connection: refuses it if it may not be served, TLS in front if the port wants it.
 */
final class ConnectionInitializer extends ChannelInitializer<Channel> {

  private static final long HANDSHAKE_TIMEOUT_SECONDS = 10;

  private final RespServer server;
  private final @Nullable TlsContexts tls;

  ConnectionInitializer(RespServer server, @Nullable TlsContexts tls) {
    this.server = server;
    this.tls = tls;
  }

  @Override
  protected void initChannel(Channel channel) {
    if (server.rejects(channel, tls != null)) {
      return;
    }
    server.transport().keepAlive(channel, server.limits().keepAliveSeconds());
    if (tls != null) {
      SslHandler handler = tls.newHandler(channel.alloc());
      handler.setHandshakeTimeout(HANDSHAKE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      channel.pipeline().addLast(handler);
    }
    channel.pipeline().addLast(new ConnectionHandler(server));
  }
}
