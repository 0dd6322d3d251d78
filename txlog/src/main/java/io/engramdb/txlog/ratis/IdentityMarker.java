package io.engramdb.txlog.ratis;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Who a directory belongs to. The directory id is random and stands also inside the log's own
 * folder: marker and log of different directories are thus never taken for one.
 *
 * <p>Body: version (4 bytes, 1), cluster id (16), shard id (16), directory id (16), joined (1),
 * length of the member's name in bytes (4), name in UTF-8; big-endian. Of a member that does not
 * vote one more byte, 1, follows.
 *
 * @param votes whether the member votes: with the log of one that does not, or the other way round,
 *     it must not start, because what a voter has promised stands in its own log alone
 * @param joined whether the member was added to a shard that existed: it then must not form a group
 *     by itself
 */
record IdentityMarker(
    UUID cluster, UUID shard, UUID directory, boolean joined, boolean votes, String member) {
  private static final int MAGIC = 0x4549444D;
  private static final int VERSION = 1;
  private static final int MAX_NAME_BYTES = 1024;
  private static final byte WITHOUT_VOTE = 1;

  void write(Path file) throws IOException {
    byte[] name = member.getBytes(StandardCharsets.UTF_8);
    if (name.length > MAX_NAME_BYTES) {
      throw new IOException("name of member has " + name.length + " bytes");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(VERSION);
    for (UUID id : new UUID[] {cluster, shard, directory}) {
      out.writeLong(id.getMostSignificantBits());
      out.writeLong(id.getLeastSignificantBits());
    }
    out.writeBoolean(joined);
    out.writeInt(name.length);
    out.write(name);
    if (!votes) {
      out.writeByte(WITHOUT_VOTE);
    }
    ChecksummedFile.write(file, MAGIC, bytes.toByteArray());
  }

  static IdentityMarker read(Path file) throws IOException {
    ByteBuffer body = ChecksummedFile.read(file, MAGIC);
    int version = body.getInt();
    if (version != VERSION) {
      throw new IOException(file + " has version " + version + ", known is " + VERSION);
    }
    UUID cluster = new UUID(body.getLong(), body.getLong());
    UUID shard = new UUID(body.getLong(), body.getLong());
    UUID directory = new UUID(body.getLong(), body.getLong());
    boolean joined = body.get() != 0;
    int length = body.getInt();
    int rest = body.remaining() - length;
    if (length < 0 || rest < 0 || rest > 1) {
      throw new IOException(file + " says its name has " + length + " bytes");
    }
    byte[] name = new byte[length];
    body.get(name);
    if (rest == 1 && body.get() != WITHOUT_VOTE) {
      throw new IOException(file + " says no role that is known");
    }
    return new IdentityMarker(
        cluster, shard, directory, joined, rest == 0, new String(name, StandardCharsets.UTF_8));
  }
}
