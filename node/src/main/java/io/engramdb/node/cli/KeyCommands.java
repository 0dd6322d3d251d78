package io.engramdb.node.cli;

import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a large value by commands of its type, a bounded piece each. The key expires when all of it
 * is there. One thread.
 *
 * <p>What commands can't say is left out: when consumers were seen, and pending entries of streams
 * whose entry is deleted, which the target counts.
 */
final class KeyCommands implements RdbVisitor {
  /** Bytes of a command. */
  static final int PIECE_BYTES = 1 << 18;

  /** Words of a command. */
  static final int PIECE_WORDS = 1024;

  /** Takes the commands of the key at hand. */
  interface Output {
    void send(boolean mayLeaveOut, byte[]... words) throws IOException;
  }

  private final Output to;
  private final List<byte[]> piece = new ArrayList<>();
  private int pieceBytes;
  private byte[] name = new byte[0];
  private long expireAtMs;

  /** Expiries of the fields in the piece: field and time in turn. */
  private final List<byte[]> fieldTimes = new ArrayList<>();

  private boolean streamExists;
  private @Nullable StreamState state;
  private byte[] group = new byte[0];
  private byte[] consumer = new byte[0];

  KeyCommands(Output to) {
    this.to = to;
  }

  private static byte[] word(String text) {
    return SourceLink.ascii(text);
  }

  private static byte[] word(long number) {
    return SourceLink.ascii(Long.toString(number));
  }

  private static byte[] word(StreamId id) {
    return SourceLink.ascii(
        Long.toUnsignedString(id.ms()) + "-" + Long.toUnsignedString(id.sequence()));
  }

  private void send(byte[]... words) throws IOException {
    to.send(false, words);
  }

  /** Whatever was there before goes. */
  private void begin(RdbKey key) throws IOException {
    name = key.name();
    expireAtMs = key.expireAtMs();
    piece.clear();
    pieceBytes = 0;
    fieldTimes.clear();
    streamExists = false;
    state = null;
    send(word("DEL"), name);
  }

  private void add(String command, byte[]... words) throws IOException {
    if (piece.isEmpty()) {
      piece.add(word(command));
      piece.add(name);
    }
    for (byte[] each : words) {
      piece.add(each);
      pieceBytes += each.length;
    }
    if (pieceBytes >= PIECE_BYTES || piece.size() >= PIECE_WORDS) {
      endPiece();
    }
  }

  private void endPiece() throws IOException {
    if (!piece.isEmpty()) {
      send(piece.toArray(byte[][]::new));
      piece.clear();
      pieceBytes = 0;
    }
    for (int i = 0; i < fieldTimes.size(); i += 2) {
      send(
          word("HPEXPIREAT"),
          name,
          fieldTimes.get(i + 1),
          word("FIELDS"),
          word(1),
          fieldTimes.get(i));
    }
    fieldTimes.clear();
  }

  @Override
  public void endKey() throws IOException {
    endPiece();
    if (expireAtMs != RdbKey.NO_EXPIRY) {
      send(word("PEXPIREAT"), name, word(expireAtMs));
    }
  }

  @Override
  public void string(RdbKey key, byte[] value) throws IOException {
    begin(key);
    for (int at = 0; at < value.length; at += PIECE_BYTES) {
      int end = Math.min(value.length, at + PIECE_BYTES);
      send(word("APPEND"), name, Arrays.copyOfRange(value, at, end));
    }
    endKey();
  }

  @Override
  public void beginList(RdbKey key, long count) throws IOException {
    begin(key);
  }

  @Override
  public void element(byte[] element) throws IOException {
    add("RPUSH", element);
  }

  @Override
  public void beginSet(RdbKey key, long count) throws IOException {
    begin(key);
  }

  @Override
  public void member(byte[] member) throws IOException {
    add("SADD", member);
  }

  @Override
  public void beginSortedSet(RdbKey key, long count) throws IOException {
    begin(key);
  }

  @Override
  public void scoredMember(byte[] member, double score) throws IOException {
    String text = Double.isInfinite(score) ? (score > 0 ? "inf" : "-inf") : Double.toString(score);
    add("ZADD", word(text), member);
  }

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) throws IOException {
    begin(key);
  }

  @Override
  public void field(byte[] field, byte[] value, long fieldExpireAtMs) throws IOException {
    if (fieldExpireAtMs != RdbKey.NO_EXPIRY) {
      fieldTimes.add(field);
      fieldTimes.add(word(fieldExpireAtMs));
    }
    add("HSET", field, value);
  }

  // --- streams

  @Override
  public void beginStream(RdbKey key, long count) throws IOException {
    begin(key);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] words) throws IOException {
    byte[][] command = new byte[words.length + 3][];
    command[0] = word("XADD");
    command[1] = name;
    command[2] = word(new StreamId(ms, sequence));
    System.arraycopy(words, 0, command, 3, words.length);
    send(command);
    streamExists = true;
  }

  @Override
  public void streamState(StreamState said) throws IOException {
    state = said;
    if (streamExists) {
      setState(said);
    }
  }

  private void setState(StreamState said) throws IOException {
    send(
        word("XSETID"),
        name,
        word(said.lastId()),
        word("ENTRIESADDED"),
        word(said.entriesAdded()),
        word("MAXDELETEDID"),
        word(said.maxDeletedId()));
  }

  @Override
  public void group(byte[] groupName, StreamId lastDelivered, long entriesRead) throws IOException {
    group = groupName;
    List<byte[]> words =
        new ArrayList<>(
            List.of(word("XGROUP"), word("CREATE"), name, groupName, word(lastDelivered)));
    if (!streamExists) {
      words.add(word("MKSTREAM"));
    }
    words.add(word("ENTRIESREAD"));
    words.add(word(entriesRead));
    send(words.toArray(byte[][]::new));
    StreamState said = state;
    if (!streamExists && said != null) {
      setState(said);
    }
    streamExists = true;
  }

  @Override
  public void consumer(byte[] consumerName, long seenMs, long activeMs) throws IOException {
    consumer = consumerName;
    send(word("XGROUP"), word("CREATECONSUMER"), name, group, consumerName);
  }

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) throws IOException {
    to.send(
        true,
        word("XCLAIM"),
        name,
        group,
        consumer,
        word(0),
        word(new StreamId(ms, sequence)),
        word("TIME"),
        word(deliveryMs),
        word("RETRYCOUNT"),
        word(deliveries),
        word("FORCE"),
        word("JUSTID"));
  }
}
