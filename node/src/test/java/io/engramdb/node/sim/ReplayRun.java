package io.engramdb.node.sim;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.ClientState;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.metrics.NodeMetrics;
import io.engramdb.node.resp.Resp2ReplyWriter;
import io.engramdb.node.shard.EffectLog;
import io.engramdb.node.shard.ExecutionListener;
import io.engramdb.node.shard.ReplayExecutor;
import io.engramdb.node.shard.Shard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/** A primary alone, with keys that expire all the time, and what a replica makes of its log. */
final class ReplayRun {

  private static final int STEPS = 400;
  private static final long EPOCH = 1;

  private final Random random;
  private final CommandTable table = SimNode.table();
  private final Keyspaces keyspaces = new Keyspaces(SimNode.DATABASES, null);
  private final ManualScheduler scheduler = new ManualScheduler(SimScheduler.BIRTH_MS);
  private final List<byte[]> records = new ArrayList<>();
  private final Shard shard;
  private final ClientState client = new ClientState(1, "", "", 0);
  private final ReplyBuffer replies = new ReplyBuffer();
  private final Resp2ReplyWriter writer = new Resp2ReplyWriter();
  private int committed;

  ReplayRun(long seed) {
    random = new Random(seed);
    writer.target(replies);
    EffectLog log =
        (epoch, sequence, kind, bytes, offset, length) -> {
          records.add(Arrays.copyOfRange(bytes, offset, offset + length));
          return new EffectLog.Position(epoch, records.size());
        };
    shard =
        new Shard(
            new Shard.Parts(
                table,
                List.of(),
                keyspaces,
                log,
                scheduler,
                new SplittableRandom(seed),
                ExecutionListener.NONE,
                new NodeMetrics(),
                250));
    shard.lead(EPOCH, null);
  }

  /** Runs; whether the replica's memory is the primary's. */
  boolean agrees() {
    for (int i = 0; i < STEPS; i++) {
      execute();
      scheduler.advance(random.nextInt(8));
      switch (random.nextInt(6)) {
        case 0 -> scheduler.runReady();
        case 1 -> commitOne();
        case 2 -> scheduler.runTimers();
        default -> {}
      }
    }
    scheduler.runReady();
    while (!shard.isDrained()) {
      commitOne();
      // A record may wait for clients to return.
      scheduler.advance(3);
      scheduler.runTimers();
    }
    // Long after: a replay that looked at a clock would find everything expired.
    scheduler.advance(100_000);
    Keyspaces replica = new Keyspaces(SimNode.DATABASES, null);
    ReplayExecutor replay = new ReplayExecutor(table, replica);
    records.forEach(record -> replay.apply(EPOCH, record));
    return Digest.of(replica) == Digest.of(keyspaces);
  }

  private void commitOne() {
    if (committed < records.size()) {
      committed++;
      shard.committed(EPOCH, committed);
    }
  }

  private void execute() {
    String key = "k" + random.nextInt(4);
    String other = "k" + random.nextInt(4);
    String soon = Integer.toString(1 + random.nextInt(40));
    Args args =
        switch (random.nextInt(10)) {
          case 0, 1 -> Args.of("SET", key, "1", "PX", soon);
          case 2 -> Args.of("APPEND", key, "7");
          case 3 -> Args.of("INCR", key);
          case 4 -> Args.of("PEXPIRE", key, soon);
          case 5 -> Args.of("PERSIST", key);
          case 6 -> Args.of("RENAME", key, other);
          case 7 -> Args.of("GET", key);
          case 8 -> Args.of("INCRBYFLOAT", key, "0.5");
          default -> Args.of("COPY", key, other, "REPLACE");
        };
    shard.beginTurn();
    shard.executor().execute(shard.executor().resolve(args), args, client, writer);
    replies.take(replies.sizeBytes());
  }
}
