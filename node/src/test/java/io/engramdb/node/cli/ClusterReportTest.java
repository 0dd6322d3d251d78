package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterReportTest {
  private static MemberReport up(String name, String role, long term) {
    return new MemberReport(
        name, "a", role, MemberReport.UP, "127.0.0.1", 7000, 17000, 42L, term, 10, 9, null);
  }

  private static MemberReport down(String name) {
    ClusterMember member =
        new ClusterMember(name, "b", ClusterMember.DATA, "127.0.0.1", 7001, 17001, "");
    return MemberReport.silent(member, null, "no process");
  }

  @Test
  void allUpWithAPrimaryIsOk() {
    ClusterReport report =
        ClusterReport.of("s", List.of(up("x", "primary", 3), up("y", "replica", 3)));
    assertEquals(ClusterReport.OK, report.state());
    assertEquals(ExitCode.OK, report.exitCode());
    assertEquals(3, report.shards().getFirst().term());
    assertEquals("OK: primary x, every member is up", StatusText.verdict(report));
  }

  @Test
  void aMissingMemberIsDegraded() {
    ClusterReport report = ClusterReport.of("s", List.of(up("x", "primary", 3), down("y")));
    assertEquals(ClusterReport.DEGRADED, report.state());
    assertEquals(ExitCode.DEGRADED, report.exitCode());
    assertTrue(StatusText.verdict(report).contains("y (no process)"), StatusText.verdict(report));
  }

  @Test
  void withoutAPrimaryItIsDown() {
    ClusterReport report = ClusterReport.of("s", List.of(up("x", "replica", 3), down("y")));
    assertEquals(ClusterReport.DOWN, report.state());
    assertEquals(ExitCode.DOWN, report.exitCode());
  }

  @Test
  void onlyThePrimaryOfTheLatestTermCounts() {
    ClusterReport report =
        ClusterReport.of(
            "s", List.of(up("old", "primary", 3), up("new", "primary", 4), up("z", "replica", 4)));
    assertEquals("new", report.primary().orElseThrow().name());
    assertEquals(
        List.of("replica", "primary", "replica"),
        report.members().stream().map(MemberReport::role).toList());
  }

  @Test
  void theTableHasOneRowPerMember() {
    ClusterReport report = ClusterReport.of("s", List.of(up("x", "primary", 3), down("node-b")));
    List<String> lines = StatusText.render(report).lines().toList();
    assertEquals(4, lines.size());
    assertEquals(
        "NAME    ZONE  ROLE     STATE  ADDRESS         PID  TERM  COMMITTED  APPLIED",
        lines.get(0));
    assertEquals(
        "x       a     primary  up     127.0.0.1:7000  42   3     10         9", lines.get(1));
    assertEquals(
        "node-b  b     replica  down   127.0.0.1:7001  -    -     -          -", lines.get(2));
  }

  @Test
  void infoFieldsAreReadAndSectionTitlesAreNot() {
    assertEquals(
        Map.of("role", "master", "x", "a:b"),
        ClusterProbe.facts("# Replication\r\nrole:master\r\n\r\nx:a:b\r\n"));
  }

  @Test
  void aClusterIsServedWithoutItsSnapshotterButNotWithoutAVoter() {
    ClusterMember snapshotter =
        new ClusterMember("s", "b", ClusterMember.SNAPSHOTTER, "127.0.0.1", 7003, 17003, "");
    MemberReport away = MemberReport.silent(snapshotter, null, "no process");
    ClusterReport served = ClusterReport.of("s", List.of(up("x", "primary", 3), away));
    assertEquals(ClusterReport.DEGRADED, served.state());
    assertTrue(served.isServed());
    assertFalse(ClusterReport.of("s", List.of(up("x", "primary", 3), down("y"))).isServed());
    assertFalse(ClusterReport.of("s", List.of(up("x", "replica", 3), away)).isServed());
  }
}
