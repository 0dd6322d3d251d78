package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.MemberDirectoryException;
import io.engramdb.txlog.api.MemberDirectoryException.Reason;
import io.engramdb.txlog.api.TxLogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member starts on its own, whole directory, and on no other. */
class MemberDirectoryTest {
  private static final UUID CLUSTER = new UUID(1, 1);
  private static final UUID SHARD = new UUID(2, 2);

  @TempDir Path root;

  private TxLogConfig config(String self, Path directory, boolean create) {
    return config(CLUSTER, SHARD, self, directory, create);
  }

  private static TxLogConfig config(
      UUID cluster, UUID shard, String self, Path directory, boolean create) {
    List<Member> members = List.of(new Member(self, "127.0.0.1", 1, Member.Role.DATA));
    return new TxLogConfig(cluster, shard, self, members, directory, create, 300, 600, null);
  }

  private void create(String self, Path directory) throws IOException {
    MemberDirectory.open(config(self, directory, true)).close();
  }

  private static Reason refusal(TxLogConfig config) {
    MemberDirectoryException e =
        assertThrows(MemberDirectoryException.class, () -> MemberDirectory.open(config).close());
    assertFalse(e.getMessage().contains("\n"), "one line: " + e.getMessage());
    assertTrue(e.getMessage().contains(config.directory().toString()), e.getMessage());
    return e.reason();
  }

  private static void deleteTree(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : (Iterable<Path>) paths.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    }
  }

  @Test
  void aNewDirectoryIsRecognisedLater() throws IOException {
    Path directory = root.resolve("a");
    create("a", directory);
    try (MemberDirectory again = MemberDirectory.open(config("a", directory, false))) {
      assertFalse(again.joined());
      assertEquals(LogPosition.NONE, again.floor());
    }
  }

  @Test
  void creationNeedsAnEmptyDirectory() throws IOException {
    Path directory = root.resolve("a");
    create("a", directory);
    assertEquals(Reason.NOT_EMPTY, refusal(config("a", directory, true)));
    Path foreign = Files.createDirectory(root.resolve("b"));
    Files.writeString(foreign.resolve("notes.txt"), "mine");
    assertEquals(Reason.NOT_EMPTY, refusal(config("b", foreign, true)));
    assertTrue(Files.exists(foreign.resolve("notes.txt")));
  }

  @Test
  void anEmptyOrMissingDirectoryIsNoMember() throws IOException {
    assertEquals(Reason.EMPTY, refusal(config("a", root.resolve("missing"), false)));
    assertFalse(Files.exists(root.resolve("missing")), "a refusal leaves nothing behind");
    Path empty = Files.createDirectory(root.resolve("empty"));
    assertEquals(Reason.EMPTY, refusal(config("a", empty, false)));
  }

  @Test
  void aMissingHalfIsRefused() throws IOException {
    Path noMarker = root.resolve("a");
    create("a", noMarker);
    Files.delete(noMarker.resolve("identity"));
    assertEquals(Reason.MARKER_MISSING, refusal(config("a", noMarker, false)));
    assertEquals(Reason.NOT_EMPTY, refusal(config("a", noMarker, true)));

    Path noLog = root.resolve("b");
    create("b", noLog);
    deleteTree(noLog.resolve("raft"));
    assertEquals(Reason.LOG_MISSING, refusal(config("b", noLog, false)));
    assertFalse(Files.exists(noLog.resolve("raft")), "nothing is made in its place");
  }

  @Test
  void aForeignDirectoryIsRefused() throws IOException {
    Path directory = root.resolve("a");
    create("a", directory);
    UUID other = new UUID(9, 9);
    assertEquals(Reason.FOREIGN, refusal(config(other, SHARD, "a", directory, false)));
    assertEquals(Reason.FOREIGN, refusal(config(CLUSTER, other, "a", directory, false)));
    assertEquals(Reason.FOREIGN, refusal(config("b", directory, false)));
  }

  @Test
  void aVoterNeverComesBackAsAListenerNorTheOtherWayRound() throws IOException {
    Path voter = root.resolve("voter");
    create("a", voter);
    assertEquals(Reason.OTHER_ROLE, refusal(listener(voter, false)));
    Path listener = root.resolve("listener");
    MemberDirectory.open(listener(listener, true)).close();
    MemberDirectory.open(listener(listener, false)).close();
    assertEquals(Reason.OTHER_ROLE, refusal(config("a", listener, false)));
  }

  private static TxLogConfig listener(Path directory, boolean create) {
    List<Member> members =
        List.of(
            new Member("v", "127.0.0.1", 1, Member.Role.DATA),
            new Member("a", "127.0.0.1", 2, Member.Role.LISTENER));
    return new TxLogConfig(CLUSTER, SHARD, "a", members, directory, create, 300, 600, null);
  }

  @Test
  void markerAndLogOfDifferentDirectoriesAreNotTakenForOne() throws IOException {
    Path first = root.resolve("first");
    Path second = root.resolve("second");
    create("a", first);
    create("a", second);
    Files.copy(
        first.resolve("identity"), second.resolve("identity"), StandardCopyOption.REPLACE_EXISTING);
    assertEquals(Reason.MIXED, refusal(config("a", second, false)));
  }

  @Test
  void aDamagedMarkerIsRefusedAndNotOverwritten() throws IOException {
    Path directory = root.resolve("a");
    create("a", directory);
    Path marker = directory.resolve("identity");
    byte[] bytes = Files.readAllBytes(marker);
    bytes[20] ^= 1;
    Files.write(marker, bytes);
    assertEquals(Reason.MARKER_DAMAGED, refusal(config("a", directory, false)));
    assertEquals(bytes[20], Files.readAllBytes(marker)[20]);
  }

  @Test
  void twoProcessesCantUseOneDirectory() throws IOException {
    Path directory = root.resolve("a");
    create("a", directory);
    try (MemberDirectory ignored = MemberDirectory.open(config("a", directory, false))) {
      assertEquals(Reason.IN_USE, refusal(config("a", directory, false)));
    }
    MemberDirectory.open(config("a", directory, false)).close();
  }

  @Test
  void aPurgedLogNeedsASnapshotThatReachesIt() throws IOException {
    Path directory = root.resolve("a");
    create("a", directory);
    FloorFile.write(directory.resolve("floor"), new LogPosition(3, 70));
    TxLogConfig config = config("a", directory, false);
    assertEquals(Reason.SNAPSHOT_TOO_OLD, refusal(config));
    assertEquals(Reason.SNAPSHOT_TOO_OLD, refusal(config.withSnapshot(new LogPosition(3, 69))));
    MemberDirectory.open(config.withSnapshot(new LogPosition(3, 70))).close();
  }
}
