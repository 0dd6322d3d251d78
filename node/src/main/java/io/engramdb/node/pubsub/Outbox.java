package io.engramdb.node.pubsub;

import io.engramdb.node.base.Bytes;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.ConnectedClient;
import io.engramdb.node.command.PushMessage;
import io.engramdb.node.shard.MessageOutlet;
import io.engramdb.node.shard.Shard;
import io.engramdb.node.shard.ShardClient;
import java.util.ArrayDeque;
import java.util.ArrayList;

/**
 * What the running command, transaction or script has to say to others; it leaves when the run is
 * over, because only then is known which record it must wait for.
 *
 * <p>Who receives a message is fixed when it is added. At the end of the run it is put behind the
 * replies that its receiver is owed, bound to the newest record, committed or not: so nobody learns
 * of a write before it holds, and if the record is lost the connection that was to hear of it
 * closes. Messages for other nodes wait here for the same record and are dropped with it. Shard
 * thread only.
 */
final class Outbox implements MessageOutlet, ShardClient {

  private record Relayed(boolean sharded, Bytes channel, byte[] payload, long neededSequence) {}

  private final ArrayList<ConnectedClient> receivers = new ArrayList<>();
  private final ArrayList<PushMessage> messages = new ArrayList<>();
  private final ArrayList<ConnectedClient> earlyReceivers = new ArrayList<>();
  private final ArrayList<PushMessage> earlyMessages = new ArrayList<>();
  private final ArrayList<Relayed> relayed = new ArrayList<>();

  /** What waits for its record on its way to other nodes; bounded by the shard's budget. */
  private final ArrayDeque<Relayed> departing = new ArrayDeque<>();

  private final MessageRelay relay;
  private final Shard shard;
  private long parkedBytes;
  private boolean awaiting;
  private boolean woken;
  private Runnable ending = () -> {};
  private Runnable loss = () -> {};

  Outbox(Shard shard, MessageRelay relay) {
    this.shard = shard;
    this.relay = relay;
  }

  /** There will be something to say when the run is over. */
  void wake() {
    shard.beginTurn();
    woken = true;
  }

  /** Asked for more when the run is over, and told when leadership is lost. */
  void attach(Runnable newEnding, Runnable newLoss) {
    ending = newEnding;
    loss = newLoss;
  }

  /** A message for one client. */
  void add(ConnectedClient receiver, PushMessage message) {
    shard.beginTurn();
    receivers.add(receiver);
    messages.add(message);
  }

  /** What says nothing about data: it leaves when the run is over, whatever is committed. */
  void addEarly(ConnectedClient receiver, PushMessage message) {
    shard.beginTurn();
    earlyReceivers.add(receiver);
    earlyMessages.add(message);
  }

  /** A published message for the other nodes. */
  void relay(boolean sharded, Bytes channel, byte[] payload) {
    if (relay != MessageRelay.NONE) {
      shard.beginTurn();
      relayed.add(new Relayed(sharded, channel, payload, 0));
    }
  }

  @Override
  public boolean isEmpty() {
    return !waits() && earlyReceivers.isEmpty();
  }

  @Override
  public boolean waits() {
    return !receivers.isEmpty() || !relayed.isEmpty() || woken;
  }

  @Override
  public void release(long neededSequence) {
    woken = false;
    ending.run();
    for (int i = 0; i < receivers.size(); i++) {
      receivers.get(i).push(messages.get(i), neededSequence);
    }
    receivers.clear();
    messages.clear();
    for (int i = 0; i < earlyReceivers.size(); i++) {
      earlyReceivers.get(i).push(earlyMessages.get(i), 0);
    }
    earlyReceivers.clear();
    earlyMessages.clear();
    for (Relayed message : relayed) {
      departing.add(new Relayed(message.sharded, message.channel, message.payload, neededSequence));
      park(message.payload.length);
    }
    relayed.clear();
    depart();
  }

  private void depart() {
    long committed = shard.state().leads() ? shard.pipeline().committedSequence() : Long.MAX_VALUE;
    while (!departing.isEmpty() && departing.getFirst().neededSequence <= committed) {
      Relayed message = departing.removeFirst();
      park(-message.payload.length);
      relay.send(message.sharded, message.channel, message.payload);
    }
    if (!departing.isEmpty() && !awaiting) {
      awaiting = true;
      shard.pipeline().await(departing.getFirst().neededSequence, this);
    }
  }

  private void park(long bytes) {
    parkedBytes += bytes;
    shard.parked(bytes);
  }

  // --- the shard's side

  @Override
  public void recordCommitted() {
    awaiting = false;
    depart();
  }

  @Override
  public void leadershipLost() {
    awaiting = false;
    departing.clear();
    park(-parkedBytes);
    receivers.clear();
    messages.clear();
    relayed.clear();
    loss.run();
  }

  @Override
  public void endTurn(boolean leaseValid) {}

  @Override
  public void leaseRegained() {}

  @Override
  public void resume() {}

  @Override
  public boolean executeAgain(CommandSpec spec, Args request) {
    return false;
  }

  @Override
  public void waitedInVain() {}

  @Override
  public void unblockedByDemotion() {}

  @Override
  public void cancelDeferred(CommandError error) {}
}
