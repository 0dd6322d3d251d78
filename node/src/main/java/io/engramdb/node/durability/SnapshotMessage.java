package io.engramdb.node.durability;

import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.txlog.api.LogPosition;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What data members tell each other about their snapshots. One byte says which message it is; the
 * rest, big-endian:
 *
 * <table>
 * <caption>Messages</caption>
 * <tr><th>byte</th><th>meaning</th><th>content</th></tr>
 * <tr><td>0x22</td><td>what do you have?</td><td>number of the question (8)</td></tr>
 * <tr><td>0x23</td><td>I have</td><td>that number (8); position that the log of others should keep
 *     what follows it of: term (8), index (8); number of snapshots (1); for each the size of its
 *     manifest (2) and the manifest; newest index that it knows as committed (8)</td></tr>
 * <tr><td>0x24</td><td>give me a piece</td><td>position of the snapshot: term (8), index (8); where
 *     in the file (8)</td></tr>
 * <tr><td>0x25</td><td>a piece</td><td>the same (24), CRC-32C of the bytes (4), the bytes</td></tr>
 * <tr><td>0x26</td><td>I have no such snapshot</td><td>position (16)</td></tr>
 * <tr><td>0x27</td><td>I need it no more</td><td>position (16)</td></tr>
 * </table>
 */
final class SnapshotMessage {

  static final byte ASK = 0x22;
  static final byte HAVE = 0x23;
  static final byte READ = 0x24;
  static final byte PIECE = 0x25;
  static final byte GONE = 0x26;
  static final byte DONE = 0x27;

  /** Bytes of a file in one message. */
  static final int PIECE_BYTES = 1 << 18;

  /** Snapshots that one member tells of. */
  static final int MAX_SNAPSHOTS = 8;

  private static final int POSITION_BYTES = 16;
  private static final int PIECE_HEAD_BYTES = 1 + POSITION_BYTES + 8 + 4;

  /**
   * What a member has.
   *
   * @param round number of the question
   * @param hold the log behind it is still wanted; index -1: all of it
   * @param committedIndex newest index that it knows as committed; -1 if it does not tell
   */
  record Have(
      long round, LogPosition hold, List<SnapshotManifest> snapshots, long committedIndex) {}

  /** Where in which snapshot. */
  record Place(LogPosition snapshot, long offset) {}

  /** Part of a snapshot's file. */
  record Piece(Place place, byte[] bytes) {}

  private SnapshotMessage() {}

  static byte[] ask(long round) {
    return ByteBuffer.allocate(9).put(ASK).putLong(round).array();
  }

  static byte[] have(Have what) {
    List<byte[]> manifests =
        what.snapshots().stream().limit(MAX_SNAPSHOTS).map(SnapshotManifest::encode).toList();
    int sizeBytes = 1 + 8 + POSITION_BYTES + 1 + 8;
    for (byte[] each : manifests) {
      sizeBytes += 2 + each.length;
    }
    ByteBuffer out = ByteBuffer.allocate(sizeBytes).put(HAVE).putLong(what.round());
    put(out, what.hold()).put((byte) manifests.size());
    for (byte[] each : manifests) {
      out.putShort((short) each.length).put(each);
    }
    return out.putLong(what.committedIndex()).array();
  }

  static byte[] read(LogPosition snapshot, long offset) {
    return put(ByteBuffer.allocate(1 + POSITION_BYTES + 8).put(READ), snapshot)
        .putLong(offset)
        .array();
  }

  static byte[] piece(LogPosition snapshot, long offset, byte[] bytes) {
    return put(ByteBuffer.allocate(PIECE_HEAD_BYTES + bytes.length).put(PIECE), snapshot)
        .putLong(offset)
        .putInt(checksum(bytes))
        .put(bytes)
        .array();
  }

  /** {@link #GONE} or {@link #DONE}. */
  static byte[] about(byte type, LogPosition snapshot) {
    return put(ByteBuffer.allocate(1 + POSITION_BYTES).put(type), snapshot).array();
  }

  static LogPosition position(SnapshotManifest snapshot) {
    return new LogPosition(snapshot.term(), snapshot.index());
  }

  static long round(byte[] ask) throws IOException {
    return reading(ask, ByteBuffer::getLong);
  }

  static Have have(byte[] message) throws IOException {
    return reading(
        message,
        in -> {
          long round = in.getLong();
          LogPosition hold = position(in);
          int count = in.get();
          List<SnapshotManifest> snapshots = new ArrayList<>();
          for (int i = 0; i < Math.min(count, MAX_SNAPSHOTS); i++) {
            byte[] manifest = new byte[Short.toUnsignedInt(in.getShort())];
            in.get(manifest);
            snapshots.add(SnapshotManifest.decode(manifest));
          }
          // An older member does not tell.
          long committedIndex = in.remaining() < Long.BYTES ? -1 : in.getLong();
          return new Have(round, hold, snapshots, committedIndex);
        });
  }

  static Place place(byte[] read) throws IOException {
    return reading(read, in -> new Place(position(in), in.getLong()));
  }

  static LogPosition position(byte[] about) throws IOException {
    return reading(about, SnapshotMessage::position);
  }

  /** A piece that arrived as it was sent. */
  static Piece piece(byte[] message) throws IOException {
    return reading(
        message,
        in -> {
          Place place = new Place(position(in), in.getLong());
          int sum = in.getInt();
          byte[] bytes = Arrays.copyOfRange(message, PIECE_HEAD_BYTES, message.length);
          if (sum != checksum(bytes)) {
            throw new IOException("a piece of a snapshot arrived damaged");
          }
          return new Piece(place, bytes);
        });
  }

  private interface Content<T> {
    T of(ByteBuffer in) throws IOException;
  }

  private static <T> T reading(byte[] message, Content<T> content) throws IOException {
    try {
      return content.of(ByteBuffer.wrap(message, 1, message.length - 1));
    } catch (BufferUnderflowException e) {
      throw new IOException("a message about snapshots of " + message.length + " bytes", e);
    }
  }

  private static ByteBuffer put(ByteBuffer out, LogPosition position) {
    return out.putLong(position.term()).putLong(position.index());
  }

  private static LogPosition position(ByteBuffer in) {
    return new LogPosition(in.getLong(), in.getLong());
  }

  private static int checksum(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, bytes.length);
    return (int) sum.getValue();
  }
}
