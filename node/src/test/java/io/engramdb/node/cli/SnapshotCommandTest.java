package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.server.SeedFile;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbWriter;
import io.engramdb.snapshot.rdb.ReadWatcher;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code engram snapshot} and what {@code up --restore} refuses: words and exit codes. */
class SnapshotCommandTest {
  @TempDir Path temp;

  private static CommandRun good(String... words) {
    CommandRun run = CommandRun.of(words);
    assertEquals(ExitCode.OK, run.code(), run::toString);
    return run;
  }

  private static CommandRun failed(String... words) {
    CommandRun run = CommandRun.of(words);
    assertEquals(ExitCode.FAILED, run.code(), run::toString);
    assertEquals(1, run.err().lines().count(), run::toString);
    return run;
  }

  /** A node's directory of snapshots with one of two keys in it. */
  private String store() throws IOException {
    Path file = temp.resolve("dump.rdb");
    try (OutputStream out = Files.newOutputStream(file)) {
      RdbWriter writer = new RdbWriter(out, 11, true);
      writer.header(writer.version());
      for (String key : List.of("a", "b")) {
        writer.string(new RdbKey(0, key.getBytes(), RdbKey.NO_EXPIRY), "value".getBytes());
      }
      writer.end();
    }
    SeedFile.plant(
        file,
        true,
        "0".repeat(40),
        List.of(temp.resolve("node")),
        Long.MAX_VALUE,
        ReadWatcher.NONE);
    return "file:" + temp.resolve("node/snapshots");
  }

  @Test
  void aSnapshotIsListedCopiedVerifiedExportedAndDeleted() throws IOException {
    String own = store();
    Path key = temp.resolve("key");
    Files.writeString(key, "0123456789abcdef".repeat(4));
    String safe = "file:" + temp.resolve("safe") + "?key-file=" + key;
    assertTrue(good("snapshot", "list", own).out().contains("seed"));
    good("snapshot", "copy", own, "newest", safe);
    String path = good("snapshot", "list", safe).out().lines().toList().getLast();
    path = path.substring(path.lastIndexOf(' ') + 1);
    assertTrue(path.startsWith("manual/"), path);
    assertTrue(good("snapshot", "verify", "--all", safe).out().contains("ok, 2 keys"));
    assertTrue(good("snapshot", "inspect", "-o", "json", safe, path).out().contains("\"keys\":2"));
    Path plain = temp.resolve("plain.rdb");
    good("snapshot", "export", safe, path, "file:" + plain);
    assertTrue(good("rdb", "check", plain.toString()).out().contains("2 keys"));
    failed("snapshot", "export", safe, path, "file:" + plain);
    assertTrue(good("snapshot", "delete", "--dry-run", safe, path).out().contains("1 to delete"));
    assertTrue(good("snapshot", "delete", safe, path).out().contains("1 deleted"));
    assertTrue(good("snapshot", "delete", safe, path).out().contains("0 deleted"));
    assertTrue(good("snapshot", "list", safe).out().contains("no snapshots"));
  }

  @Test
  void whatDoesNotHoldIsSaid() throws IOException {
    String own = store();
    Path file = temp.resolve("node/snapshots/seed.rdb");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    CommandRun verify = CommandRun.of("snapshot", "verify", own);
    assertEquals(ExitCode.FAILED, verify.code());
    assertTrue(verify.out().contains("seed: FAILED"), verify::toString);
    failed("snapshot", "export", own, "newest", "file:" + temp.resolve("x.rdb"));
    assertFalse(Files.exists(temp.resolve("x.rdb")));
    failed("snapshot", "list", "file:" + temp.resolve("nowhere"));
    failed("snapshot", "inspect", own, "no-such");
  }

  @Test
  void wrongUseIsRefused() throws IOException {
    assertEquals(ExitCode.USAGE, CommandRun.of("snapshot", "list", "http://x").code());
    assertEquals(
        ExitCode.USAGE, CommandRun.of("snapshot", "export", store(), "newest", "file:/x").code());
    assertEquals(ExitCode.USAGE, CommandRun.of("up", "--restore", "nothing").code());
    assertEquals(ExitCode.USAGE, CommandRun.of("up", "--restore-snapshot", "x").code());
    assertEquals(
        ExitCode.USAGE, CommandRun.of("up", "--restore", "file:/x", "--from-rdb", "/y").code());
  }

