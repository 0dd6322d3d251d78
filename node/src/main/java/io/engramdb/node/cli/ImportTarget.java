package io.engramdb.node.cli;

import io.engramdb.node.server.CommandKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cluster that is filled: finds its primaries, and brings each command to the shard that has
 * its keys. One thread sends.
 */
final class ImportTarget implements AutoCloseable {
  private static final int TIMEOUT_MS = 10_000;
  private static final int SLOTS = 16_384;

  /** Commands that concern every shard. */
  private static final Set<String> EVERYWHERE = Set.of("FLUSHALL", "FLUSHDB", "FUNCTION", "SCRIPT");

  /** Commands that are as good one key at a time. */
  private static final Set<String> DIVISIBLE = Set.of("DEL", "UNLINK");

  private final boolean cluster;
  private final List<TargetShard> shards;
  private final TargetShard[] bySlot;
  private final CommandKeys keys = new CommandKeys();

  /** Everything of the source up to there was sent. */
  private volatile long sentOffset;

  private ImportTarget(boolean cluster, List<TargetShard> shards, TargetShard[] bySlot) {
    this.cluster = cluster;
    this.shards = shards;
    this.bySlot = bySlot;
  }

  /**
   * Connects to the primaries.
   *
   * @param seeds members of the target, of which one must answer
   */
  static ImportTarget open(List<ServerAddress> seeds) throws CliException {
    String reason = "";
    for (ServerAddress seed : seeds) {
      try (RespClient client = RespClient.connect(seed, TIMEOUT_MS)) {
        Map<String, String> facts = ClusterProbe.facts(client.call("INFO", "replication"));
        facts.putAll(ClusterProbe.facts(client.call("INFO", "cluster")));
        if ("1".equals(facts.get("cluster_enabled"))) {
          return ofSlots(seed, client.ask("CLUSTER", "SLOTS"));
        }
        ServerAddress primary = primary(seed, facts);
        if (primary != null) {
          return ofOne(primary);
        }
        reason = seed + " knows no primary";
      } catch (IOException e) {
        reason = seed + ": " + e.getMessage();
      }
    }
    throw new CliException("the target can't be reached: " + reason);
  }

  private static @Nullable ServerAddress primary(ServerAddress asked, Map<String, String> facts) {
    if ("master".equals(facts.get("role"))) {
      return asked;
    }
    String host = facts.get("master_host");
    String port = facts.getOrDefault("master_port", "");
    boolean known = host != null && !host.isEmpty() && port.matches("[1-9][0-9]{0,4}");
    return known ? asked.at(host, Integer.parseInt(port)) : null;
  }

  private static ImportTarget ofOne(ServerAddress primary) throws IOException {
    TargetShard shard = new TargetShard(primary);
    TargetShard[] all = new TargetShard[SLOTS];
    Arrays.fill(all, shard);
    return new ImportTarget(false, List.of(shard), all);
  }

  private static ImportTarget ofSlots(ServerAddress asked, @Nullable Object reply)
      throws IOException {
    TargetShard[] bySlot = new TargetShard[SLOTS];
    Map<String, TargetShard> known = new HashMap<>();
    try {
      for (Object range : (List<?>) reply) {
        List<?> parts = (List<?>) range;
        List<?> node = (List<?>) parts.get(2);
        ServerAddress primary =
            asked.at(hostOf(node.getFirst(), asked), ((Long) node.get(1)).intValue());
        TargetShard shard = known.get(primary.toString());
        if (shard == null) {
          shard = new TargetShard(primary);
          known.put(primary.toString(), shard);
        }
        int first = ((Long) parts.get(0)).intValue();
        Arrays.fill(bySlot, first, ((Long) parts.get(1)).intValue() + 1, shard);
      }
      if (Arrays.stream(bySlot).anyMatch(each -> each == null)) {
        throw new IOException("slots of the cluster have no primary");
      }
      return new ImportTarget(true, List.copyOf(known.values()), bySlot);
    } catch (IOException e) {
      known.values().forEach(TargetShard::close);
      throw e;
    } catch (ClassCastException | IndexOutOfBoundsException | NullPointerException e) {
      known.values().forEach(TargetShard::close);
      throw new IOException("its answer to CLUSTER SLOTS is no list of slots", e);
    }
  }

  private static String hostOf(@Nullable Object host, ServerAddress asked) {
    String text = host instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : "";
    return text.isEmpty() || text.equals("?") ? asked.host() : text;
  }

  /** Whether it has slots, and one database. */
  boolean isCluster() {
    return cluster;
  }

  int shardCount() {
    return shards.size();
  }

