package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.engine.ExpiryMode;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.resp.Resp3ReplyWriter;
import io.engramdb.node.shard.ReplayExecutor;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Handlers of the hot path leave no garbage behind: pauses of the collector are latency. */
class AllocationTest {

  private static final int WARM_UP_ROUNDS = 100_000;
  private static final int ROUNDS = 100_000;

  /** The JVM's own compilation may allocate on this thread a little. */
  private static final double TOLERATED_BYTES_PER_COMMAND = 1;

  private final CommandTable table = TestShard.table(new ValueLimits());
  private final Keyspaces keyspaces = new Keyspaces(1, null);
  private final ReplayExecutor context = new ReplayExecutor(table, keyspaces);
  private final Resp3ReplyWriter writer = new Resp3ReplyWriter();
  private final ReplyBuffer buffer = new ReplyBuffer();

  private void run(Args args) {
    keyspaces.beginCommand(1, ExpiryMode.REPLAY, true);
    table
        .find(args.array(), args.offset(0), args.length(0))
        .handler()
        .execute(context, args, writer);
    keyspaces.endCommand();
    buffer.take(buffer.sizeBytes());
  }

  private void leavesNoGarbage(String... words) {
    writer.target(buffer);
    Args args = Args.of(words);
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      run(args);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < ROUNDS; i++) {
      run(args);
    }
    double perCommand = (threads.getCurrentThreadAllocatedBytes() - before) / (double) ROUNDS;
    assertTrue(
        perCommand < TOLERATED_BYTES_PER_COMMAND,
        () -> String.join(" ", words) + " allocates " + perCommand + " bytes");
  }

  @Test
  void setOverwritesInPlace() {
    leavesNoGarbage("SET", "key", "value");
  }

  @Test
  void getWritesFromTheValue() {
    run(Args.of("SET", "key", "value"));
    leavesNoGarbage("GET", "key");
  }

  @Test
  void incrOverwritesItsDigits() {
    run(Args.of("SET", "key", "1000000"));
    leavesNoGarbage("INCR", "key");
  }

  @Test
  void getOfAMissingKeyLeavesNothing() {
    leavesNoGarbage("GET", "missing");
  }
}
