package io.engramdb.node.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.txlog.api.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSettingsTest {
  private static final String ID_A = "a".repeat(40);
  private static final String ID_B = "b".repeat(40);

  @TempDir Path temp;

  private LogSettings settings(String... words) throws ConfigException, IOException {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--dir", temp.toString()));
    return LogSettings.of(ServerArguments.load(all, Map.of()));
  }

  private static String[] twoMembers(String... more) {
    List<String> words =
        new ArrayList<>(List.of("--cluster-id", ID_A, "--shard-id", ID_B, "--shard-member"));
    words.add(
        "x zone=a role=data log=h:1 client=h:2 node-id=%s; y role=log-voter log=h:3 node-id=%s"
            .formatted(ID_A, ID_B));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void withoutMembersItIsAShardOfItsOwnThatMayBeginAnew() throws Exception {
    LogSettings lone = settings("--port", "7000");
    assertEquals(1, lone.members().size());
    assertEquals(17000, lone.self().log().port());
    assertTrue(lone.log().create());
    Files.createDirectories(temp.resolve("log/x"));
    LogSettings again = settings("--port", "7000");
    assertFalse(again.log().create());
    assertEquals(lone.log().clusterId(), again.log().clusterId());
    assertEquals(lone.self().nodeId(), again.self().nodeId());
  }

  @Test
  void aMemberOfManyMakesItsLogOnlyWhenItIsTold() throws Exception {
    assertFalse(settings(twoMembers("--node-name", "x")).log().create());
    assertTrue(settings(twoMembers("--node-name", "x", "--log-create", "yes")).log().create());
  }

  @Test
  void rolesAndIdentitiesAreThoseOfTheLines() throws Exception {
    LogSettings settings = settings(twoMembers("--node-name", "y"));
    assertFalse(settings.self().holdsData());
    assertEquals(2, settings.log().members().size());
    assertEquals("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", settings.log().clusterId().toString());
  }

  @Test
  void aSnapshotterHearsTheLogAndMayMakeItsOwnAgain() throws Exception {
    LogSettings settings =
        settings(
            "--cluster-id",
            ID_A,
            "--shard-id",
            ID_B,
            "--node-name",
            "s",
            "--shard-member",
            ("z log=h:1 client=h:2 node-id=%s; s role=snapshotter log=h:3 node-id=%s;"
                    + " a log=h:4 client=h:5 node-id=%s; v role=log-voter log=h:6 node-id=%s")
                .formatted(ID_A, ID_B, "c".repeat(40), "d".repeat(40)));
    assertEquals(Member.Role.LISTENER, settings.log().selfMember().role());
    assertTrue(settings.log().create());
    assertFalse(settings.isSoleVoter());
    assertEquals(List.of("s", "a", "z"), settings.keepers());
    assertEquals(List.of("z", "a"), settings.others(MemberSetting.Role.DATA));
    assertEquals(List.of(), settings.others(MemberSetting.Role.SNAPSHOTTER));
  }

  @Test
  void aNameThatIsNoMemberIsRefused() {
    assertThrows(ConfigException.class, () -> settings(twoMembers("--node-name", "z")));
    assertThrows(ConfigException.class, () -> settings(twoMembers()));
  }

  @Test
  void tlsBetweenMembersNeedsItsFiles() {
    assertThrows(
        ConfigException.class,
        () -> settings(twoMembers("--node-name", "x", "--tls-cluster", "yes")));
  }
}
