package io.engramdb.txlog.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.ratis.RatisLogCluster;
import io.engramdb.txlog.ratis.SegmentFile;
import io.engramdb.txlog.ratis.SegmentScan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool reads a stopped member's log and tells damage from health. */
class LogToolTest {
  @TempDir Path root;

  private String output = "";

  private int run(String... args) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int code = new LogTool(new PrintStream(bytes, true, StandardCharsets.UTF_8)).run(List.of(args));
    output = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  @Test
  void dumpsTailsAndVerifies() throws IOException {
    String directory = root.resolve("a").toString();
    try (RatisLogCluster cluster = new RatisLogCluster(root, "a").startAll()) {
      cluster.awaitLeader();
      for (int i = 0; i < 5; i++) {
        cluster.awaitCommitted("a", cluster.propose("a", "record " + i));
      }
    }
    assertEquals(0, run("dump", directory));
    assertTrue(output.contains("1:0 CONFIGURATIONENTRY"), output);
    assertTrue(output.contains("DATA epoch=1 sequence=5 bytes=8"), output);
    assertEquals(0, run("tail", directory, "1"));
    assertEquals(2, output.lines().count(), output);
    assertEquals(0, run("verify", directory));
    assertTrue(output.contains("5 records, ok"), output);

    flipALateBit();
    assertEquals(1, run("verify", directory));
    assertTrue(output.contains("checksum"), output);
    assertEquals(2, run("verify", root.resolve("nowhere").toString()));
    assertEquals(2, run("nonsense", directory));
    assertEquals(2, run());
  }

  private void flipALateBit() throws IOException {
    Path groups = root.resolve("a/raft");
    try (Stream<Path> found = Files.list(groups)) {
      SegmentFile segment =
          SegmentFile.list(found.findFirst().orElseThrow().resolve("current")).getLast();
      long end = SegmentScan.of(segment, (entry, offset) -> {}).goodBytes();
      byte[] bytes = Files.readAllBytes(segment.path());
      bytes[(int) end - 10] ^= 1;
      Files.write(segment.path(), bytes);
    }
  }
}
