package io.engramdb.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The connection to a server from which we replicate: the handshake of a replica, its snapshot,
 * then its commands, each with the offset behind it. One thread reads; any may acknowledge.
 *
 * <p>The protocol is that of Redis 2.8 and later ({@code replication.c}): PSYNC is answered by
 * {@code +FULLRESYNC id offset} and a snapshot, either {@code $length} and so many bytes or {@code
 * $EOF:mark} and bytes up to that mark of 40, or by {@code +CONTINUE [id]}. What follows are
 * commands whose bytes, and nothing else, count for the offset.
 */
final class SourceLink implements AutoCloseable {
  /** A source that says nothing for so long is gone: it sends a PING every ten seconds. */
  static final int SILENCE_MS = 60_000;

  private static final int MARK_BYTES = 40;
  private static final String END_MARK = "EOF:";
  private static final int MAX_WORDS = 1 << 20;

  /** Most bytes of one command: the longest strings of servers, several of them. */
  private static final long MAX_COMMAND_BYTES = 1L << 30;

  /** How errors begin that pass: it loads, it has lost its own primary, it has many clients. */
  private static final List<String> FOR_NOW =
      List.of("LOADING", "MASTERDOWN", "NOMASTERLINK", "BUSY ", "ERR max number of clients");

  private static final byte[] REPLCONF = ascii("REPLCONF");
  private static final byte[] ACK = ascii("ACK");

  private final RespClient client;
  private final RespInput in;
  private String replicationId = "";

  /** Offset at which the snapshot was made. */
  private long snapshotOffset;

  /** Offset of the first byte of the stream, minus what {@link #in} had taken then. */
  private long offsetBase;

  private boolean streams;

  private String mark = "";
  private long snapshotBytes = -1;

  private SourceLink(RespClient client) {
    this.client = client;
    this.in = client.input();
  }

  /** A server that can't be asked to go on, whoever asks again. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** A refusal for good, or one that may be over when it is asked again. */
  private static IOException refusal(String what, String error) {
    return FOR_NOW.stream().anyMatch(error::startsWith)
        ? new IOException(what + error)
        : new RefusedException(what + error);
  }

