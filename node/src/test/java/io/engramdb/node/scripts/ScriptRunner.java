package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.command.Args;
import io.engramdb.node.engine.KeyspaceValidator;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.scripts.ScriptFile.Block;
import io.engramdb.node.scripts.ScriptFile.Directive;
import io.engramdb.node.scripts.ScriptFile.Request;
import io.engramdb.node.scripts.ScriptFile.Step;
import java.util.ArrayList;
import java.util.List;

/** Executes a script against a shard and compares replies, effects and the data of a replica. */
final class ScriptRunner {

  /** How requests reach the shard. */
  enum Mode {
    RESP2(2),
    RESP3(3),
    /** All requests between two directives in one MULTI/EXEC. */
    TRANSACTION(3);

    final int protocol;

    Mode(int protocol) {
      this.protocol = protocol;
    }
  }

  private static final long SEED = 7;

  private final ScriptFile file;
  private final Mode mode;
  private TestShard shard;
  private final List<Request> queued = new ArrayList<>();

  ScriptRunner(ScriptFile file, Mode mode) {
    this.file = file;
    this.mode = mode;
    this.shard = newShard();
  }

  private TestShard newShard() {
    return new TestShard(mode.protocol, ScriptFile.DEFAULT_CLOCK_MS, SEED);
  }

  void run() {
    for (Block block : file.blocks) {
      long start = startOf(block);
      shard = new TestShard(mode.protocol, start, SEED);
      for (Step step : block.steps()) {
        switch (step) {
          case Directive directive -> {
            flush();
            direct(directive);
          }
          case Request request -> submit(request);
        }
      }
      flush();
      KeyspaceValidator.validate(shard.keyspaces());
      String primary = KeyspaceText.of(shard.keyspaces());
      var replica = shard.replayed();
      assertEquals(primary, KeyspaceText.of(replica), () -> "replica after " + block.title());
      KeyspaceValidator.validate(replica);
    }
  }

  private static long startOf(Block block) {
    for (Step step : block.steps()) {
      if (step instanceof Directive directive
          && directive.verb().equals("at")
          && !directive.words().get(0).startsWith("+")) {
        return Long.parseLong(directive.words().get(0));
      }
    }
    return ScriptFile.DEFAULT_CLOCK_MS;
  }

  private void direct(Directive directive) {
    List<String> words = directive.words();
    switch (directive.verb()) {
      case "at" -> {
        String time = words.get(0);
        shard.advance(
            time.startsWith("+")
                ? Long.parseLong(time.substring(1))
                : Long.parseLong(time) - shard.nowMs());
      }
      case "database" -> shard.select(Integer.parseInt(words.get(0)));
      case "cycle" -> {
        shard.cycle();
        shard.commit();
      }
      default -> configure(shard.limits(), words.get(0), Integer.parseInt(words.get(1)));
    }
  }

  private static void configure(ValueLimits limits, String name, int value) {
    switch (name) {
      case "hash-max-listpack-entries" -> limits.hashPackedEntries = value;
      case "hash-max-listpack-value" -> limits.hashPackedValueBytes = value;
      case "list-max-listpack-size" -> limits.listChunkLimit = value;
      case "set-max-intset-entries" -> limits.setIntegerEntries = value;
      case "set-max-listpack-entries" -> limits.setPackedEntries = value;
      case "set-max-listpack-value" -> limits.setPackedValueBytes = value;
      case "zset-max-listpack-entries" -> limits.sortedSetPackedEntries = value;
      case "zset-max-listpack-value" -> limits.sortedSetPackedValueBytes = value;
      case "stream-node-max-bytes" -> limits.streamBlockBytes = value;
      case "stream-node-max-entries" -> limits.streamBlockEntries = value;
      case "proto-max-bulk-len" -> limits.stringBytes = value;
      default -> throw new IllegalArgumentException("no parameter " + name);
    }
  }

  private void submit(Request request) {
    if (mode == Mode.TRANSACTION && !shard.refuses(TestShard.args(request.words))) {
      queued.add(request);
      return;
    }
    flush();
    Reply reply = shard.execute(TestShard.args(request.words));
    List<String> effects = shard.commit();
    check(request, reply);
    if (request.effects != null) {
      assertEquals(request.effects, effects, () -> "effects of " + at(request));
    }
  }

  /** Runs what was queued as one transaction. */
  private void flush() {
    if (queued.isEmpty()) {
      return;
    }
    shard.execute(Args.of("MULTI"));
    for (Request request : queued) {
      Reply reply = shard.execute(TestShard.args(request.words));
      assertEquals("+QUEUED", reply.toString(), () -> at(request));
    }
    Reply exec = shard.execute(Args.of("EXEC"));
    List<String> effects = shard.commit();
    assertEquals(queued.size(), exec.elements().size(), exec::toString);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < queued.size(); i++) {
      check(queued.get(i), exec.elements().get(i));
      List<String> some = queued.get(i).effects;
      if (some != null) {
        expected.addAll(some);
      }
    }
    if (queued.stream().allMatch(request -> request.effects != null)) {
      assertEquals(expected, effects, () -> "effects of the transaction at " + at(queued.get(0)));
    }
    queued.clear();
  }

  private void check(Request request, Reply reply) {
    assertTrue(
        request.accepts(reply, mode.protocol),
        () ->
            at(request)
                + "\nexpected "
                + request.expectedText(mode.protocol)
                + "\nbut was  "
                + request.normal(reply));
  }

  private String at(Request request) {
    return file.path.getFileName() + ":" + request.line + ": " + Words.join(request.words);
  }
}
