package io.engramdb.node.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import jdk.net.ExtendedSocketOptions;

/** How sockets are served: the fastest way that the kernel gives, or the one asked for. */
public enum TransportChoice {
  IO_URING,
  EPOLL,
  NIO;

  /** Keep-alive probes without an answer after which a peer counts as dead. */
  private static final int PROBES = 3;

  /** The best one that works here. */
  public static TransportChoice best() {
    for (TransportChoice choice : values()) {
      if (choice.isAvailable()) {
        return choice;
      }
    }
    return NIO;
  }

  public boolean isAvailable() {
    return switch (this) {
      case IO_URING -> IoUring.isAvailable();
      case EPOLL -> Epoll.isAvailable();
      case NIO -> true;
    };
  }

  /** A group of one event loop, the thread of one shard. */
  public IoEventLoopGroup newLoop(String threadName) {
    IoHandlerFactory handlers =
        switch (this) {
          case IO_URING -> IoUringIoHandler.newFactory();
          case EPOLL -> EpollIoHandler.newFactory();
          case NIO -> NioIoHandler.newFactory();
        };
    return PollingLoop.group(new DefaultThreadFactory(threadName), handlers);
  }

  Class<? extends ServerChannel> serverChannel() {
    return switch (this) {
      case IO_URING -> IoUringServerSocketChannel.class;
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }

  /** Lets the kernel find dead peers; 0 seconds: does not. Three probes within the interval. */
  void keepAlive(Channel channel, int seconds) {
    if (seconds == 0) {
      return;
    }
    ChannelConfig config = channel.config();
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    int probeSeconds = Math.max(1, seconds / PROBES);
    switch (this) {
      case IO_URING -> {
        config.setOption(IoUringChannelOption.TCP_KEEPIDLE, seconds);
        config.setOption(IoUringChannelOption.TCP_KEEPINTVL, probeSeconds);
        config.setOption(IoUringChannelOption.TCP_KEEPCNT, PROBES);
      }
      case EPOLL -> {
        config.setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
        config.setOption(EpollChannelOption.TCP_KEEPINTVL, probeSeconds);
        config.setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
      }
      case NIO -> {
        config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), seconds);
        config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), probeSeconds);
        config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), PROBES);
      }
    }
  }
}
