package io.engramdb.txlog.ratis;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.util.AwaitForSignal;
import org.jspecify.annotations.Nullable;

/**
 * Ratis' sender to one follower, woken only when there is something to send.
 *
 * <p>Ratis wakes its senders at each reply of any follower and at each move of the commit index,
 * some eight times per record, and nearly always they find nothing to do: the commit index travels
 * with the next entries or the next heartbeat. Here a signal without entries to send and without a
 * heartbeat due wakes nobody. Since every signal counts now, none may be lost: one that comes while
 * the sender is awake is kept for its next wait (Ratis' own forgets it).
 */
final class FrugalLogAppender extends GrpcLogAppender {
  private final Signal signal = new Signal(toString());

  FrugalLogAppender(RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
    super(server, leader, follower);
  }

  @Override
  public void notifyLogAppender() {
    // The log and the follower's next index were changed before this call.
    if (shouldSendAppendEntries()) {
      signal.signal();
    }
  }

  @Override
  public AwaitForSignal getEventAwaitForSignal() {
    return signal;
  }

  /** A signal that is kept until somebody waits for it; one thread waits, any may signal. */
  static final class Signal extends AwaitForSignal {
    private final AtomicBoolean given = new AtomicBoolean();
    private volatile @Nullable Thread waiter;

    Signal(String name) {
      super(name);
    }

    @Override
    public void await() throws InterruptedException {
      await(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }

    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
      long beginNanos = System.nanoTime();
      long waitNanos = unit.toNanos(time);
      waiter = Thread.currentThread();
      while (!given.getAndSet(false)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        long leftNanos = waitNanos - (System.nanoTime() - beginNanos);
        if (leftNanos <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, leftNanos);
      }
      return true;
    }

    @Override
    public void signal() {
      // Who gave it first wakes the waiter.
      if (!given.getAndSet(true)) {
        LockSupport.unpark(waiter);
      }
    }
  }
}
