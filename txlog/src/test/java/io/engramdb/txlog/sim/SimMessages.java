package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.MemberMessages;

/**
 * Messages between simulated members: over the network of the world, so they are delayed, lost with
 * a cut, and wait for a process that stands still.
 */
final class SimMessages implements MemberMessages {
  private final SimLogCluster cluster;
  private final String name;

  SimMessages(SimLogCluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
  }

  @Override
  public void receive(Receiver receiver) {
    cluster.receive(name, receiver);
  }

  @Override
  public void send(String member, byte[] message) {
    cluster.send(name, member, message);
  }

  @Override
  public long droppedCount() {
    return 0;
  }
}
