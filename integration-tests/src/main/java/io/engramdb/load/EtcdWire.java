package io.engramdb.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Puts to etcd: gRPC over HTTP/2 without TLS (RFC 9113), each request a stream of its own. Only so
 * much of HTTP/2 as a client needs that sends one constant header block and reads no headers: a
 * stream that ends after a message was a success, one that ends without a message was refused. That
 * keeps the client as cheap as the RESP one, so that it does not take the server's processor.
 */
final class EtcdWire implements Wire {
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int MAX_FRAME_BYTES = 16_384;
  private static final int FRAME_DATA = 0;
  private static final int FRAME_HEADERS = 1;
  private static final int FRAME_RST_STREAM = 3;
  private static final int FRAME_SETTINGS = 4;
  private static final int FRAME_PING = 6;
  private static final int FRAME_GOAWAY = 7;
  private static final int FRAME_WINDOW_UPDATE = 8;
  private static final int FLAG_END_STREAM = 0x1;
  private static final int FLAG_ACK = 0x1;
  private static final int FLAG_END_HEADERS = 0x4;
  private static final int SETTING_ENABLE_PUSH = 2;
  private static final int SETTING_INITIAL_WINDOW = 4;
  // What a peer may send before it has to be told that more may come.
  private static final int DEFAULT_WINDOW_BYTES = 65_535;
  private static final int MAX_WINDOW_BYTES = Integer.MAX_VALUE;
  private static final int GRPC_PREFIX_BYTES = 5;
  private static final byte PROTO_KEY = 0x0a;
  private static final byte PROTO_VALUE = 0x12;
  // A length below this is one byte in protobuf.
  private static final int MAX_SHORT_LENGTH = 127;

  private final RequestTemplate template;
  private final int headersAt;
  private final int dataAt;
  private final int dataFrameBytes;
  private final long keyCount;
  // Which of the requests in flight have been sent a message, by their number.
  private final boolean[] messageSeen;
  private long written;
  private long sendWindowBytes = DEFAULT_WINDOW_BYTES;

  /**
   * @param key word of the key, with holes
   * @param value word of the value, with holes
   * @param maxInFlight a power of two; the caller never has more requests unanswered
   */
  EtcdWire(
      String authority, String key, String value, int dataBytes, long keyCount, int maxInFlight) {
    this.keyCount = keyCount;
    this.messageSeen = new boolean[maxInFlight];
    byte[] block = headerBlock(authority);
    RequestTemplate.Builder out = new RequestTemplate.Builder(dataBytes);
    int keyBytes = out.sizeOf(key);
    int valueBytes = out.sizeOf(value);
    if (keyBytes > MAX_SHORT_LENGTH || valueBytes > MAX_SHORT_LENGTH) {
      throw new IllegalArgumentException("keys and values of at most 127 bytes");
    }
    int messageBytes = 2 + keyBytes + 2 + valueBytes;
    dataFrameBytes = GRPC_PREFIX_BYTES + messageBytes;
    headersAt = 0;
    out.raw(frame(FRAME_HEADERS, FLAG_END_HEADERS, 0, block));
    dataAt = FRAME_HEADER_BYTES + block.length;
    byte[] head = ByteBuffer.allocate(FRAME_HEADER_BYTES + GRPC_PREFIX_BYTES).array();
    ByteBuffer.wrap(head)
        .putInt(dataFrameBytes << Byte.SIZE | FRAME_DATA)
        .put((byte) FLAG_END_STREAM)
        .putInt(0)
        .put((byte) 0)
        .putInt(messageBytes);
    out.raw(head).raw(new byte[] {PROTO_KEY, (byte) keyBytes}).word(key);
    out.raw(new byte[] {PROTO_VALUE, (byte) valueBytes}).word(value);
    template = out.build();
  }

  /** HPACK (RFC 7541) with the static table and literals that enter no table. */
  private static byte[] headerBlock(String authority) {
    ByteBuffer out = ByteBuffer.allocate(DEFAULT_WINDOW_BYTES);
    out.put((byte) 0x83).put((byte) 0x86); // :method POST, :scheme http
    out.put((byte) 0x04);
    text(out, "/etcdserverpb.KV/Put"); // :path
    out.put((byte) 0x01);
    text(out, authority); // :authority
    out.put((byte) 0x0f).put((byte) 0x10);
    text(out, "application/grpc"); // content-type
    out.put((byte) 0x00);
    text(out, "te");
    text(out, "trailers");
    byte[] block = new byte[out.flip().remaining()];
    out.get(block);
    return block;
  }

