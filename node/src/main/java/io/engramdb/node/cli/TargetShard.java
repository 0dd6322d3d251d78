package io.engramdb.node.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the primary of one shard that is filled: commands go ahead of their replies, up
 * to a bound, and the first one that is refused ends it. One thread sends; a thread of its own
 * takes the replies.
 */
final class TargetShard implements AutoCloseable {
  /** Commands whose replies have not come yet. */
  static final int MAX_PENDING_COMMANDS = 4096;

  /** Bytes of such commands; one command may exceed it. */
  static final int MAX_PENDING_BYTES = 16 << 20;

  /** How long the target may take for a reply. */
  static final int SILENCE_MS = 120_000;

  /** What a word, and a command, takes beside its bytes. */
  private static final int OBJECT_BYTES = 48;

  private static final Set<String> TIME_CHANGES =
      Set.of("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "PERSIST");

  private static final byte[][] MULTI = {SourceLink.ascii("MULTI")};
  private static final byte[][] EXEC = {SourceLink.ascii("EXEC")};
  private static final int WAIT_MS = 100;
  private static final int MAX_SHOWN_WORD_BYTES = 40;
  private static final int SHOWN_WORDS = 2;

  private final ServerAddress address;
  private final RespClient client;
  private final ArrayBlockingQueue<Pending> pending =
      new ArrayBlockingQueue<>(MAX_PENDING_COMMANDS);
  private final Semaphore freeBytes = new Semaphore(MAX_PENDING_BYTES);
  private final AtomicLong leftOut = new AtomicLong();
  private final AtomicLong missedTimes = new AtomicLong();
  private volatile @Nullable ImportException failure;
  private volatile boolean closed;
  private int database;

  /**
   * A command that was sent.
   *
   * @param offset of the source, before the command
   * @param mayLeaveOut counts as left out if the reply is an empty array
   * @param timesAt where in the replies of a transaction those of changes of times to live are;
   *     null outside of one
   */
  private record Pending(
      byte[][] words, int bytes, long offset, boolean mayLeaveOut, @Nullable BitSet timesAt) {}

  TargetShard(ServerAddress address) throws IOException {
    this.address = address;
    this.client = RespClient.connect(address, SILENCE_MS);
  }

  /** Answers one question; before {@link #begin}. */
  String ask(String... words) throws IOException {
    return String.valueOf(client.call(words));
  }

  /** Begins to take replies. */
  void begin() {
    Thread.ofPlatform().daemon().name("replies-of-" + address).start(this::takeReplies);
  }

  /** Sends a command of a database, and that database's number before it, if it is another one. */
  void send(int ofDatabase, long offset, byte[]... words) throws IOException {
    select(ofDatabase, offset);
    send(new Pending(words, size(words), offset, false, null));
  }

  /** Sends commands of the source, each with its database, which are to hold as a whole. */
  void sendTransaction(List<StreamPlayer.Command> commands, long offset) throws IOException {
    select(commands.getFirst().database(), offset);
    send(new Pending(MULTI, size(MULTI), offset, false, null));
    BitSet timesAt = new BitSet();
    int replies = 0;
    for (StreamPlayer.Command each : commands) {
      replies += select(each.database(), offset) ? 1 : 0;
      timesAt.set(replies, changesTime(each.words()));
      replies++;
      send(new Pending(each.words(), size(each.words()), offset, false, null));
    }
    send(new Pending(EXEC, size(EXEC), offset, false, timesAt));
  }

  /** Whether it answers 0 for a key that is not there. */
  private static boolean changesTime(byte[][] words) {
    return TIME_CHANGES.contains(SourceLink.name(words));
  }

  /** Sends a command that answers an empty array if it could not do it. */
  void sendOrLeaveOut(int ofDatabase, long offset, byte[]... words) throws IOException {
    select(ofDatabase, offset);
    send(new Pending(words, size(words), offset, true, null));
  }

  private boolean select(int ofDatabase, long offset) throws IOException {
    if (ofDatabase == database) {
      return false;
    }
    database = ofDatabase;
    byte[][] words = {SourceLink.ascii("SELECT"), SourceLink.ascii("" + ofDatabase)};
    send(new Pending(words, size(words), offset, false, null));
    return true;
  }

  private static int size(byte[][] words) {
    return (int) Math.min(MAX_PENDING_BYTES, sizeBytes(words));
  }

  /** What a command takes in memory, about. */
  static long sizeBytes(byte[][] words) {
    long size = OBJECT_BYTES;
    for (byte[] word : words) {
      size += OBJECT_BYTES + word.length;
    }
    return size;
  }

  private void send(Pending command) throws IOException {
    try {
      if (!freeBytes.tryAcquire(command.bytes)) {
        flush();
        while (!freeBytes.tryAcquire(command.bytes, WAIT_MS, TimeUnit.MILLISECONDS)) {
          checkFailure();
        }
      }
      if (!pending.offer(command)) {
        flush();
        while (!pending.offer(command, WAIT_MS, TimeUnit.MILLISECONDS)) {
          checkFailure();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    checkFailure();
    try {
      client.send(command.words);
    } catch (IOException e) {
      checkFailure();
      throw lost(e);
    }
  }

  void flush() throws IOException {
    try {
      client.flush();
    } catch (IOException e) {
      checkFailure();
      throw lost(e);
    }
    checkFailure();
  }

  /** Waits until everything is answered. */
  void drain() throws IOException {
    flush();
    try {
      while (!pending.isEmpty()) {
        // Whoever takes replies gives bytes back; all of them are back when nothing is pending.
        if (freeBytes.tryAcquire(MAX_PENDING_BYTES, WAIT_MS, TimeUnit.MILLISECONDS)) {
          freeBytes.release(MAX_PENDING_BYTES);
        }
        checkFailure();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    checkFailure();
  }

  /** Offset of the source before the oldest command that is not answered, or that one. */
  long answered(long otherwise) {
    Pending oldest = pending.peek();
    return oldest == null ? otherwise : Math.min(otherwise, oldest.offset);
  }

  /** Commands that had nothing to do. */
  long leftOut() {
    return leftOut.get();
  }

  /** Changes of times to live that found no key: it had expired here, and lived on there. */
  long missedTimes() {
    return missedTimes.get();
  }

  private void checkFailure() throws ImportException {
    ImportException first = failure;
    if (first != null) {
      throw new ImportException(first.getMessage());
    }
  }

  private ImportException lost(Exception e) {
    String reason =
        e instanceof SocketTimeoutException
            ? "no answer for " + TimeUnit.MILLISECONDS.toSeconds(SILENCE_MS) + " s"
            : String.valueOf(e.getMessage());
    return new ImportException("the connection to the target " + address + " was lost: " + reason);
  }

  private void takeReplies() {
    long heardNs = System.nanoTime();
    try {
      while (!closed) {
        if (!client.awaitInput(WAIT_MS)) {
          heardNs = pending.isEmpty() ? System.nanoTime() : heardNs;
          if (System.nanoTime() - heardNs > TimeUnit.MILLISECONDS.toNanos(SILENCE_MS)) {
            throw new SocketTimeoutException();
          }
          continue;
        }
        heardNs = System.nanoTime();
        Object reply = client.receive();
        Pending command = pending.peek();
        if (command == null) {
          throw new IOException("a reply to nothing");
        }
        check(command, reply);
        pending.poll();
        freeBytes.release(command.bytes);
      }
    } catch (ImportException e) {
      failure = e;
    } catch (IOException | RuntimeException e) {
      failure = lost(e);
    } catch (Throwable e) {
      // Without memory, say: whoever waits for replies must not wait for ever.
      failure = new ImportException("replies of " + address + " can't be taken: " + e);
    } finally {
      // Whoever is blocked in sending goes on, and finds the failure.
      client.close();
    }
  }

  private void check(Pending command, @Nullable Object reply) throws ImportException {
    if (reply instanceof RespClient.ErrorReply error) {
      throw refused(command, error);
    }
    if (Long.valueOf(0).equals(reply) && changesTime(command.words)) {
      missedTimes.incrementAndGet();
    }
    if (reply instanceof List<?> list) {
      BitSet timesAt = command.timesAt;
      for (int i = 0; i < list.size(); i++) {
        Object each = list.get(i);
        if (each instanceof RespClient.ErrorReply error) {
          throw refused(command, error);
        }
        if (timesAt != null && timesAt.get(i) && Long.valueOf(0).equals(each)) {
          missedTimes.incrementAndGet();
        }
      }
      if (list.isEmpty() && command.mayLeaveOut) {
        leftOut.incrementAndGet();
      }
    }
  }

  private ImportException refused(Pending command, RespClient.ErrorReply error) {
    return new ImportException(
        "the target " + address + " refuses " + show(command.words) + ": " + error.getMessage());
  }

  /** Name and first argument of a command. */
  static String show(byte[][] words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(SHOWN_WORDS, words.length); i++) {
      String word =
          new String(
              words[i],
              0,
              Math.min(words[i].length, MAX_SHOWN_WORD_BYTES),
              StandardCharsets.ISO_8859_1);
      text.append(i == 0 ? "" : " ").append(word.replaceAll("[^ -~]", "?"));
    }
    return text.append(words.length > SHOWN_WORDS ? " ..." : "").toString();
  }

  @Override
  public void close() {
    closed = true;
    client.close();
  }
}
