package io.engramdb.node.cli;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of heaps as the JVM reads them: digits and k, m or g. */
final class HeapSize {
  /** Below this a data node does not run well. */
  static final long MIN_BYTES = 128L << 20;

  /** A local cluster is modest: no more than this unless it is told so. */
  private static final long MAX_DEFAULT_BYTES = 1L << 30;

  // Three nodes and the file cache of their logs share a machine with everything else on it.
  private static final int DEFAULT_SHARE = 12;
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,9})([kKmMgG]?)");

  /** A log-only voter keeps no data. */
  static final String OF_LOG_VOTER = "192m";

  private HeapSize() {}

  /**
   * The number of bytes.
   *
   * @throws IllegalArgumentException if it has not that form
   */
  static long bytes(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no size; write for example 512m or 2g");
    }
    int shift =
        switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> 0;
        };
    return Long.parseLong(matcher.group(1)) << shift;
  }

  /** The heap of a data node if the user names none: a share of this machine's memory. */
  static String byMachine() {
    long memory = 0;
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      memory = system.getTotalMemorySize();
    }
    return ofMemory(memory);
  }

  static String ofMemory(long memoryBytes) {
    long share = Math.clamp(memoryBytes / DEFAULT_SHARE, 2 * MIN_BYTES, MAX_DEFAULT_BYTES);
    return (share >> 20) + "m";
  }
}
