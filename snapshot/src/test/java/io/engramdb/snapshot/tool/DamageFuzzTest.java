package io.engramdb.snapshot.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Damaged files end in a typed fault, or in content that can be written and read again; in little
 * memory, and soon. A longer run: {@code -Dengram.test.fuzzInputs=10000000}; a certain input:
 * {@code -Dengram.test.seed=SEED -Dengram.test.fuzzFrom=NUMBER -Dengram.test.fuzzInputs=1}.
 */
class DamageFuzzTest {
  private static final int DEFAULT_INPUTS = 100_000;
  private static final Path CORPUS =
      Path.of(
          System.getProperty(
              "engram.rdb.corpus", System.getProperty("engram.root") + "/../shared/rdb-corpus"));

  /** What a reader has of its own: a buffer, tables of the smallest size and a claim or two. */
  private static final long FIXED_BYTES = 2 << 20;

  /**
   * What a byte of a file may cost: it becomes up to 88 by decompression, of which each two may be
   * an element with the header of an array, and is read twice.
   */
  private static final long BYTES_PER_BYTE = 2 * 88 * 40;

  private static final long MAX_USED_MS = 5_000;
  private static final RdbLimits LIMITS = RdbLimits.DEFAULT.withStringSizeBytes(1 << 20);
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Map<RdbFault, Long> faults = new EnumMap<>(RdbFault.class);
  private long taken;
  private long maxAllocated;

  @Test
  void damagedFilesAreRefusedOrMakeSense() throws IOException {
    long seed = Long.getLong("engram.test.seed", new Random().nextInt());
    long from = Long.getLong("engram.test.fuzzFrom", 0);
    long inputs = Long.getLong("engram.test.fuzzInputs", DEFAULT_INPUTS);
    System.out.println("DamageFuzzTest: -Dengram.test.seed=" + seed);
    FuzzInput source = FuzzInput.of(CORPUS);
    long startNs = System.nanoTime();
    for (long i = from; i < from + inputs; i++) {
      byte[] input = source.make(new Random(seed + i * 0x9E3779B97F4A7C15L));
      try {
        check(input, (i & 1) == 0);
      } catch (Throwable e) {
        Path kept = Files.createTempFile("fuzz-finding-", ".rdb");
        Files.write(kept, input);
        throw new AssertionError(
            "seed " + seed + " input " + i + " is kept as " + kept + ": " + e, e);
      }
    }
    System.out.printf(
        "DamageFuzzTest: %d inputs in %d ms, %d taken, refused %s, at most %d bytes for one%n",
        inputs, (System.nanoTime() - startNs) / 1_000_000, taken, faults, maxAllocated);
    assertTrue(inputs < DEFAULT_INPUTS || faults.size() >= 7 && taken > inputs / 100);
  }

  @Test
  void whatWasFoundOnceStaysFound() throws IOException {
    try (Stream<Path> findings = Files.list(findings())) {
      for (Path file : findings.filter(each -> each.toString().endsWith(".rdb")).toList()) {
        check(Files.readAllBytes(file));
      }
    }
  }

  private static Path findings() {
    return Path.of(System.getProperty("engram.root"), "snapshot/src/test/resources/rdb/findings");
  }

  private void check(byte[] file) throws IOException {
    check(file, true);
    check(file, false);
  }

  private void check(byte[] file, boolean sizeKnown) throws IOException {
    long startNs = THREADS.getCurrentThreadCpuTime();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    ByteArrayOutputStream out = new ByteArrayOutputStream(file.length);
    boolean whole = read(file, sizeKnown, new RdbWriter(out, 12, false));
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    long usedMs = (THREADS.getCurrentThreadCpuTime() - startNs) / 1_000_000;
    maxAllocated = Math.max(maxAllocated, allocated);
    assertTrue(
        allocated < FIXED_BYTES + BYTES_PER_BYTE * file.length,
        allocated + " bytes for a file of " + file.length);
    assertTrue(usedMs < MAX_USED_MS, usedMs + " ms of a processor");
    if (whole) {
      taken++;
      ByteArrayOutputStream again = new ByteArrayOutputStream(out.size());
      assertTrue(read(out.toByteArray(), sizeKnown, new RdbWriter(again, 12, false)));
      assertEquals(out.size(), again.size(), "what was written is read otherwise");
    }
  }

  private boolean read(byte[] file, boolean sizeKnown, RdbWriter writer) throws IOException {
    try {
      RdbReader reader =
          sizeKnown
              ? RdbReader.of(file, LIMITS, ModulePolicy.SKIP)
              : RdbReader.of(new ByteArrayInputStream(file), LIMITS, ModulePolicy.SKIP);
      reader.read(writer);
      return true;
    } catch (RdbException e) {
      assertTrue(e.offset() >= 0 && e.offset() <= file.length, e::getMessage);
      faults.merge(e.fault(), 1L, Long::sum);
      return false;
    }
  }
}
