package io.engramdb.node.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Passes the commands that a source replicates to the target, in their order, transactions as a
 * whole. What is about the connection (PING, REPLCONF, SELECT) is not passed on. One thread.
 */
final class StreamPlayer {
  /** Bytes of the commands of one transaction: it is held until its end. */
  private static final long MAX_TRANSACTION_BYTES = 256L << 20;

  /** Commands that concern more databases than the one that is selected. */
  private static final Set<String> ACROSS_DATABASES = Set.of("SWAPDB", "MOVE");

  /** Commands that concern no database. */
  private static final Set<String> WITHOUT_DATABASE =
      Set.of("FUNCTION", "SCRIPT", "PUBLISH", "SPUBLISH");

  private static final byte[] MULTI = SourceLink.ascii("MULTI");
  private static final byte[] EXEC = SourceLink.ascii("EXEC");

  private final ImportTarget target;
  private final DatabaseMap databases;

  /** The source's database for what comes next. */
  private long selected;

  private boolean inTransaction;
  private final List<Command> transaction = new ArrayList<>();
  private long transactionBytes;

  /** Offset behind the last command, or the last whole transaction. */
  private long position;

  private long selectedAtPosition;
  private volatile long commands;

  private record Command(int database, byte[][] words) {}

  /**
   * A player.
   *
   * @param position offset of the source at which it begins
   */
  StreamPlayer(ImportTarget target, DatabaseMap databases, long position) {
    this.target = target;
    this.databases = databases;
    this.position = position;
    target.sent(position);
  }

  /** Where the source would have to go on, if its connection were lost now. */
  long position() {
    return position;
  }

  /** Commands that were passed on. */
  long commands() {
    return commands;
  }

  /** Forgets the transaction that was not complete when the connection was lost. */
  void resume() {
    endTransaction();
    selected = selectedAtPosition;
  }

  /**
   * Plays a command.
   *
   * @param behind the source's offset behind it
   * @return true if the source wants to know how far we are
   */
  boolean play(byte[][] words, long behind) throws IOException {
    boolean asks = false;
    switch (SourceLink.name(words)) {
      case "PING" -> {}
      case "REPLCONF" -> asks = true;
      case "SELECT" -> selected = number(words);
      case "MULTI" -> inTransaction = true;
      case "EXEC" -> {
        sendTransaction();
        endTransaction();
      }
      default -> take(words);
    }
    if (!inTransaction) {
      position = behind;
      selectedAtPosition = selected;
      target.sent(behind);
    }
    return asks;
  }

  private static long number(byte[][] words) throws ImportException {
    String text = words.length > 1 ? new String(words[1], StandardCharsets.ISO_8859_1) : "";
    if (!text.matches("[0-9]{1,9}")) {
      throw new ImportException("the source sent a SELECT that can't be read");
    }
    return Long.parseLong(text);
  }

  private void endTransaction() {
    inTransaction = false;
    transaction.clear();
    transactionBytes = 0;
  }

  private void take(byte[][] words) throws IOException {
    Command command = mapped(words);
    if (command == null) {
      return;
    }
    if (!inTransaction) {
      target.send(command.database, position, command.words);
      commands++;
      return;
    }
    for (byte[] word : words) {
      transactionBytes += word.length;
    }
    if (transactionBytes > MAX_TRANSACTION_BYTES) {
      throw new ImportException(
          "the source ran a transaction of more than " + MAX_TRANSACTION_BYTES + " bytes");
    }
    transaction.add(command);
  }

  /** The command as the target is to run it; null if it concerns only what stays behind. */
  private @Nullable Command mapped(byte[][] words) throws IOException {
    String name = SourceLink.name(words);
    if (WITHOUT_DATABASE.contains(name)) {
      return new Command(0, words);
    }
    boolean flushesAll = name.equals("FLUSHALL");
    if (databases.isSelective()) {
      if (ACROSS_DATABASES.contains(name) || name.equals("COPY") && words.length > 3) {
        throw new ImportException(
            "the source ran " + TargetShard.show(words) + ", but only one database is imported");
      }
      if (flushesAll) {
        return new Command(
            databases.target(Objects.requireNonNull(databases.only())),
            new byte[][] {SourceLink.ascii("FLUSHDB")});
      }
    }
    if (flushesAll) {
      return new Command(0, words);
    }
    if (!databases.isWanted(selected)) {
      return null;
    }
    return new Command(databases.target(selected), words);
  }

  /** All of it to one shard, which runs it as a whole. */
  private void sendTransaction() throws IOException {
    if (transaction.isEmpty()) {
      return;
    }
    TargetShard shard = target.shardOf(transaction.stream().map(Command::words).toList());
    int database = transaction.getFirst().database;
    shard.send(database, position, MULTI);
    for (Command each : transaction) {
      database = each.database;
      shard.send(database, position, each.words);
    }
    shard.send(database, position, EXEC);
    commands += transaction.size();
  }
}
