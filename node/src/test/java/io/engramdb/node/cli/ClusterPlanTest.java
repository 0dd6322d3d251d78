package io.engramdb.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterPlanTest {
  @ParameterizedTest
  @CsvSource({"0, 1, 2", "1, 2, 1", "2, 3, 0", "3, 4, 1", "4, 5, 0", "5, 6, 1", "8, 9, 0"})
  void votersAreAtLeastThreeAndOdd(int replicas, int dataNodes, int logVoters) {
    List<ClusterMember> members = ClusterPlan.create(Samples.settings(replicas)).members();
    assertEquals(dataNodes, members.stream().filter(ClusterMember::holdsData).count());
    assertEquals(logVoters, members.stream().filter(member -> !member.holdsData()).count());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void theLossOfAnyZoneLeavesAMajority(int replicas) {
    List<ClusterMember> members = ClusterPlan.create(Samples.settings(replicas)).members();
    Map<String, Integer> perZone = new HashMap<>();
    members.forEach(member -> perZone.merge(member.zone(), 1, Integer::sum));
    assertEquals(Set.of("a", "b", "c"), perZone.keySet());
    perZone.forEach(
        (zone, count) -> assertTrue(2 * (members.size() - count) > members.size(), zone));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3})
  void aSnapshotterComesOnTopOfTheVoters(int replicas) {
    List<ClusterMember> voters = ClusterPlan.create(Samples.settings(replicas)).members();
    List<ClusterMember> members = ClusterPlan.create(Samples.withSnapshotter(replicas)).members();
    ClusterMember last = members.getLast();
    assertEquals(voters.size() + 1, members.size());
    assertEquals(ClusterPlan.memberCount(replicas + 1, true), members.size());
    assertEquals(ClusterMember.SNAPSHOTTER, last.role());
    assertEquals(7000 + replicas + 1, last.port());
    assertEquals(17000 + voters.size(), last.logPort());
    assertTrue(last.keepsSnapshots() && !last.holdsData());
  }

  @Test
  void namesPortsAndIdentitiesAreUnique() {
    List<ClusterMember> members = ClusterPlan.create(Samples.settings(5)).members();
    Set<Object> seen = new HashSet<>();
    for (ClusterMember member : members) {
      assertTrue(seen.add(member.name()));
      assertTrue(seen.add(member.logPort()));
      assertTrue(!member.holdsData() || seen.add(member.port()));
      assertTrue(seen.add(member.nodeId()));
      assertTrue(member.nodeId().matches("[0-9a-f]{40}"));
    }
    assertEquals("node-a", members.getFirst().name());
    assertEquals(7000, members.getFirst().port());
  }
}