  /** Whether no shard has a key. */
  boolean isEmpty() throws IOException {
    for (TargetShard shard : shards) {
      if (shard.ask("INFO", "keyspace").contains("keys=")) {
        return false;
      }
    }
    return true;
  }

  /** From here on commands go ahead of their replies. */
  void begin() {
    shards.forEach(TargetShard::begin);
  }

  /** A key's shard. */
  TargetShard shardOf(byte[] key) {
    return bySlot[CommandKeys.slotOf(key)];
  }

  /** A command for every shard. */
  void sendEverywhere(int database, long offset, byte[]... words) throws IOException {
    for (TargetShard shard : shards) {
      shard.send(database, offset, words);
    }
  }

  /** One command of the source, to whom it concerns. */
  void send(int database, long offset, byte[]... words) throws IOException {
    String name = SourceLink.name(words);
    if (EVERYWHERE.contains(name)) {
      sendEverywhere(database, offset, words);
      return;
    }
    if (cluster && words.length > 2 && DIVISIBLE.contains(name)) {
      for (int i = 1; i < words.length; i++) {
        shardOf(words[i]).send(database, offset, words[0], words[i]);
      }
      return;
    }
    shardAt(slotOf(words)).send(database, offset, words);
  }

  /**
   * A transaction of the source. In a cluster it becomes one for each row of commands of one slot:
   * nothing holds across slots there, and what the source did in one step may concern several.
   */
  void sendTransaction(List<StreamPlayer.Command> commands, long offset) throws IOException {
    if (!cluster) {
      shards.getFirst().sendTransaction(commands, offset);
      return;
    }
    List<StreamPlayer.Command> row = new ArrayList<>();
    int slot = -1;
    for (StreamPlayer.Command each : commands) {
      String name = SourceLink.name(each.words());
      if (EVERYWHERE.contains(name) || DIVISIBLE.contains(name)) {
        sendRow(row, slot, offset);
        slot = -1;
        send(each.database(), offset, each.words());
        continue;
      }
      int own = slotOf(each.words());
      if (own >= 0 && slot >= 0 && own != slot) {
        sendRow(row, slot, offset);
        slot = -1;
      }
      row.add(each);
      slot = Math.max(slot, own);
    }
    sendRow(row, slot, offset);
  }

  private void sendRow(List<StreamPlayer.Command> row, int slot, long offset) throws IOException {
    TargetShard shard = shardAt(slot);
    if (row.size() == 1) {
      shard.send(row.getFirst().database(), offset, row.getFirst().words());
    } else if (!row.isEmpty()) {
      shard.sendTransaction(row, offset);
    }
    row.clear();
  }

  /** The one slot that a command concerns; -1: none. */
  private int slotOf(byte[][] words) throws ImportException {
    int slot = -1;
    for (byte[] key : keysOf(words)) {
      int other = CommandKeys.slotOf(key);
      if (cluster && slot >= 0 && other != slot) {
        throw new ImportException(
            "the source ran "
                + TargetShard.show(words)
                + " with keys of several slots, which a target in cluster mode does not take");
      }
      slot = other;
    }
    return slot;
  }

  private List<byte[]> keysOf(byte[][] words) {
    // A channel of a slot is where its subscribers are.
    boolean channel = words.length > 1 && SourceLink.name(words).equals("SPUBLISH");
    return channel ? List.of(words[1]) : keys.of(words);
  }

  private TargetShard shardAt(int slot) {
    return slot < 0 ? shards.getFirst() : bySlot[slot];
  }

  /** The source's offset behind what was sent last. */
  void sent(long offset) {
    sentOffset = offset;
  }

  /** The source's offset behind what was sent last. */
  long sentOffset() {
    return sentOffset;
  }

  /** The source's offset up to which everything is in the target, acknowledged. */
  long appliedOffset() {
    long offset = sentOffset;
    for (TargetShard shard : shards) {
      offset = shard.answered(offset);
    }
    return offset;
  }

  void flush() throws IOException {
    for (TargetShard shard : shards) {
      shard.flush();
    }
  }

  /** Waits until everything is answered. */
  void drain() throws IOException {
    flush();
    for (TargetShard shard : shards) {
      shard.drain();
    }
  }

  /** Changes of times to live that found no key. */
  long missedTimes() {
    return shards.stream().mapToLong(TargetShard::missedTimes).sum();
  }

  /** Pending entries of streams that could not be made, because the entry is gone. */
  long leftOut() {
    return shards.stream().mapToLong(TargetShard::leftOut).sum();
  }

  @Override
  public void close() {
    shards.forEach(TargetShard::close);
  }
}
