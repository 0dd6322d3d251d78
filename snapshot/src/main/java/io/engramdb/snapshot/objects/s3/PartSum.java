package io.engramdb.snapshot.objects.s3;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.Part;

/** Checksums of parts in the forms that S3 has. */
final class PartSum {
  private PartSum() {}

  /** CRC-32C, big-endian, in base64. */
  static String crc32c(byte[] bytes, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, length);
    byte[] value = ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array();
    return Base64.getEncoder().encodeToString(value);
  }

  /**
   * Whether a part that the service has holds these bytes: by its checksum, or by its tag, which is
   * an MD5 unless the service encrypts with a key of its own. If neither tells, it does not.
   */
  static boolean isSame(@Nullable Part there, byte[] bytes, int length) {
    if (there == null || there.size() == null || there.size() != length) {
      return false;
    }
    if (there.checksumCRC32C() != null) {
      return there.checksumCRC32C().equals(crc32c(bytes, length));
    }
    return there.eTag() != null && there.eTag().replace("\"", "").equals(md5(bytes, length));
  }

  private static String md5(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      digest.update(bytes, 0, length);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
