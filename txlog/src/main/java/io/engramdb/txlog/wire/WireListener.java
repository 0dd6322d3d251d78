package io.engramdb.txlog.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the connections of other members in: each is asked who it is, then belongs to the thread of
 * its lane. Connections are accepted and asked on the thread of {@link Lane#CONTROL}.
 */
public final class WireListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WireListener.class);

  /** Connections at a time, those that have not said who they are included. */
  public static final int MAX_CONNECTIONS = 64;

  /** Replies that wait for a peer that does not read: above it, its requests are not read. */
  private static final int BACKLOG = 64;

  /** A line in the log about refused connections, at most so often. */
  private static final long REFUSAL_LINE_NS = 1_000_000_000L;

  /** Who reads the connections of a lane, and on which thread. */
  public record Reader(WireLoop loop, FrameListener listener) {}

  private final WireLoop control;
  private final @Nullable WireTls tls;
  private final Hello.Gate gate;
  private final Map<Lane, Reader> readers;
  private @Nullable Channel server;

  /** Control thread only. */
  private int connections;

  private long lastRefusalLineNs = System.nanoTime() - REFUSAL_LINE_NS;
  private long unsaidRefusals;

  /**
   * Nothing is open before {@link #open}.
   *
   * @param readers of each lane
   */
  public WireListener(@Nullable WireTls tls, Hello.Gate gate, Map<Lane, Reader> readers) {
    this.tls = tls;
    this.gate = gate;
    this.readers = new EnumMap<>(readers);
    this.control = reader(Lane.CONTROL).loop();
  }

  private Reader reader(Lane lane) {
    return Objects.requireNonNull(readers.get(lane));
  }

  /**
   * Listens.
   *
   * @param address null for all addresses of the machine
   * @param port 0 for any
   */
  public synchronized void open(@Nullable InetAddress address, int port) throws IOException {
    InetSocketAddress at =
        address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(control.group())
            .channel(WireLoop.serverChannelType())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WireLink.WATER_MARK)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted(channel);
                  }
                })
            .bind(at)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "the log can't listen on " + at + ": " + bound.cause().getMessage(), bound.cause());
    }
    server = bound.channel();
  }

  /** Where it listens. */
  public synchronized InetSocketAddress address() {
    if (server == null) {
      throw new IllegalStateException("not open");
    }
    return (InetSocketAddress) server.localAddress();
  }

  private void accepted(Channel channel) {
    connections++;
    channel.closeFuture().addListener(done -> control.execute(() -> connections--));
    if (connections > MAX_CONNECTIONS) {
      refused(channel, "there are " + MAX_CONNECTIONS + " connections already");
      channel.close();
      return;
    }
    if (tls != null) {
      channel.pipeline().addLast(tls.accepting(channel.alloc()));
    }
    channel.pipeline().addLast(new HelloGate(this));
  }

  String refusal(Hello hello) {
    return gate.refusal(hello);
  }

  /** Says so in the log, but not for each of many. */
  void refused(Channel channel, String why) {
    long now = System.nanoTime();
    if (now - lastRefusalLineNs < REFUSAL_LINE_NS) {
      unsaidRefusals++;
      return;
    }
    LOG.warn(
        "connection from {} to the log is refused: {} ({} more refused since the last such line)",
        channel.remoteAddress(),
        WireConnection.printable(why),
        unsaidRefusals);
    lastRefusalLineNs = now;
    unsaidRefusals = 0;
  }

  WireLoop loop(Lane lane) {
    return reader(lane).loop();
  }

  FrameListener listener(Lane lane) {
    return reader(lane).listener();
  }

  /** Accepts nobody any more; connections end with their loops. */
  @Override
  public synchronized void close() {
    if (server != null) {
      server.close().awaitUninterruptibly();
    }
  }
}
