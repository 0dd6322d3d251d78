package io.engramdb.txlog.ratis;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Somebody at a member's port who sends what bytes it likes, written without our own classes. */
final class RawPeer implements Closeable {
  static final int MAGIC = 0x456e6772;
  static final int APPENDS = 1;
  static final int CONTROL = 2;

  /** Longer than any deadline of the member. */
  private static final int READ_TIMEOUT_MS = 20_000;

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;

  RawPeer(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(READ_TIMEOUT_MS);
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
    in = socket.getInputStream();
  }

  static byte[] hello(UUID cluster, UUID shard, String from, String to, int lane) {
    byte[] fromName = from.getBytes(StandardCharsets.UTF_8);
    byte[] toName = to.getBytes(StandardCharsets.UTF_8);
    int rest = 35 + fromName.length + toName.length;
    return ByteBuffer.allocate(8 + rest)
        .putInt(MAGIC)
        .putShort((short) 1)
        .putShort((short) rest)
        .put((byte) lane)
        .putLong(cluster.getMostSignificantBits())
        .putLong(cluster.getLeastSignificantBits())
        .putLong(shard.getMostSignificantBits())
        .putLong(shard.getLeastSignificantBits())
        .put((byte) fromName.length)
        .put(fromName)
        .put((byte) toName.length)
        .put(toName)
        .array();
  }

  static byte[] frame(int type, long callId, byte[] body) {
    return ByteBuffer.allocate(13 + body.length)
        .putInt(body.length)
        .put((byte) type)
        .putLong(callId)
        .put(body)
        .array();
  }

  void send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** The reason of a refusal; empty: welcome. */
  String answerToHello() throws IOException {
    DataInputStream data = new DataInputStream(in);
    int magic = data.readInt();
    int version = data.readUnsignedShort();
    byte[] reason = new byte[data.readUnsignedByte()];
    data.readFully(reason);
    if (magic != MAGIC || version != 1) {
      throw new IOException("magic %08x, version %d".formatted(magic, version));
    }
    return new String(reason, StandardCharsets.UTF_8);
  }

  /** One frame: type and body. */
  record Frame(int type, long callId, byte[] body) {}

  Frame readFrame() throws IOException {
    DataInputStream data = new DataInputStream(in);
    byte[] body = new byte[data.readInt()];
    int type = data.readByte();
    long callId = data.readLong();
    data.readFully(body);
    return new Frame(type, callId, body);
  }

  /** All that comes until the member ends the connection. */
  byte[] untilClosed() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (SocketException e) {
      // Reset, since the member did not read everything: an end as well.
    }
    return all.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
