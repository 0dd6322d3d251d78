package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.resp.Resp3ReplyWriter;
import io.engramdb.node.shard.ReplayExecutor;
import org.junit.jupiter.api.Test;

/** Where keys belong to slots there is one database, and commands about others say so. */
class ClusterModeTest {

  private final CommandTable table = TestShard.table(new ValueLimits());
  private final ReplayExecutor context =
      new ReplayExecutor(table, new Keyspaces(1, (key, offset, length) -> 0));

  private String run(String... words) {
    Args args = Args.of(words);
    Resp3ReplyWriter writer = new Resp3ReplyWriter();
    writer.target(new ReplyBuffer());
    return assertThrows(
            CommandError.class,
            () ->
                table
                    .find(args.array(), args.offset(0), args.length(0))
                    .handler()
                    .execute(context, args, writer))
        .getMessage();
  }

  @Test
  void commandsOnOtherDatabasesAreRefused() {
    assertEquals("MOVE is not allowed in cluster mode", run("MOVE", "k", "1"));
    assertEquals("SWAPDB is not allowed in cluster mode", run("SWAPDB", "0", "1"));
    assertEquals(
        "Copying to another database is not allowed in cluster mode",
        run("COPY", "k", "j", "DB", "1"));
  }
}
