package io.engramdb.snapshot.objects.sealed;

import io.engramdb.snapshot.objects.StoreException;
import io.engramdb.snapshot.objects.StoreFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key of a key file, and what is derived from it; see the package document. Immutable.
 *
 * <p>The file holds 32 bytes, or 64 hexadecimal digits and nothing else but white space at the end
 * ({@code openssl rand -hex 32}).
 */
public final class SealKey {
  private static final int KEY_SIZE_BYTES = 32;
  private static final int ID_SIZE_BYTES = 8;

  /** Largest key file that is read. */
  private static final int MAX_FILE_BYTES = 4096;

  private final byte[] secret;
  private final long id;
  private final SecretKey saltKey;

  /** A key of 32 bytes. */
  public SealKey(byte[] secret) {
    if (secret.length != KEY_SIZE_BYTES) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + secret.length);
    }
    this.secret = secret.clone();
    byte[] name = derive(new byte[0], "engram key name 1", ID_SIZE_BYTES);
    id = ByteBuffer.wrap(name).getLong();
    saltKey =
        new SecretKeySpec(derive(new byte[0], "engram salt key 1", KEY_SIZE_BYTES), "HmacSHA256");
  }

  /** Reads a key file. */
  public static SealKey read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_FILE_BYTES);
    } catch (NoSuchFileException e) {
      throw new StoreException(StoreFault.NOT_FOUND, "there is no key file " + file, e);
    }
    if (bytes.length != KEY_SIZE_BYTES) {
      String text = new String(bytes, StandardCharsets.US_ASCII).strip();
      if (!text.matches("[0-9a-fA-F]{64}")) {
        throw new StoreException(
            StoreFault.REFUSED,
            file + " is no key file: it holds neither 32 bytes nor 64 hexadecimal digits");
      }
      bytes = HexFormat.of().parseHex(text);
    }
    SealKey key = new SealKey(bytes);
    Arrays.fill(bytes, (byte) 0);
    return key;
  }

  /** What tells it from other keys. */
  long id() {
    return id;
  }

  SecretKey saltKey() {
    return saltKey;
  }

  /** The key of one object. */
  SecretKey objectKey(byte[] salt) {
    return new SecretKeySpec(derive(salt, "engram object key 1", KEY_SIZE_BYTES), "AES");
  }

  private byte[] derive(byte[] salt, String purpose, int sizeBytes) {
    try {
      HKDFParameterSpec.Builder extract = HKDFParameterSpec.ofExtract().addIKM(secret);
      if (salt.length > 0) {
        extract.addSalt(salt);
      }
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(extract.thenExpand(purpose.getBytes(StandardCharsets.US_ASCII), sizeBytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