  @Test
  void momentsThatMakeNoSenseAreRefused() {
    String[] restore = {"up", "--restore", "file:/x"};
    for (String[] more :
        new String[][] {
          {"--to-time", "yesterday"},
          {"--to-position", "x"},
          {"--to-position", "1", "--to-time", "newest"},
          {"--to-time", "newest", "--restore-snapshot", "y"},
          {"--history", "y"},
          {"--set", "port=1"},
          {"--set", "snapshot-store=file:/y"},
          {"--snapshot-store", "nowhere"}
        }) {
      String[] words = Arrays.copyOf(restore, restore.length + more.length);
      System.arraycopy(more, 0, words, restore.length, more.length);
      assertEquals(ExitCode.USAGE, CommandRun.of(words).code(), () -> String.join(" ", words));
    }
    assertEquals(ExitCode.USAGE, CommandRun.of("up", "--to-time", "newest").code());
    assertEquals(ExitCode.USAGE, CommandRun.of("up", "--dry-run").code());
    assertEquals(
        ExitCode.USAGE,
        CommandRun.of("up", "--restore", "file:/x.rdb", "--to-time", "newest").code());
  }

  @Test
  void restoreIsAnotherWordForUpWithIt() {
    assertArrayEquals(
        new String[] {"up", "--restore", "file:/x", "--to-time", "newest"},
        EngramMain.withoutRestore(new String[] {"restore", "file:/x", "--to-time", "newest"}));
    assertArrayEquals(
        new String[] {"up", "--help"},
        EngramMain.withoutRestore(new String[] {"restore", "--help"}));
    assertArrayEquals(
        new String[] {"up", "--dir", "x", "--restore", "file:/x"},
        EngramMain.withoutRestore(new String[] {"restore", "--dir", "x", "--restore", "file:/x"}));
    assertArrayEquals(new String[] {"status"}, EngramMain.withoutRestore(new String[] {"status"}));
  }

  @Test
  void aRestoreWithoutAnAddressIsNoNewCluster() {
    for (String[] words :
        new String[][] {{"restore"}, {"restore", "--dir", temp.resolve("new").toString()}}) {
      CommandRun run = CommandRun.of(EngramMain.withoutRestore(words));
      assertEquals(ExitCode.USAGE, run.code(), run::toString);
      assertTrue(run.err().contains("--restore"), run::toString);
    }
    assertFalse(Files.exists(temp.resolve("new")));
  }

  @Test
  void aRelativeStoreIsTheSameForEveryMember() {
    UpOptions options = new UpOptions();
    options.snapshotStore = "file:backups";
    assertEquals(
        "file:" + Path.of("backups").toAbsolutePath(),
        options.forNewCluster().directives().get("snapshot-store"));
  }

  @Test
  void aStoreWithoutAnArchiveHasNoMoments() throws IOException {
    CommandRun run = CommandRun.of("up", "--restore", store(), "--to-time", "newest", "--dry-run");
    assertEquals(ExitCode.FAILED, run.code(), run::toString);
    assertTrue(run.err().contains("no archived log"), run::toString);
    CommandRun plain = CommandRun.of("up", "--restore", store(), "--dry-run");
    assertEquals(ExitCode.OK, plain.code(), plain::toString);
    assertTrue(plain.out().contains("load snapshot"), plain::toString);
  }

  @Test
  void aRestoreThatFailsLeavesNoCluster() throws IOException {
    String own = store();
    Path file = temp.resolve("node/snapshots/seed.rdb");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    Path cluster = temp.resolve("cluster");
    for (String source :
        List.of(
            own,
            "file:" + temp.resolve("nowhere"),
            "file:" + temp.resolve("nowhere.rdb"),
            "file:" + file)) {
      // Below the ports that the system gives to connections of other tests.
      CommandRun run =
          CommandRun.of(
              "up",
              "--dir",
              cluster.toString(),
              "--port",
              "21870",
              "--log-port",
              "21880",
              "--restore",
              source);
      assertEquals(ExitCode.FAILED, run.code(), run::toString);
      assertTrue(Files.isDirectory(cluster), run::toString);
      try (Stream<Path> left = Files.walk(cluster)) {
        List<String> files =
            left.filter(Files::isRegularFile).map(each -> each.getFileName().toString()).toList();
        assertFalse(files.contains("cluster.json"), files.toString());
        assertTrue(files.stream().noneMatch(each -> each.endsWith(".rdb")), files.toString());
      }
    }
  }
}
