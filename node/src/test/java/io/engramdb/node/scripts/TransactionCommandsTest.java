package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.engramdb.node.command.Args;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What ends or fails a transaction, and what does not; expected texts were read from Redis. */
class TransactionCommandsTest {

  private static final String EXEC_ARITY =
      "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command";

  private final TestShard shard = new TestShard(2, ScriptFile.DEFAULT_CLOCK_MS, 1);

  /** Each line is a request, followed by its reply. */
  private void expect(String... linesAndReplies) {
    for (int i = 0; i < linesAndReplies.length; i += 2) {
      String line = linesAndReplies[i];
      assertEquals(
          linesAndReplies[i + 1], shard.execute(Args.of(line.split(" "))).toString(), line);
    }
  }

  @Test
  void aNestedMultiIsAnErrorAndTheTransactionGoesOn() {
    expect(
        "MULTI", "+OK",
        "MULTI", "-ERR MULTI calls can not be nested",
        "WATCH k", "-ERR WATCH inside MULTI is not allowed",
        "APPEND k v", "+QUEUED");
    assertEquals(":1", shard.execute(Args.of("EXEC")).elements().getFirst().toString());
    expect("GET k", "\"v\"", "EXEC", "-ERR EXEC without MULTI");
  }

  @Test
  void aMalformedCommandFailsTheTransaction() {
    for (String malformed : new String[] {"MULTI x", "WATCH", "SET k", "NOSUCH"}) {
      expect("MULTI", "+OK", "SET k v", "+QUEUED");
      shard.execute(Args.of(malformed.split(" ")));
      expect(
          "EXEC", "-EXECABORT Transaction discarded because of previous errors.",
          "EXISTS k", ":0");
    }
  }

  @Test
  void aMalformedExecEndsTheTransaction() {
    expect(
        "MULTI", "+OK",
        "SET k v", "+QUEUED",
        "EXEC x", EXEC_ARITY,
        "EXEC", "-ERR EXEC without MULTI",
        "EXEC x", EXEC_ARITY,
        "EXISTS k", ":0");
  }

  @Test
  void aStaleKeyThatComesWithAnotherDatabaseIsNoChange() {
    expect(
        "SET x v PX 1", "+OK",
        "COPY x x DB 1", ":1",
        "DEL x", ":1");
    shard.endTurn();
    shard.advance(2);
    expect(
        "WATCH x", "+OK",
        "SWAPDB 0 1", "+OK",
        "MULTI", "+OK",
        "STRLEN x", "+QUEUED");
    assertEquals(":0", shard.execute(Args.of("EXEC")).elements().getFirst().toString());
    expect(
        "SET x v", "+OK",
        "WATCH x", "+OK",
        "SWAPDB 0 1", "+OK",
        "MULTI", "+OK",
        "EXEC", "_");
  }

  @Test
  void aRefusedExecForgetsWatchedKeys() {
    expect(
        "WATCH k", "+OK",
        "EXEC x", EXEC_ARITY,
        "SET k v", "+OK",
        "MULTI", "+OK",
        "STRLEN k", "+QUEUED");
    assertEquals(":1", shard.execute(Args.of("EXEC")).elements().getFirst().toString());
  }

  @Test
  void unknownCommandsAreShownUpToTheirFirstZeroByte() {
    Args args =
        Args.of(
            "NON\0SENSE".getBytes(StandardCharsets.ISO_8859_1),
            "\0\u00ff\r\n".getBytes(StandardCharsets.ISO_8859_1),
            "a\r\nb".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        "-ERR unknown command 'NON', with args beginning with: '' 'a  b' ",
        shard.execute(args).toString());
  }
}
