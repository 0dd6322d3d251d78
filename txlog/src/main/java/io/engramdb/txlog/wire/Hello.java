package io.engramdb.txlog.wire;

import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What who connects says of itself, and whom it means. Layout in the package document.
 *
 * @param lane what the connection is for
 * @param clusterId cluster of both
 * @param shardId shard of both
 * @param from name of the member that connects
 * @param to name of the member that is meant
 */
public record Hello(Lane lane, UUID clusterId, UUID shardId, String from, String to) {
  static final int MAGIC = 0x456e6772;
  static final int VERSION = 1;

  /** Magic, version, length of the rest. */
  static final int HEAD_BYTES = 8;

  static final int MAX_REST_BYTES = 600;
  private static final int MAX_NAME_BYTES = 255;

  /** Decides on a hello that is well formed. */
  @FunctionalInterface
  public interface Gate {
    /** Why it is refused, at most 100 characters; empty if it is welcome. */
    String refusal(Hello hello);
  }

  /** Checks that the names can be sent. */
  public Hello {
    if (bytes(from).length == 0 || bytes(to).length == 0) {
      throw new IllegalArgumentException("a member's name has 1 to 255 bytes");
    }
  }

  byte[] encode() {
    byte[] fromName = bytes(from);
    byte[] toName = bytes(to);
    int rest = 1 + 16 + 16 + 1 + fromName.length + 1 + toName.length;
    ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + rest);
    out.putInt(MAGIC).putShort((short) VERSION).putShort((short) rest);
    out.put((byte) lane.code());
    put(out, clusterId);
    put(out, shardId);
    out.put((byte) fromName.length).put(fromName).put((byte) toName.length).put(toName);
    return out.array();
  }

  /**
   * Checks the first bytes.
   *
   * @return number of bytes that follow
   */
  static int restBytes(ByteBuffer head) throws ProtocolException {
    int magic = head.getInt();
    if (magic != MAGIC) {
      throw new ProtocolException("no member of a log: it begins with %08x".formatted(magic));
    }
    int version = head.getShort() & 0xffff;
    if (version != VERSION) {
      throw new ProtocolException("it speaks version " + version + ", not " + VERSION);
    }
    int rest = head.getShort() & 0xffff;
    if (rest > MAX_REST_BYTES) {
      throw new ProtocolException("its hello has " + rest + " bytes");
    }
    return rest;
  }

  static Hello decode(ByteBuffer rest) throws ProtocolException {
    try {
      int code = rest.get();
      Lane lane = Lane.of(code);
      if (lane == null) {
        throw new ProtocolException("it wants lane " + code);
      }
      UUID cluster = new UUID(rest.getLong(), rest.getLong());
      UUID shard = new UUID(rest.getLong(), rest.getLong());
      Hello hello = new Hello(lane, cluster, shard, name(rest), name(rest));
      if (rest.hasRemaining()) {
        throw new ProtocolException("its hello is longer than what it says");
      }
      return hello;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new ProtocolException("its hello is cut short");
    }
  }

  private static String name(ByteBuffer in) {
    byte[] name = new byte[in.get() & 0xff];
    in.get(name);
    return new String(name, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException("a member's name has 1 to 255 bytes");
    }
    return bytes;
  }

  private static void put(ByteBuffer out, UUID id) {
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }
}
