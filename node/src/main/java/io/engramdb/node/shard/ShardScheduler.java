package io.engramdb.node.shard;

/** The shard's thread and clocks. The event loop in a server, virtual time in a simulation. */
public interface ShardScheduler {

  /** Monotonic nanoseconds. */
  long nanoTime();

  /** Wall clock, Unix milliseconds. */
  long wallMs();

  /** Runs the task on the shard's thread after what runs now; may be called from any thread. */
  void execute(Runnable task);

  /** Runs the task on the shard's thread after that many milliseconds; from any thread. */
  void schedule(Runnable task, long delayMs);

  /** Like {@link #schedule}, for waits that are shorter than a millisecond. */
  default void scheduleMicros(Runnable task, long delayMicros) {
    schedule(task, (delayMicros + 999) / 1000);
  }
}