  private static void text(ByteBuffer out, String text) {
    out.put((byte) text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(FRAME_HEADER_BYTES + payload.length)
        .putInt(payload.length << Byte.SIZE | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  @Override
  public void begin(ByteBuffer out) {
    out.put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    byte[] settings =
        ByteBuffer.allocate(12)
            .putShort((short) SETTING_ENABLE_PUSH)
            .putInt(0)
            .putShort((short) SETTING_INITIAL_WINDOW)
            .putInt(MAX_WINDOW_BYTES)
            .array();
    out.put(frame(FRAME_SETTINGS, 0, 0, settings));
    // Answers of a whole run fit: the server never waits for a window.
    int more = MAX_WINDOW_BYTES - DEFAULT_WINDOW_BYTES;
    out.put(
        frame(FRAME_WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(Integer.BYTES).putInt(more).array()));
  }

  @Override
  public boolean mayWrite() {
    return sendWindowBytes >= dataFrameBytes;
  }

  @Override
  public int maxRequestBytes() {
    return template.sizeBytes();
  }

  @Override
  public void write(ByteBuffer out, int kind, long sequence, SplittableRandom random) {
    int at = out.position();
    template.write(out, sequence, random, keyCount);
    // Streams that a client opens have odd numbers.
    int stream = Math.toIntExact(2 * written + 1);
    out.putInt(at + headersAt + 5, stream).putInt(at + dataAt + 5, stream);
    messageSeen[(int) (written & (messageSeen.length - 1))] = false;
    sendWindowBytes -= dataFrameBytes;
    written++;
  }

  @Override
  public void read(ByteBuffer in, ByteBuffer out, Answers answers) {
    while (in.remaining() >= FRAME_HEADER_BYTES) {
      int at = in.position();
      int payloadBytes = in.getInt(at) >>> Byte.SIZE;
      if (payloadBytes > MAX_FRAME_BYTES) {
        throw new IllegalStateException("frame of " + payloadBytes + " bytes");
      }
      if (in.remaining() < FRAME_HEADER_BYTES + payloadBytes) {
        return;
      }
      int type = in.get(at + 3);
      int flags = in.get(at + 4);
      int stream = in.getInt(at + 5) & Integer.MAX_VALUE;
      in.position(at + FRAME_HEADER_BYTES);
      switch (type) {
        case FRAME_DATA, FRAME_HEADERS, FRAME_RST_STREAM -> stream(type, flags, stream, answers);
        case FRAME_SETTINGS -> acknowledge(type, flags, new byte[0], out);
        case FRAME_PING -> {
          byte[] same = new byte[payloadBytes];
          in.get(in.position(), same);
          acknowledge(type, flags, same, out);
        }
        case FRAME_WINDOW_UPDATE -> {
          if (stream == 0) {
            sendWindowBytes += in.getInt(in.position()) & Integer.MAX_VALUE;
          }
        }
        case FRAME_GOAWAY -> throw new IllegalStateException("etcd ended the connection");
        default -> {
          // Frames that a client may ignore.
        }
      }
      in.position(at + FRAME_HEADER_BYTES + payloadBytes);
    }
  }

  private void stream(int type, int flags, int stream, Answers answers) {
    long number = (stream - 1) / 2;
    int place = (int) (number & (messageSeen.length - 1));
    if (type == FRAME_DATA) {
      messageSeen[place] = true;
    }
    if (type == FRAME_RST_STREAM) {
      answers.answered(number, "stream reset");
    } else if ((flags & FLAG_END_STREAM) != 0) {
      answers.answered(number, messageSeen[place] ? null : "refused without a message");
    }
  }

  private static void acknowledge(int type, int flags, byte[] payload, ByteBuffer out) {
    if ((flags & FLAG_ACK) == 0) {
      out.put(frame(type, FLAG_ACK, 0, payload));
    }
  }
}
