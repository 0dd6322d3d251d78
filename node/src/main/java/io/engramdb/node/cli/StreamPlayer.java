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

  /** Commands that concern no database. */
  private static final Set<String> WITHOUT_DATABASE =
      Set.of("FUNCTION", "SCRIPT", "PUBLISH", "SPUBLISH");

  /** Place of the first option of COPY. */
  private static final int COPY_OPTIONS = 3;

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

  /** A command and its database in the target. */
  record Command(int database, byte[][] words) {}

  /**
   * A player.
   *
   * @param position offset of the source at which it begins
   * @param selected its database there: a source that is a replica itself does not say it again
   */
  StreamPlayer(ImportTarget target, DatabaseMap databases, long position, long selected) {
    this.target = target;
    this.databases = databases;
    this.position = position;
    this.selected = selected;
    this.selectedAtPosition = selected;
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
      case "SELECT" -> selected = number(words, 1);
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

  private static long number(byte[][] words, int at) throws ImportException {
    String text = words.length > at ? new String(words[at], StandardCharsets.ISO_8859_1) : "";
    if (!text.matches("[0-9]{1,9}")) {
      throw new ImportException(
          "the source sent a " + SourceLink.name(words) + " that can't be read");
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
    transactionBytes += TargetShard.sizeBytes(words);
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
      List<Long> others = databasesOf(name, words);
      if (others.stream().anyMatch(databases::isWanted)) {
        throw new ImportException(
            "the source ran " + TargetShard.show(words) + ", but only one database is imported");
      }
      if (!others.isEmpty()) {
        return null;
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

  /** The databases that a command names, and its own if it names one; none if it does not. */
  private List<Long> databasesOf(String name, byte[][] words) throws ImportException {
    return switch (name) {
      case "SWAPDB" -> List.of(number(words, 1), number(words, 2));
      case "MOVE" -> List.of(selected, number(words, 2));
      case "COPY" -> {
        for (int i = COPY_OPTIONS; i < words.length; i++) {
          if (new String(words[i], StandardCharsets.ISO_8859_1).equalsIgnoreCase("DB")) {
            yield List.of(selected, number(words, i + 1));
          }
        }
        yield List.of();
      }
      default -> List.of();
    };
  }

  private void sendTransaction() throws IOException {
    if (!transaction.isEmpty()) {
      target.sendTransaction(transaction, position);
      commands += transaction.size();
    }
  }
}