  /** Connects and introduces itself. */
  static SourceLink open(ServerAddress source) throws IOException {
    RespClient client = RespClient.connect(source, SILENCE_MS);
    try {
      client.call("PING");
      client.call("REPLCONF", "listening-port", "0");
      client.call("REPLCONF", "capa", "eof", "capa", "psync2");
      return new SourceLink(client);
    } catch (RespClient.ErrorReply e) {
      client.close();
      throw refusal("the source refuses: ", String.valueOf(e.getMessage()));
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  /** Identity of the history that the offset belongs to. */
  String replicationId() {
    return replicationId;
  }

  /** Offset behind the last command that was read; before the first one, of the snapshot. */
  long offset() {
    return streams ? offsetBase + in.taken() : snapshotOffset;
  }

  /** Bytes of the snapshot; -1 if nobody knows. */
  long snapshotBytes() {
    return snapshotBytes;
  }

  /** Asks for everything; afterwards {@link #snapshot} is to be read. */
  void beginFullSync() throws IOException {
    String[] words = psync("?", -1).split(" ");
    if (!words[0].equals("FULLRESYNC") || words.length != 3) {
      throw new RefusedException("the source answers PSYNC by " + String.join(" ", words));
    }
    replicationId = words[1];
    snapshotOffset = RespClient.number(words[2], Long.MAX_VALUE);
    String line = lineBehindPings();
    if (line.startsWith("$" + END_MARK)) {
      mark = line.substring(1 + END_MARK.length());
      if (mark.length() != MARK_BYTES) {
        throw new IOException("the end mark of the snapshot has another length");
      }
    } else if (line.startsWith("$")) {
      snapshotBytes = RespClient.number(line.substring(1), Long.MAX_VALUE);
    } else {
      throw new RefusedException("the source can't make a snapshot: " + line);
    }
  }

  /** The bytes of the snapshot, and maybe more: see {@link #endFullSync}. */
  InputStream snapshot() {
    return snapshotBytes < 0 ? in : new Limited(in, snapshotBytes);
  }

  /**
   * The snapshot was read; the commands follow.
   *
   * @param unconsumed what the snapshot's reader took too much
   */
  void endFullSync(byte[] unconsumed) throws IOException {
    if (snapshotBytes < 0) {
      in.putBack(unconsumed);
      String end = new String(in.bytes(MARK_BYTES), StandardCharsets.ISO_8859_1);
      if (!end.equals(mark)) {
        throw new IOException("the snapshot does not end with its mark");
      }
    } else if (unconsumed.length > 0) {
      throw new IOException("something follows the snapshot within its length");
    }
    stream(snapshotOffset);
  }

  /**
   * Connects and goes on behind an offset.
   *
   * @throws RefusedException if the source no longer has what follows it
   */
  static SourceLink resumed(ServerAddress source, String id, long behind) throws IOException {
    SourceLink link = open(source);
    try {
      link.resume(id, behind);
      return link;
    } catch (IOException e) {
      link.close();
      throw e;
    }
  }

  private void resume(String id, long behind) throws IOException {
    String[] words = psync(id, behind + 1).split(" ");
    if (!words[0].equals("CONTINUE")) {
      throw new RefusedException(
          "the source can't go on at offset " + behind + " and offers a new start");
    }
    // A source that was promoted goes on under another name.
    replicationId = words.length > 1 ? words[1] : id;
    stream(behind);
  }

  private void stream(long from) {
    offsetBase = from - in.taken();
    streams = true;
  }

  private String psync(String id, long offset) throws IOException {
    client.send(ascii("PSYNC"), ascii(id), ascii(Long.toString(offset)));
    client.flush();
    String line = lineBehindPings();
    if (!line.startsWith("+")) {
      throw refusal("the source refuses PSYNC: ", line.substring(1));
    }
    return line.substring(1);
  }

  /** While the source prepares something it sends empty lines. */
  private String lineBehindPings() throws IOException {
    String line = in.line();
    while (line.isEmpty()) {
      line = in.line();
    }
    return line;
  }

  /** Waits until something of a command is there; false if nothing comes within that time. */
  boolean await(int waitMs) throws IOException {
    return client.awaitInput(waitMs);
  }

  /** Whether a part of a command is here already. */
  boolean hasBuffered() {
    return in.hasBuffered();
  }

  /** The words of the next command. */
  byte[][] next() throws IOException {
    String line = lineBehindPings();
    if (line.charAt(0) != '*') {
      throw new RespInput.MalformedException("malformed stream of commands");
    }
    int count = (int) RespClient.number(line.substring(1), MAX_WORDS);
    if (count < 1) {
      throw new RespInput.MalformedException("malformed stream of commands");
    }
    byte[][] words = new byte[count][];
    long left = MAX_COMMAND_BYTES;
    for (int i = 0; i < count; i++) {
      String length = in.line();
      if (!length.startsWith("$") || length.startsWith("$-")) {
        throw new RespInput.MalformedException("malformed stream of commands");
      }
      words[i] = in.bulk((int) RespClient.number(length.substring(1), left));
      left -= words[i].length;
    }
    return words;
  }

  /** Tells the source how far we are. */
  void acknowledge(long offset) throws IOException {
    synchronized (this) {
      client.send(REPLCONF, ACK, ascii(Long.toString(offset)));
      client.flush();
    }
  }

  @Override
  public void close() {
    client.close();
  }

  /** A command's name in upper case. */
  static String name(byte[][] words) {
    return new String(words[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** So many bytes of another stream. */
  private static final class Limited extends InputStream {
    private final InputStream from;
    private long left;

    Limited(InputStream from, long left) {
      this.from = from;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = from.read(target, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new IOException("the connection was closed");
      }
      left -= count;
      return count;
    }
  }
}
