package io.engramdb.node.net;

import io.engramdb.node.metrics.NodeMetrics;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the clients of one shard, on the event loop that is the shard's thread.
 *
 * <p>{@link #bind}, {@link #stopAccepting} and {@link #close} may be called from any other thread
 * and wait; everything else happens on the loop.
 */
public final class RespServer {

  private static final byte[] TOO_MANY =
      "-ERR max number of clients reached\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] PROTECTED =
      ("-DENIED Protected mode: the default user has no password, so clients may connect over the"
              + " loopback interface only. Set requirepass, or switch protected-mode off.\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  private static final long IDLE_SWEEP_SECONDS = 1;

  /** First and least size of a read, bytes; it adapts up to {@link RequestInput#MAX_READ_BYTES}. */
  private static final int LEAST_READ_BYTES = 512;

  private static final int FIRST_READ_BYTES = 4096;

  /**
   * What a server is made of.
   *
   * @param transport how sockets are served; the loop must be of the same kind
   * @param loop a group of one event loop, the shard's thread
   * @param localOnly whether only the loopback interface is served at present (protected mode)
   * @param fatal told of errors that the process must not survive
   */
  public record Parts(
      TransportChoice transport,
      IoEventLoopGroup loop,
      SessionFactory sessions,
      NodeMetrics metrics,
      BooleanSupplier localOnly,
      Consumer<Error> fatal) {}

  private final Parts parts;
  private final EventLoop loop;
  private final RequestInput.Scratch scratch = new RequestInput.Scratch();
  private final InputBudget inputBudget = new InputBudget();
  private final Set<ConnectionHandler> connections = new LinkedHashSet<>();
  private final List<Channel> listening = new ArrayList<>();
  private volatile ConnectionLimits limits;

  public RespServer(Parts parts, ConnectionLimits limits) {
    this.parts = parts;
    this.limits = limits;
    this.loop = parts.loop().next();
    loop.scheduleAtFixedRate(
        this::sweepIdle, IDLE_SWEEP_SECONDS, IDLE_SWEEP_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Begins to accept connections on one address. Several may be bound, with and without TLS.
   *
   * @param port 0 lets the system choose
   * @param tls null for plain connections
   * @return the port
   * @throws IOException if the address can't be bound
   */
  public int bind(String host, int port, int backlog, @Nullable TlsContexts tls)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(parts.loop())
            .channel(parts.transport().serverChannel())
            .option(ChannelOption.SO_BACKLOG, backlog)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, ReplyOutput.CHANNEL_BYTES)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(
                    LEAST_READ_BYTES, FIRST_READ_BYTES, RequestInput.MAX_READ_BYTES))
            .childHandler(new ConnectionInitializer(this, tls));
    var bound = bootstrap.bind(new InetSocketAddress(host, port)).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("can't listen on " + host + ':' + port + ": " + reason(bound.cause()));
    }
    synchronized (listening) {
      listening.add(bound.channel());
    }
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  private static String reason(@Nullable Throwable cause) {
    return cause == null ? "unknown" : String.valueOf(cause.getMessage());
  }

  /** Limits that hold from now on, for open connections too; any thread. */
  public void limits(ConnectionLimits newLimits) {
    limits = newLimits;
  }

  public ConnectionLimits limits() {
    return limits;
  }

  /** Closes the listening sockets; connections stay. */
  public void stopAccepting() {
    List<Channel> closing;
    synchronized (listening) {
      closing = List.copyOf(listening);
      listening.clear();
    }
    for (Channel channel : closing) {
      channel.close().awaitUninterruptibly();
    }
  }

  /** Closes the listening sockets and every connection. The loop goes on. */
  public void close() {
    stopAccepting();
    loop.submit(
            () -> {
              for (ConnectionHandler connection : List.copyOf(connections)) {
                connection.close();
              }
            })
        .awaitUninterruptibly();
  }

  // --- connections

  /** Connections now; loop only. */
  public int connectionCount() {
    return connections.size();
  }

  /** Sends a connection away that may not be served; returns whether it was. */
  boolean rejects(Channel channel, boolean tls) {
    byte[] reason = refusal(channel);
    if (reason == null) {
      return false;
    }
    parts.metrics().connectionsRejected++;
    // A client that speaks TLS could not read the text, and a handshake is not worth it.
    ByteBuf text = tls ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reason);
    channel.writeAndFlush(text).addListener(ChannelFutureListener.CLOSE);
    return true;
  }

  private byte @Nullable [] refusal(Channel channel) {
    if (connections.size() >= limits.maxClients()) {
      return TOO_MANY;
    }
    boolean refused =
        parts.localOnly().getAsBoolean() && !SocketAddresses.isLocal(channel.remoteAddress());
    return refused ? PROTECTED : null;
  }

  void joined(ConnectionHandler connection) {
    connections.add(connection);
    NodeMetrics metrics = parts.metrics();
    metrics.connectionsReceived++;
    metrics.connectedClients = connections.size();
    metrics.maxConnectedClients = Math.max(metrics.maxConnectedClients, connections.size());
  }

  void left(ConnectionHandler connection) {
    connections.remove(connection);
    parts.metrics().connectedClients = connections.size();
  }

  void failed(Error error) {
    parts.fatal().accept(error);
  }

  TransportChoice transport() {
    return parts.transport();
  }

  SessionFactory sessions() {
    return parts.sessions();
  }

  NodeMetrics metrics() {
    return parts.metrics();
  }

  RequestInput.Scratch scratch() {
    return scratch;
  }

  InputBudget inputBudget() {
    return inputBudget;
  }

  private void sweepIdle() {
    long timeoutSeconds = limits.idleTimeoutSeconds();
    if (timeoutSeconds == 0) {
      return;
    }
    long nowNs = System.nanoTime();
    long timeoutNs = TimeUnit.SECONDS.toNanos(timeoutSeconds);
    for (ConnectionHandler connection : List.copyOf(connections)) {
      connection.closeIfIdle(nowNs, timeoutNs);
    }
  }
}
