package io.engramdb.node.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which of several refusals a script or its caller hears; texts were read from redis-server. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ScriptRefusalsTest extends ServerClients {

  @Test
  void aNameThatIsNoDigestIsUnknownWhateverFollowsIt() throws Exception {
    expect(
        client(),
        "evalsha short abc",
        "-NOSCRIPT No matching script. Please use EVAL.|",
        "evalsha " + "0".repeat(40) + " abc",
        "-ERR value is not an integer or out of range|");
  }

  @Test
  void aScriptThatMustNotWriteHearsThatBeforeItHearsOfWaiting() throws Exception {
    RespSocket client = client();
    String read =
        "\"return redis.call('xreadgroup','group','g','c','block','1','streams','s','>')\"";
    String refused = client.ask("eval_ro " + read + " 0");
    assertTrue(refused.startsWith("-ERR Write commands are not allowed from read-only"), refused);
    refused = client.ask("eval " + read + " 0");
    assertTrue(
        refused.startsWith("-ERR xreadgroup command is not allowed with BLOCK option"), refused);
  }
}
