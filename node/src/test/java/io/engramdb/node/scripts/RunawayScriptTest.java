package io.engramdb.node.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.script.ScriptHost;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A script that would never end, with a clock on which each look at it takes a second. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunawayScriptTest {

  private final AtomicLong clockNanos = new AtomicLong();
  private final ScriptHost scripts = new ScriptHost(() -> clockNanos.addAndGet(1_000_000_000L));
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

  @Test
  void whatItHasWrittenStays() {
    expectEnded("redis.call('set', 'k', 'v') while true do end");
    assertEquals(List.of("SET k v"), shard.commit());
  }
}
