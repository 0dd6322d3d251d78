package io.engramdb.compat.clients;

import io.engramdb.it.harness.Command;
import io.engramdb.it.harness.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sample service's own tests, which run it on a stock redis-server. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SampleServiceTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final Duration LIMIT = Duration.ofMinutes(4);

  @Test
  void itsOwnTestsPass() {
    Path service = Settings.root().resolve("client-compat/sample-service");
    if (Command.run(LIMIT, PYTHON, "-c", "import flask, flask_restful, redis").exitCode() != 0) {
      throw new AssertionError(
          "missing on this machine: apt-get install python3-flask python3-flask-restful"
              + " python3-redis");
    }
    Command.run(LIMIT, service, Map.of(), List.of(PYTHON, "-B", "-m", "unittest")).orFail();
  }
}
