package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.script.ScriptHost;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scripts without measure; for time there is a clock on which each look takes a second. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunawayScriptTest {

  private final AtomicLong clockNanos = new AtomicLong();
  private static final int MAX_BYTES = 1 << 18;

  private final ScriptHost scripts =
      new ScriptHost(() -> clockNanos.addAndGet(1_000_000_000L), MAX_BYTES);
  private final TestShard shard = new TestShard(2, ScriptFile.DEFAULT_CLOCK_MS, 1, scripts);

  private String eval(String script) {
    return shard.execute(TestShard.args(List.of("EVAL", script, "0"))).toString();
  }

  private void expectEnded(String script) {
    String reply = eval(script);
    assertTrue(reply.contains("ran for too long"), reply);
    assertEquals(":1", eval("return 1"), "the next script has its own time");
  }

  @Test
  void anEndlessLoopIsEnded() {
    expectEnded("while true do end");
  }

  @Test
  void whoCatchesTheErrorGetsNoFurther() {
    expectEnded("while true do pcall(function() while true do end end) end");
    expectEnded("while true do xpcall(function() while true do end end, tostring) end");
  }

  /** At the depth at which nothing can be called any more, nothing could be looked at either. */
  @Test
  void anEndlessDescentIsEnded() {
    String descent = "local function f() while true do %s end end f()";
    for (String call :
        List.of(
            "pcall(f)",
            "xpcall(f, tostring)",
            "coroutine.resume(coroutine.create(f))",
            "pcall(string.gsub, 'x', 'x', f)",
            "pcall(table.sort, {1, 2}, f)")) {
      String reply = eval(descent.formatted(call));
      assertTrue(
          reply.contains("ran for too long") || reply.contains("stack overflow"),
          call + ": " + reply);
      assertEquals(":1", eval("return 1"), "the next script has its own time");
    }
  }

  @Test
  void aCoroutineIsEndedToo() {
    String endless = "coroutine.wrap(function() while true do end end)";
    expectEnded("local c = " + endless + " c()");
    expectEnded("while true do local c = " + endless + " pcall(c) end");
  }

  /** Lua's strings are outside of the heap; what comes into it is bounded. */
  @Test
  void nothingHugeLeavesAScript() {
    String huge = "string.rep('x', " + (MAX_BYTES + 1) + ")";
    String half = "string.rep('x', " + MAX_BYTES / 2 + ")";
    for (String script :
        List.of(
            "return " + huge,
            "local h = " + half + " return {h, h, h}",
            "return redis.call('set', 'k', " + huge + ")",
            "local h = " + half + " return redis.call('mset', 'a', h, 'b', h, 'c', h)",
            "return redis.sha1hex(" + huge + ")",
            "local h = " + half + " return #cjson.encode({h, h, h})",
            "local h = " + half + " return #cmsgpack.pack(h, h, h)",
            "error(" + huge + ")")) {
      String reply = eval(script);
      assertTrue(reply.startsWith("-ERR string exceeds maximum allowed size"), script + reply);
    }
    assertEquals(List.of(), shard.commit());
  }

  @Test
  void theEffectsOfAScriptAreBounded() {
    String reply =
        eval("for i = 1, 100 do redis.call('set', i, string.rep('x', 100000)) end return 'all'");
    assertTrue(reply.startsWith("-OOM command not allowed"), reply);
    assertEquals(3, shard.commit().size());
    assertEquals(":1", eval("return 1"));
  }

  @Test
  void whatItHasWrittenStays() {
    expectEnded("redis.call('set', 'k', 'v') while true do end");
    assertEquals(List.of("SET k v"), shard.commit());
  }
}
