package io.engramdb.node.server;

import io.engramdb.node.command.ProcessStatus;
import io.engramdb.node.config.Configuration;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Facts about this process, from the JVM and, on Linux, from {@code /proc}. Any thread. */
final class LocalProcess implements ProcessStatus {

  private static final int RUN_ID_BYTES = 20;

  /** Copies of a value that may exist at the same time while it is written. */
  private static final int COPIES_OF_A_VALUE = 6;

  private static final int PAGE_BYTES = 4096;
  private static final int USEC_PER_TICK = 10_000;

  /** Places of the times behind the command's name in {@code /proc/self/stat}. */
  private static final int USER_TICKS_AT = 11;

  private static final int SYSTEM_TICKS_AT = 12;

  private final Configuration configuration;
  private final String runId;
  private final long startedMs;

  LocalProcess(Configuration configuration) {
    this.configuration = configuration;
    byte[] random = new byte[RUN_ID_BYTES];
    new SecureRandom().nextBytes(random);
    runId = HexFormat.of().formatHex(random);
    startedMs = System.currentTimeMillis();
  }

  @Override
  public long processId() {
    return ProcessHandle.current().pid();
  }

  @Override
  public String runId() {
    return runId;
  }

  @Override
  public long startedMs() {
    return startedMs;
  }

  @Override
  public String version() {
    String version = LocalProcess.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String configFile() {
    Path file = configuration.file();
    return file == null ? "" : file.toAbsolutePath().toString();
  }

  @Override
  public String executable() {
    String home = System.getProperty("engram.home");
    return home == null
        ? Path.of(System.getProperty("java.home"), "bin", "java").toString()
        : Path.of(home, "engram").toString();
  }

  @Override
  public int port() {
    return (int) configuration.number("port");
  }

  @Override
  public int tlsPort() {
    return (int) configuration.number("tls-port");
  }

  @Override
  public long heapUsedBytes() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Override
  public long heapMaxBytes() {
    return Runtime.getRuntime().maxMemory();
  }

  /**
   * What one value may take of this heap, bytes: there are up to six of it at a time, as a request
   * that grows (twice), as a value, as its record that grows (twice), and what it replaces.
   */
  static long valueBytes() {
    return Runtime.getRuntime().maxMemory() / COPIES_OF_A_VALUE;
  }

  @Override
  public long directBytes() {
    long bytes = Math.max(0, PlatformDependent.usedDirectMemory());
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      if (pool.getName().equals("direct")) {
        bytes += pool.getMemoryUsed();
      }
    }
    return bytes;
  }

  @Override
  public long residentBytes() {
    try {
      String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
      return Long.parseLong(pages[1]) * PAGE_BYTES;
    } catch (IOException | NumberFormatException unknown) {
      return 0;
    }
  }

  @Override
  public long systemMemoryBytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  @Override
  public long cpuUserUsec() {
    return cpuTicks(USER_TICKS_AT) * USEC_PER_TICK;
  }

  @Override
  public long cpuSystemUsec() {
    return cpuTicks(SYSTEM_TICKS_AT) * USEC_PER_TICK;
  }

  private static long cpuTicks(int place) {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      // The name stands in brackets and may hold blanks.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[place]);
    } catch (IOException | NumberFormatException unknown) {
      return 0;
    }
  }
}
