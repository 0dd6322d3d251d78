package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import java.util.ArrayList;
import java.util.List;

/** A client's open transaction: queued commands and watched keys. Shard thread only. */
public final class TransactionState {

  /** A queued command; the request is a copy of its own. */
  public record Queued(CommandSpec spec, Args args) {}

  /** A watched key of one database. */
  public record WatchedKey(int database, Bytes key) {}

  /** MULTI was sent and neither EXEC nor DISCARD. */
  public boolean open;

  /** A command was refused while queueing: EXEC must abort. */
  public boolean failed;

  /** A watched key has changed (or leadership was lost): EXEC must answer null. */
  public boolean broken;

  private final List<Queued> queue = new ArrayList<>();
  private final List<WatchedKey> watched = new ArrayList<>();
  private long queuedBytes;

  public List<Queued> queue() {
    return queue;
  }

  /** Keys that {@code WatchedKeys} of the shard knows for this client. */
  public List<WatchedKey> watched() {
    return watched;
  }

  /** Bytes of all queued requests. */
  public long queuedBytes() {
    return queuedBytes;
  }

  /** Queues a request, which must be a copy. */
  public void enqueue(CommandSpec spec, Args args) {
    queue.add(new Queued(spec, args));
    queuedBytes += args.sizeBytes();
  }

  /** Whether a queued command changes data, or anything else that is replicated. */
  public boolean writes() {
    for (Queued queued : queue) {
      if (queued.spec().isWrite() || queued.spec().isLogged()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a queued command may not run while memory is full. */
  public boolean needsMemory() {
    return queue.stream().anyMatch(queued -> queued.spec().isDenyOom());
  }

  /** Whether a queued command runs a script. */
  public boolean runsScripts() {
    return queue.stream().anyMatch(queued -> queued.spec().runsScript());
  }

  /** Whether a command is queued while a transaction is open, instead of being run. */
  public static boolean queues(CommandSpec spec) {
    if (spec.container() != null) {
      return true;
    }
    return switch (spec.name()) {
      case "exec", "discard", "multi", "watch", "quit", "reset" -> false;
      default -> true;
    };
  }

  /** Ends the transaction; watched keys stay. */
  public void close() {
    open = false;
    failed = false;
    queue.clear();
    queuedBytes = 0;
  }
}
