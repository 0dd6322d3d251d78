package io.engramdb.txlog.wire;

import io.netty.channel.Channel;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** One thread that serves the sockets of a lane, and whatever else is given to it. */
public final class WireLoop implements Executor, AutoCloseable {
  private static final boolean EPOLL = Epoll.isAvailable();

  /** A thread that is in the middle of something may end it, for so long. */
  private static final long CLOSE_MS = 2_000;

  private final IoEventLoopGroup group;
  private final EventExecutor thread;

  /** Starts with its first task. */
  public WireLoop(String name) {
    this.group =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory(name, true),
            EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    this.thread = group.next();
  }

  /** Runs the task soon; after the end of the loop it is dropped. */
  @Override
  public void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      if (!thread.isShuttingDown()) {
        throw e;
      }
    }
  }

  /** Runs the task after a while; only from the loop itself. */
  public Future<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return thread.schedule(task, delay, unit);
  }

  /** Whether the caller is this loop. */
  public boolean isInside() {
    return thread.inEventLoop();
  }

  IoEventLoopGroup group() {
    return group;
  }

  static Class<? extends Channel> channelType() {
    return EPOLL ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  static Class<? extends ServerChannel> serverChannelType() {
    return EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** Closes its connections and ends the thread, and waits for it unless called on it. */
  @Override
  public void close() {
    var ended = group.shutdownGracefully(0, CLOSE_MS, TimeUnit.MILLISECONDS);
    if (!isInside()) {
      ended.awaitUninterruptibly(CLOSE_MS);
    }
  }
}
