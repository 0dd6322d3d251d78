package io.engramdb.node.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A password as it is kept: its SHA-256, which is what ACL files of Redis hold. Compared in a time
 * that does not tell how much of it was right. Immutable, any thread.
 */
public final class PasswordHash {

  private static final int HASH_BYTES = 32;

  private final byte[] hash;

  private PasswordHash(byte[] hash) {
    this.hash = hash;
  }

  /** The hash of a password in UTF-8. */
  public static PasswordHash of(String password) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return of(bytes, 0, bytes.length);
  }

  /** The hash of a password; costs time linear in its length. */
  public static PasswordHash of(byte[] buffer, int offset, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(buffer, offset, length);
      return new PasswordHash(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A hash from 64 hexadecimal digits in lower case, or null if the text is something else. */
  public static @Nullable PasswordHash parse(String hex) {
    if (hex.length() != 2 * HASH_BYTES) {
      return null;
    }
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return null;
      }
    }
    return new PasswordHash(HexFormat.of().parseHex(hex));
  }

  /** 64 hexadecimal digits. */
  public String hex() {
    return HexFormat.of().formatHex(hash);
  }

  /** Whether both are the same; takes equally long wherever they differ. */
  public boolean matches(PasswordHash other) {
    return MessageDigest.isEqual(hash, other.hash);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PasswordHash password && matches(password);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }

  /** Tells nothing, because this may end up in a log. */
  @Override
  public String toString() {
    return "PasswordHash";
  }
}
