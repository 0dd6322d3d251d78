package io.engramdb.node.net;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * An event loop that can look at its sockets in the middle of a task.
 *
 * <p>Not in the middle of another look: the transports keep what the kernel gave them in one array,
 * which a look inside of a look would overwrite. Tasks are not run by it, so whatever was postponed
 * stays postponed.
 */
public final class PollingLoop extends SingleThreadIoEventLoop {

  /** Without waiting. */
  private static final IoHandlerContext AT_ONCE =
      new IoHandlerContext() {
        @Override
        public boolean canBlock() {
          return false;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
          return 0;
        }

        @Override
        public long deadlineNanos() {
          return -1;
        }
      };

  private boolean looking;

  private PollingLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory handlers) {
    super(parent, executor, handlers);
  }

  /** A group of one such loop. */
  static IoEventLoopGroup group(ThreadFactory threads, IoHandlerFactory handlers) {
    return new MultiThreadIoEventLoopGroup(1, threads, handlers) {
      @Override
      protected IoEventLoop newChild(
          Executor executor, IoHandlerFactory ioHandlers, Object... unused) {
        return new PollingLoop(this, executor, ioHandlers);
      }
    };
  }

  @Override
  protected int runIo() {
    looking = true;
    try {
      return super.runIo();
    } finally {
      looking = false;
    }
  }

  /** Serves what the sockets have just now; does nothing inside of what that calls. Loop only. */
  public void lookAround() {
    if (looking || !inEventLoop()) {
      return;
    }
    looking = true;
    try {
      ioHandler().run(AT_ONCE);
    } finally {
      looking = false;
    }
  }
}
