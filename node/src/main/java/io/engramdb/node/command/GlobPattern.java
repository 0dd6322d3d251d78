package io.engramdb.node.command;

/**
 * A glob pattern over bytes: {@code *}, {@code ?}, {@code [abc]}, {@code [^a-z]}, {@code \x}.
 *
 * <p>Means what Redis' patterns mean, odd corners included (an unclosed class ends with the
 * pattern, a range may stand backwards, a lone backslash at the end is itself). Bytes of ranges are
 * unsigned, as they are in Redis where its compiler has it so. Only the last star is ever tried
 * again, so a match costs at most pattern length × text length: no pattern can stall the shard.
 * Immutable.
 */
public final class GlobPattern {

  private final byte[] pattern;
  private final boolean ignoresCase;
  private final boolean matchesAll;

  /**
   * @param pattern must not be changed afterwards
   * @param ignoresCase for ASCII letters
   */
  public GlobPattern(byte[] pattern, boolean ignoresCase) {
    this.pattern = pattern;
    this.ignoresCase = ignoresCase;
    this.matchesAll = pattern.length == 1 && pattern[0] == '*';
  }

  /** A pattern that regards case. */
  public static GlobPattern of(byte[] pattern) {
    return new GlobPattern(pattern, false);
  }

  /** Whether everything matches. */
  public boolean matchesAll() {
    return matchesAll;
  }

  public boolean matches(byte[] text) {
    return matches(text, 0, text.length);
  }

  /** Whether the whole range matches. */
  public boolean matches(byte[] text, int offset, int length) {
    if (matchesAll) {
      return true;
    }
    if (length == 0) {
      // Redis looks at the pattern only while there is text: not even two stars match nothing.
      return pattern.length == 0;
    }
    int end = offset + length;
    int at = offset;
    int place = 0;
    int placeBehindStar = -1;
    int retryAt = 0;
    while (at < end) {
      if (place < pattern.length && pattern[place] == '*') {
        place++;
        placeBehindStar = place;
        retryAt = at;
        continue;
      }
      if (place < pattern.length && matchesOne(place, text[at])) {
        place = behind(place);
        at++;
        continue;
      }
      if (placeBehindStar < 0) {
        return false;
      }
      // Let the last star swallow one byte more; an earlier star can't do better.
      place = placeBehindStar;
      at = ++retryAt;
    }
    while (place < pattern.length && pattern[place] == '*') {
      place++;
    }
    return place == pattern.length;
  }

  /** Whether the element at that place, which is no star, accepts the byte. */
  private boolean matchesOne(int place, byte b) {
    switch (pattern[place]) {
      case '?':
        return true;
      case '[':
        return classContains(place, b);
      case '\\':
        return same(pattern[escaped(place)], b);
      default:
        return same(pattern[place], b);
    }
  }

  /** Where the element behind the one at that place begins. */
  private int behind(int place) {
    return switch (pattern[place]) {
      case '[' -> behindClass(place);
      case '\\' -> escaped(place) + 1;
      default -> place + 1;
    };
  }

  private int escaped(int place) {
    return place + 1 < pattern.length ? place + 1 : place;
  }

  private int classStart(int place) {
    int at = place + 1;
    return at < pattern.length && pattern[at] == '^' ? at + 1 : at;
  }

  private boolean isEscapeInClass(int at) {
    return pattern[at] == '\\' && at + 1 < pattern.length;
  }

  private boolean isRangeInClass(int at) {
    return at + 2 < pattern.length && pattern[at + 1] == '-';
  }

  private int behindClass(int place) {
    int at = classStart(place);
    while (at < pattern.length) {
      if (isEscapeInClass(at)) {
        at += 2;
      } else if (pattern[at] == ']') {
        return at + 1;
      } else {
        at += isRangeInClass(at) ? 3 : 1;
      }
    }
    return pattern.length;
  }

  private boolean classContains(int place, byte b) {
    int at = classStart(place);
    boolean negated = at == place + 2;
    boolean found = false;
    while (at < pattern.length) {
      if (isEscapeInClass(at)) {
        found |= same(pattern[at + 1], b);
        at += 2;
      } else if (pattern[at] == ']') {
        break;
      } else if (isRangeInClass(at)) {
        found |= inRange(fold(pattern[at]), fold(pattern[at + 2]), fold(b));
        at += 3;
      } else {
        found |= same(pattern[at], b);
        at++;
      }
    }
    return found != negated;
  }

  private static boolean inRange(int first, int last, int b) {
    return b >= Math.min(first, last) && b <= Math.max(first, last);
  }

  private boolean same(byte expected, byte b) {
    return expected == b || (ignoresCase && fold(expected) == fold(b));
  }

  private int fold(byte b) {
    return ignoresCase && b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b & 0xFF;
  }
}
