package io.engramdb.node.engine.dict;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One element of a {@link Dictionary}: its key bytes, their hash, the next one in the bucket. */
public class DictNode {

  /** The key; never changed. */
  public final byte[] key;

  /** {@link ByteHash} of the key. */
  public final int hash;

  @Nullable DictNode next;

  protected DictNode(byte[] key, int hash) {
    this.key = key;
    this.hash = hash;
  }

  /** Reads what belongs to the node, see {@link Dictionary#preload}; the result means nothing. */
  protected int preload() {
    return hash + key.length;
  }

  final boolean matches(int otherHash, byte[] buffer, int offset, int length) {
    return hash == otherHash
        && key.length == length
        && Arrays.equals(key, 0, length, buffer, offset, offset + length);
  }
}
