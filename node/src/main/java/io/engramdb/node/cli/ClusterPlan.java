package io.engramdb.node.cli;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Decides which members a new cluster has.
 *
 * <p>Rules: {@code replicas + 1} data nodes, spread over zones a, b and c in turn. At least three
 * voters, so that one zone may fail; an odd number of them, because an even one tolerates no more
 * failures than the odd one below it. What is missing to that is filled with log-only voters, each
 * in the zone with the fewest members. A snapshotter, if there is to be one, comes on top.
 */
final class ClusterPlan {
  static final int MAX_REPLICAS = 8;

  private static final char[] ZONES = {'a', 'b', 'c'};
  private static final int MIN_VOTERS = 3;
  private static final int IDENTITY_BYTES = 20;

  private ClusterPlan() {}

  /** A cluster with new identities. */
  static ClusterFile create(ClusterSettings settings) {
    SecureRandom random = new SecureRandom();
    return new ClusterFile(
        ClusterFile.FORMAT,
        identity(random),
        identity(random),
        false,
        settings,
        members(settings, random));
  }

  /** The number of log-only voters that so many data nodes need. */
  static int logVoterCount(int dataNodeCount) {
    return dataNodeCount < MIN_VOTERS ? MIN_VOTERS - dataNodeCount : 1 - dataNodeCount % 2;
  }

  /** How many members have a client port. */
  static int clientPortCount(int dataNodeCount, boolean snapshotter) {
    return dataNodeCount + (snapshotter ? 1 : 0);
  }

  /** How many members there are. */
  static int memberCount(int dataNodeCount, boolean snapshotter) {
    return clientPortCount(dataNodeCount, snapshotter) + logVoterCount(dataNodeCount);
  }

  private static List<ClusterMember> members(ClusterSettings settings, SecureRandom random) {
    int dataCount = settings.replicas() + 1;
    int total = dataCount + logVoterCount(dataCount);
    int[] perZone = new int[ZONES.length];
    List<ClusterMember> members = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      boolean data = i < dataCount;
      int zone = emptiest(perZone);
      perZone[zone]++;
      String suffix = perZone[zone] == 1 ? "" : Integer.toString(perZone[zone]);
      members.add(
          new ClusterMember(
              String.format(Locale.ROOT, "%s-%c%s", data ? "node" : "log", ZONES[zone], suffix),
              String.valueOf(ZONES[zone]),
              data ? ClusterMember.DATA : ClusterMember.LOG_VOTER,
              settings.host(),
              data ? settings.port() + i : 0,
              settings.logPort() + i,
              identity(random)));
    }
    if (settings.snapshotter()) {
      members.add(
          new ClusterMember(
              ClusterMember.SNAPSHOTTER,
              String.valueOf(ZONES[emptiest(perZone)]),
              ClusterMember.SNAPSHOTTER,
              settings.host(),
              settings.port() + dataCount,
              settings.logPort() + total,
              identity(random)));
    }
    return members;
  }

  private static String identity(SecureRandom random) {
    byte[] bytes = new byte[IDENTITY_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static int emptiest(int[] perZone) {
    int best = 0;
    for (int i = 1; i < perZone.length; i++) {
      if (perZone[i] < perZone[best]) {
        best = i;
      }
    }
    return best;
  }
}
