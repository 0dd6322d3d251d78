package io.engramdb.node.server;

import io.engramdb.node.cluster.ClusterNode;
import io.engramdb.node.cluster.ClusterView;
import io.engramdb.node.cluster.ShardDescriptor;
import io.engramdb.node.cluster.SlotHash;
import io.engramdb.node.command.ArchiveStatus;
import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ShardMember;
import io.engramdb.node.command.ShardStatus;
import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.command.SnapshotStoreStatus;
import io.engramdb.node.command.SnapshotTraffic;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import io.engramdb.node.durability.DurableShard;
import io.engramdb.node.peer.SilentMembers;
import io.engramdb.node.session.SessionRegistry;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardState;
import io.engramdb.txlog.api.LogStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the shard stands, drawn from shard and log for those who show it to clients: INFO, ROLE,
 * CLUSTER and the redirects. Shard thread only.
 */
final class ShardPicture implements ShardStatus {
  private static final long NANOS_PER_MS = 1_000_000;

  private final Supplier<DurableShard> durable;
  private final Supplier<SessionRegistry> sessions;
  private final LogSampler sampler;
  private final SilentMembers silent;
  private final Late<StoreDay> store;
  private final Late<StoreArchive> archive;
  private final Configuration configuration;
  private final LogSettings settings;
  private final List<ShardMember> members = new ArrayList<>();
  private final ShardMember self;

  private long leaderSeenMs;
  private @Nullable ShardMember lastPrimary;
  private @Nullable ViewKey viewKey;
  private @Nullable ClusterView view;

  /** What a cluster view is made from; as long as it is the same, so is the view. */
  private record ViewKey(
      boolean serves,
      @Nullable ShardMember primary,
      long epoch,
      Set<String> silent,
      String endpoint) {}

  ShardPicture(
      Supplier<DurableShard> durable,
      Supplier<SessionRegistry> sessions,
      LogSampler sampler,
      SilentMembers silent,
      Late<StoreDay> store,
      Late<StoreArchive> archive,
      Configuration configuration,
      LogSettings settings) {
    this.durable = durable;
    this.sessions = sessions;
    this.sampler = sampler;
    this.silent = silent;
    this.store = store;
    this.archive = archive;
    this.configuration = configuration;
    this.settings = settings;
    ShardMember own = null;
    for (MemberSetting each : settings.members()) {
      MemberSetting.HostPort client = each.client();
      ShardMember member =
          new ShardMember(
              each.name(),
              each.nodeId(),
              each.zone(),
              role(each.role()),
              client == null ? each.log().host() : client.host(),
              client == null ? 0 : client.port());
      members.add(member);
      if (each.name().equals(settings.self().name())) {
        own = member;
      }
    }
    self = Objects.requireNonNull(own);
  }

  private static ShardMember.Role role(MemberSetting.Role role) {
    return switch (role) {
      case DATA -> ShardMember.Role.DATA;
      case LOG_VOTER -> ShardMember.Role.LOG_VOTER;
      case SNAPSHOTTER -> ShardMember.Role.SNAPSHOTTER;
    };
  }

  private Shard shard() {
    return durable.get().shard();
  }

  // --- ShardStatus

  @Override
  public SnapshotStoreStatus snapshotStore() {
    return store.get().status();
  }

  @Override
  public ArchiveStatus archive() {
    return archive.get().status();
  }

  @Override
  public SnapshotStatus snapshots() {
    return durable.get().snapshotStatus();
  }

  @Override
  public SnapshotTraffic snapshotTraffic() {
    return durable.get().snapshotTraffic();
  }

  @Override
  public ShardMember self() {
    return self;
  }

  @Override
  public List<ShardMember> members() {
    return members;
  }

  private @Nullable ShardMember find(@Nullable String name) {
    for (ShardMember member : members) {
      if (member.name().equals(name)) {
        return member;
      }
    }
    return null;
  }

  @Override
  public @Nullable ShardMember primary() {
    if (shard().state().elected()) {
      return self;
    }
    ShardMember leader = find(durable.get().leader());
    // A log-only voter that leads for a moment is no primary.
    return leader != null && leader.holdsData() ? leader : null;
  }

  @Override
  public boolean isPrimary() {
    return shard().state().leads();
  }

