package io.engramdb.node.durability;

import io.engramdb.node.durability.SnapshotMessage.Have;
import io.engramdb.node.shard.ShardScheduler;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One question to all other data members, and what they answer within a while: who does not answer
 * is away. Shard thread only.
 */
final class SnapshotRound {

  /** How long answers are waited for. */
  private static final long PATIENCE_MS = 500;

  private final ShardScheduler scheduler;
  private final SnapshotPeers peers;
  private final Map<String, Have> answers = new LinkedHashMap<>();
  private long number;
  private boolean running;
  private Runnable onEnd = () -> {};

  SnapshotRound(ShardScheduler scheduler, SnapshotPeers peers) {
    this.scheduler = scheduler;
    this.peers = peers;
    // Answers to a process that was here before must not be taken for answers to this one.
    number = scheduler.wallMs() << 16;
  }

  boolean isRunning() {
    return running;
  }

  /** What was answered, by member. */
  Map<String, Have> answers() {
    return answers;
  }

  void begin(Runnable whenOver) {
    answers.clear();
    running = true;
    onEnd = whenOver;
    long mine = ++number;
    for (String member : peers.dataMembers()) {
      peers.messages().send(member, SnapshotMessage.ask(mine));
    }
    scheduler.schedule(() -> endIf(number == mine), PATIENCE_MS);
    endIf(peers.dataMembers().isEmpty());
  }

  void answered(String from, Have what) {
    if (running && what.round() == number && peers.dataMembers().contains(from)) {
      answers.put(from, what);
      endIf(answers.size() == peers.dataMembers().size());
    }
  }

  private void endIf(boolean over) {
    if (running && over) {
      running = false;
      onEnd.run();
    }
  }
}
