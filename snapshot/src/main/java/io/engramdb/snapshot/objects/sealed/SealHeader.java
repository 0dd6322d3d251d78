package io.engramdb.snapshot.objects.sealed;

import io.engramdb.snapshot.objects.Content;
import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * The header of a sealed object, and the arithmetic and the cipher that follow from it; see the
 * package document for the format. Immutable.
 */
final class SealHeader {
  static final int SIZE_BYTES = 56;
  static final int CHUNK_SIZE_BYTES = 1 << 16;
  static final int TAG_SIZE_BYTES = 16;
  static final int SEALED_CHUNK_SIZE_BYTES = CHUNK_SIZE_BYTES + TAG_SIZE_BYTES;

  private static final byte[] MAGIC = {'E', 'N', 'G', 'S', 'E', 'A', 'L'};
  private static final byte VERSION = 1;
  private static final int SALT_SIZE_BYTES = 32;
  private static final int NONCE_SIZE_BYTES = 12;
  private static final int BITS_PER_BYTE = 8;
  private static final int BUFFER_SIZE_BYTES = 1 << 16;

  private final byte[] bytes;
  private final long contentSizeBytes;
  private final String name;
  private final SecretKey key;

  private SealHeader(byte[] bytes, String name, SealKey key) {
    this.bytes = bytes;
    this.name = name;
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    contentSizeBytes = fields.getLong(MAGIC.length + 1);
    this.key = key.objectKey(Arrays.copyOfRange(bytes, SIZE_BYTES - SALT_SIZE_BYTES, SIZE_BYTES));
  }

  /** The header for a content. Reads all of it. */
  static SealHeader of(String name, Content content, SealKey key) throws IOException {
    ByteBuffer fields = ByteBuffer.allocate(SIZE_BYTES);
    fields.put(MAGIC).put(VERSION).putLong(content.sizeBytes()).putLong(key.id());
    fields.put(salt(name, content, key));
    return new SealHeader(fields.array(), name, key);
  }

  private static byte[] salt(String name, Content content, SealKey key) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER_SIZE_BYTES];
      try (InputStream in = content.open(0)) {
        for (int size = in.read(buffer); size >= 0; size = in.read(buffer)) {
          digest.update(buffer, 0, size);
        }
      }
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key.saltKey());
      byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
      ByteBuffer numbers = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);
      mac.update(numbers.putInt(nameBytes.length).putLong(content.sizeBytes()).flip());
      mac.update(nameBytes);
      return mac.doFinal(digest.digest());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads the header of a stored object.
   *
   * @param where the object, for messages
   */
  static SealHeader read(byte[] bytes, String name, SealKey key, String where)
      throws StoreException {
    if (bytes.length < SIZE_BYTES || !startsSealed(bytes)) {
      throw new StoreException(
          StoreFault.DAMAGED, where + " is not sealed, but a key says that it should be");
    }
    if (bytes[MAGIC.length] != VERSION) {
      throw new StoreException(
          StoreFault.DAMAGED,
          where + " is sealed in format " + bytes[MAGIC.length] + ", known is " + VERSION);
    }
    long said = ByteBuffer.wrap(bytes).getLong(MAGIC.length + 1 + Long.BYTES);
    if (said != key.id()) {
      throw new StoreException(
          StoreFault.DENIED,
          String.format("%s is sealed with key %016x, not with %016x", where, said, key.id()));
    }
    SealHeader header = new SealHeader(bytes, name, key);
    if (header.contentSizeBytes < 0) {
      throw new StoreException(StoreFault.DAMAGED, where + " says a size that can't be");
    }
    return header;
  }

  /** Whether these are the first bytes of a sealed object. */
  static boolean startsSealed(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  byte[] bytes() {
    return bytes;
  }

  long contentSizeBytes() {
    return contentSizeBytes;
  }

  long chunkCount() {
    return chunkCount(contentSizeBytes);
  }

  /** Bytes of content in a chunk. */
  int chunkSizeBytes(long chunk) {
    return (int) Math.min(CHUNK_SIZE_BYTES, contentSizeBytes - chunk * CHUNK_SIZE_BYTES);
  }

  private static long chunkCount(long contentSizeBytes) {
    return Math.max(1, Math.ceilDiv(contentSizeBytes, CHUNK_SIZE_BYTES));
  }

  /** Size of a sealed object. */
  static long sealedSizeBytes(long contentSizeBytes) {
    return SIZE_BYTES + contentSizeBytes + chunkCount(contentSizeBytes) * TAG_SIZE_BYTES;
  }

  /** Size of its content, by its own size alone; at least 0. */
  static long contentSizeBytes(long sealedSizeBytes) {
    long chunks = Math.max(0, sealedSizeBytes - SIZE_BYTES);
    return Math.max(0, chunks - Math.ceilDiv(chunks, SEALED_CHUNK_SIZE_BYTES) * TAG_SIZE_BYTES);
  }

  /** Seals or opens one chunk. */
  byte[] process(boolean seal, long chunk, byte[] input, int length)
      throws GeneralSecurityException {
    ByteBuffer nonce = ByteBuffer.allocate(NONCE_SIZE_BYTES).putLong(Integer.BYTES, chunk);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        seal ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE,
        key,
        new GCMParameterSpec(TAG_SIZE_BYTES * BITS_PER_BYTE, nonce.array()));
    cipher.updateAAD(bytes);
    cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
    return cipher.doFinal(input, 0, length);
  }
}