  @Override
  public String stateName() {
    return shard().state().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public boolean loading() {
    ShardState state = shard().state();
    return state == ShardState.LOADING
        || state == ShardState.TAINTED
        || state == ShardState.RESOLVING;
  }

  @Override
  public long term() {
    return Math.max(sampler.newest().term(), durable.get().leaderTerm());
  }

  @Override
  public long epoch() {
    return Math.max(shard().pipeline().epoch(), durable.get().leaderTerm());
  }

  @Override
  public long commitIndex() {
    return Math.max(durable.get().heardIndex(), sampler.newest().commitIndex());
  }

  @Override
  public long appliedIndex() {
    return durable.get().appliedIndex();
  }

  @Override
  public long lastIndex() {
    return Math.max(commitIndex(), sampler.newest().flushedIndex());
  }

  @Override
  public long firstIndex() {
    return sampler.newest().firstIndex();
  }

  @Override
  public long recordSequence() {
    return shard().replay().appliedRecords();
  }

  @Override
  public int recordsInFlight() {
    return shard().pipeline().inFlightCount();
  }

  @Override
  public long bytesInFlight() {
    return shard().pipeline().inFlightBytes();
  }

  @Override
  public int waitingClients() {
    return shard().deferrals().size() + shard().blocked().size() + shard().stalledCount();
  }

  @Override
  public int parkedReplies() {
    return sessions.get().parkedCount();
  }

  @Override
  public long leaseRemainingMs() {
    return shard().lease().remainingNanos(System.nanoTime()) / NANOS_PER_MS;
  }

  @Override
  public long primaryContactMs() {
    if (primary() != null) {
      leaderSeenMs = shard().nowMs();
    }
    return leaderSeenMs;
  }

  @Override
  public List<PeerPosition> peers() {
    LogStatus sample = sampler.newest();
    List<PeerPosition> positions = new ArrayList<>();
    if (!sample.leading()) {
      return positions;
    }
    for (LogStatus.Peer peer : sample.peers()) {
      ShardMember member = find(peer.name());
      if (member != null && member != self) {
        boolean heard = peer.lastHeardMs() >= 0;
        positions.add(
            new PeerPosition(
                member,
                Math.max(0, peer.matchIndex()),
                heard ? shard().nowMs() - peer.lastHeardMs() : 0,
                silent.answers(peer)));
      }
    }
    return positions;
  }

  /** The other data nodes that answer. */
  int replicasOnline() {
    int count = 0;
    for (PeerPosition peer : peers()) {
      count += peer.member().holdsData() && peer.online() ? 1 : 0;
    }
    return count;
  }

  @Override
  public long logSizeBytes() {
    return sampler.newest().sizeBytes();
  }

  @Override
  public boolean logDiskLow() {
    return shard().limits().logDiskLow;
  }

  @Override
  public Failover failover() {
    if (!durable.get().isHandingOver()) {
      return Failover.NONE;
    }
    return durable.get().isTransferring() ? Failover.IN_PROGRESS : Failover.WAITING_FOR_SYNC;
  }

  // --- the cluster as its clients see it

  /** The newest picture; the same object as long as nothing has changed. */
  ClusterView view() {
    ViewKey key =
        new ViewKey(
            shard().state() == ShardState.LEADING,
            primary(),
            epoch(),
            silent.names(sampler.newest().leading(), durable.get().leader()),
            configuration.text("cluster-preferred-endpoint-type"));
    ClusterView present = view;
    if (present == null || !key.equals(viewKey)) {
      present = draw(key);
      viewKey = key;
      view = present;
    }
    return present;
  }

  private ClusterView draw(ViewKey key) {
    List<ClusterNode> nodes = new ArrayList<>();
    ClusterNode ownNode = null;
    ClusterNode primaryNode = null;
    ShardMember leader = key.primary();
    if (leader != null) {
      lastPrimary = leader;
    }
    for (int i = 0; i < members.size(); i++) {
      ShardMember member = members.get(i);
      if (!member.holdsData() && member != self) {
        continue;
      }
      ClusterNode node = node(member, settings.members().get(i).log().port(), key.silent());
      ownNode = member == self ? node : ownNode;
      if (!member.holdsData()) {
        // Clients go to whatever is listed, also if they asked the snapshotter.
        continue;
      }
      nodes.add(node);
      primaryNode = member == lastPrimary ? node : primaryNode;
    }
    ShardDescriptor all =
        new ShardDescriptor(
            shardId(), 0, SlotHash.SLOT_COUNT - 1, nodes, primaryNode, leader != null, key.epoch());
    return new ClusterView(
        Objects.requireNonNull(ownNode),
        List.of(all),
        configuration.number("tls-port") != 0,
        key.serves(),
        endpoints(key.endpoint()));
  }

  private String shardId() {
    String configured = configuration.text("shard-id");
    return configured.isEmpty() ? self.nodeId() : configured;
  }

  private ClusterNode node(ShardMember member, int logPort, Set<String> silentNames) {
    boolean online = member == self || !silentNames.contains(member.name());
    String hostname = member == self ? configuration.text("cluster-announce-hostname") : "";
    return new ClusterNode(
        member.nodeId(), member.host(), hostname, member.port(), logPort, member.zone(), online);
  }

  private static ClusterView.Endpoints endpoints(String configured) {
    return switch (configured) {
      case "hostname" -> ClusterView.Endpoints.HOSTNAME;
      case "unknown-endpoint" -> ClusterView.Endpoints.UNKNOWN_ENDPOINT;
      default -> ClusterView.Endpoints.IP;
    };
  }
}
