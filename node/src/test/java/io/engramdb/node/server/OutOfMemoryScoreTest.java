package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.Configuration.Assignment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code oom-score-adj} writes, into a file like that of Linux. */
class OutOfMemoryScoreTest {
  @TempDir Path directory;

  private Path file;
  private Configuration configuration;
  private OutOfMemoryScore score;

  @BeforeEach
  void begin() throws Exception {
    file = directory.resolve("oom_score_adj");
    Files.writeString(file, "22\n");
    configuration = ServerArguments.load(List.of(), java.util.Map.of());
    score = new OutOfMemoryScore(file, configuration);
  }

  private void set(String... namesAndValues) throws Exception {
    List<Assignment> assignments = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      assignments.add(
          new Assignment(
              Objects.requireNonNull(configuration.table().find(namesAndValues[i])),
              namesAndValues[i + 1]));
    }
    configuration.set(assignments);
  }

  private int written() throws Exception {
    return Integer.parseInt(Files.readString(file).strip());
  }

  @Test
  void nothingIsWrittenAsLongAsItIsOff() throws Exception {
    set("oom-score-adj-values", "1 2 3");
    score.role(false);
    assertEquals("22\n", Files.readString(file));
  }

  @Test
  void theScoreFollowsTheRoleAndIsRelativeToTheFirstOne() throws Exception {
    set("oom-score-adj-values", "10 20 30", "oom-score-adj", "yes");
    assertEquals(32, written());
    score.role(false);
    assertEquals(42, written());
    set("oom-score-adj-values", "15 25 30");
    assertEquals(47, written());
    set("oom-score-adj", "absolute");
    assertEquals(25, written());
    set("oom-score-adj", "no");
    assertEquals(22, written());
  }

  @Test
  void whatCantBeWrittenIsTakenBack() throws Exception {
    Files.delete(file);
    Files.createDirectory(file);
    assertThrows(Configuration.RefusedChange.class, () -> set("oom-score-adj", "yes"));
    assertEquals("no", configuration.text("oom-score-adj"));
  }
}
