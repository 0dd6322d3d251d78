package io.engramdb.node.commands;

import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.HashValue;
import io.engramdb.node.engine.value.StringValue;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of SORT: the element takes the place of its first star; behind an arrow after the star
 * stands the field of a hash; {@code #} is the element itself.
 */
final class SortPattern {

  private final byte[] pattern;
  private final int star;

  /** Place of the arrow, or the pattern's length. */
  private final int arrow;

  SortPattern(byte[] pattern) {
    this.pattern = pattern;
    this.star = indexOf('*', 0);
    this.arrow = arrow();
  }

  private int indexOf(int wanted, int from) {
    for (int i = from; i < pattern.length; i++) {
      if (pattern[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private int arrow() {
    if (star >= 0) {
      // An arrow with nothing behind it belongs to the key.
      for (int i = star + 1; i + 2 < pattern.length; i++) {
        if (pattern[i] == '-' && pattern[i + 1] == '>') {
          return i;
        }
      }
    }
    return pattern.length;
  }

  boolean hasStar() {
    return star >= 0;
  }

  /** What the pattern leads to for that element, or null. */
  byte @Nullable [] find(ExecutionContext cx, byte[] element) {
    if (pattern.length == 1 && pattern[0] == '#') {
      return element;
    }
    if (star < 0) {
      return null;
    }
    byte[] key = new byte[arrow - 1 + element.length];
    System.arraycopy(pattern, 0, key, 0, star);
    System.arraycopy(element, 0, key, star, element.length);
    System.arraycopy(pattern, star + 1, key, star + element.length, arrow - star - 1);
    Entry entry = cx.db().read(key, 0, key.length);
    if (entry == null) {
      return null;
    }
    if (arrow == pattern.length) {
      return entry.value() instanceof StringValue string ? string.range().copy() : null;
    }
    if (entry.value() instanceof HashValue hash) {
      int field = arrow + 2;
      ByteRange found = hash.get(new ByteRange(pattern, field, pattern.length - field));
      return found == null ? null : found.copy();
    }
    return null;
  }
}
