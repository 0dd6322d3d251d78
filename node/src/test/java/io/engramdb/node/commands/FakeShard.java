package io.engramdb.node.commands;

import io.engramdb.node.command.PeerPosition;
import io.engramdb.node.command.ShardControl;
import io.engramdb.node.command.ShardMember;
import io.engramdb.node.command.ShardStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A shard whose state a test sets by hand. */
final class FakeShard implements ShardStatus, ShardControl {

  static final ShardMember A =
      new ShardMember("n1", "a".repeat(40), "z1", ShardMember.Role.DATA, "10.0.0.1", 7001);
  static final ShardMember B =
      new ShardMember("n2", "b".repeat(40), "z2", ShardMember.Role.DATA, "10.0.0.2", 7002);
  static final ShardMember V =
      new ShardMember("v3", "c".repeat(40), "z3", ShardMember.Role.LOG_VOTER, "10.0.0.3", 0);
  static final ShardMember S =
      new ShardMember("s", "d".repeat(40), "z3", ShardMember.Role.SNAPSHOTTER, "10.0.0.4", 7004);

  ShardMember self = A;
  @Nullable ShardMember primary = A;
  boolean loading;
  Failover failover = Failover.NONE;
  int copies;
  boolean onDisk;
  boolean shuttingDown;
  List<PeerPosition> peers =
      List.of(new PeerPosition(B, 90, 9_000, true), new PeerPosition(V, 99, 9_500, true));
  final List<String> calls = new ArrayList<>();

  @Override
  public ShardMember self() {
    return self;
  }

  @Override
  public List<ShardMember> members() {
    return List.of(A, B, V);
  }

  @Override
  public @Nullable ShardMember primary() {
    return primary;
  }

  @Override
  public boolean isPrimary() {
    return self.equals(primary);
  }

  @Override
  public String stateName() {
    return isPrimary() ? "leading" : "following";
  }

  @Override
  public boolean loading() {
    return loading;
  }

  @Override
  public long term() {
    return 4;
  }

  @Override
  public long epoch() {
    return 3;
  }

  @Override
  public long commitIndex() {
    return 99;
  }

  @Override
  public long appliedIndex() {
    return 98;
  }

  @Override
  public long lastIndex() {
    return 100;
  }

  @Override
  public long firstIndex() {
    return 1;
  }

  @Override
  public long recordSequence() {
    return 55;
  }

  @Override
  public int recordsInFlight() {
    return 1;
  }

  @Override
  public long bytesInFlight() {
    return 512;
  }

  @Override
  public int waitingClients() {
    return 3;
  }

  @Override
  public int parkedReplies() {
    return 2;
  }

  @Override
  public long leaseRemainingMs() {
    return 200;
  }

  @Override
  public long primaryContactMs() {
    return isPrimary() ? 0 : 8_000;
  }

  @Override
  public List<PeerPosition> peers() {
    return isPrimary() ? peers : List.of();
  }

  @Override
  public long logSizeBytes() {
    return 4096;
  }

  @Override
  public boolean logDiskLow() {
    return false;
  }

  @Override
  public Failover failover() {
    return failover;
  }

  @Override
  public int copiesElsewhere(long epoch, long sequence) {
    calls.add("copies " + epoch + ' ' + sequence);
    return copies;
  }

  @Override
  public boolean onOwnDisk(long epoch, long sequence) {
    return onDisk;
  }

  @Override
  public void startFailover(@Nullable ShardMember target, long timeoutMs, boolean force) {
    calls.add(
        "failover " + (target == null ? "any" : target.name()) + ' ' + timeoutMs + ' ' + force);
  }

  @Override
  public boolean abortFailover() {
    return failover != Failover.NONE;
  }

  @Override
  public void startShutdown(boolean now, boolean force) {
    calls.add("shutdown " + now + ' ' + force);
    shuttingDown = true;
  }

  @Override
  public boolean abortShutdown() {
    boolean aborted = shuttingDown;
    shuttingDown = false;
    return aborted;
  }

  @Override
  public boolean shuttingDown() {
    return shuttingDown;
  }
}
