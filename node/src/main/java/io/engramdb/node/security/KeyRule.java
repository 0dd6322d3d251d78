package io.engramdb.node.security;

import io.engramdb.node.command.GlobPattern;
import java.nio.charset.StandardCharsets;

/**
 * A pattern of keys and what may be done with them. Immutable.
 *
 * @param access sum of {@link #READ} and {@link #WRITE}
 */
record KeyRule(String pattern, GlobPattern glob, int access) {

  static final int READ = 1;
  static final int WRITE = 2;
  static final int BOTH = READ | WRITE;

  static KeyRule of(String pattern, int access) {
    return new KeyRule(pattern, glob(pattern), access);
  }

  static GlobPattern glob(String pattern) {
    return GlobPattern.of(pattern.getBytes(StandardCharsets.ISO_8859_1));
  }

  boolean allows(int wanted) {
    return (access & wanted) == wanted;
  }

  /** As rules write it. */
  String text() {
    return switch (access) {
      case READ -> "%R~" + pattern;
      case WRITE -> "%W~" + pattern;
      default -> "~" + pattern;
    };
  }
}
