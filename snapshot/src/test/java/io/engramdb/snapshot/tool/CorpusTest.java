package io.engramdb.snapshot.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbFault;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Files that other programs wrote, with their content as a server read it; and damaged ones. The
 * folder is no part of this repository: it lies beside the checkout, or where {@code
 * -Dengram.rdb.corpus=DIR} says.
 */
class CorpusTest {
  private static final Path CORPUS =
      Path.of(
          System.getProperty(
              "engram.rdb.corpus", System.getProperty("engram.root") + "/../shared/rdb-corpus"));

  /** More than any file of the corpus takes, and far less than damaged ones claim. */
  private static final long MAX_ALLOCATED_BYTES = 8 << 20;

  private static final long MAX_ELAPSED_MS = 10_000;
  private static final Pattern IDLE = Pattern.compile("\"lruIdleSecondsApprox\":(\\d+)");
  private static final Pattern CODE = Pattern.compile("\"code\": \"([^\"]*)\"");

  /** The loading server's clock went on while it was asked. */
  private static final long IDLE_TOLERANCE_SECONDS = 2;

  @BeforeAll
  static void say() {
    if (!Files.isDirectory(CORPUS)) {
      System.out.println("CorpusTest: left out, there is no " + CORPUS.toAbsolutePath());
    }
  }

  private static List<Path> files(String folder) throws IOException {
    Path directory = CORPUS.resolve(folder);
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> file.toString().endsWith(".rdb")).sorted().toList();
    }
  }

  @TestFactory
  Stream<DynamicTest> goodFilesHoldWhatTheServerRead() throws IOException {
    return files("").stream()
        .map(file -> DynamicTest.dynamicTest(name(file), () -> checkContent(file)));
  }

  @TestFactory
  Stream<DynamicTest> damagedFilesAreRefusedInLittleTimeAndMemory() throws IOException {
    return Stream.concat(files("corrupt").stream(), files("refused").stream())
        .map(file -> DynamicTest.dynamicTest(name(file), () -> checkRefused(file)));
  }

  @Test
  void modulesAreSteppedOverExactlyIfAsked() throws IOException {
    for (Path file : files("refused")) {
      RdbReport refused = RdbCheck.check(file, ModulePolicy.FAIL);
      assertNotNull(refused.fault(), file::toString);
      if (refused.fault().fault() == RdbFault.MODULE) {
        RdbReport skipped = RdbCheck.check(file, ModulePolicy.SKIP);
        assertTrue(skipped.isWhole(), () -> file + ": " + skipped.text());
        assertTrue(skipped.text().contains("modules was stepped over"), skipped::text);
      }
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static void checkContent(Path file) throws IOException {
    String base = name(file).replace(".rdb", "");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RdbDump.dump(file, RdbDump.Order.KEY, ModulePolicy.FAIL, out);
    List<String> got = out.toString(StandardCharsets.US_ASCII).lines().toList();
    List<String> expected = expected(file.resolveSibling(base + ".expected.jsonl.gz"));
    assertEquals(expected.size(), got.size(), "keys");
    for (int i = 0; i < got.size(); i++) {
      assertEquals(withoutIdle(expected.get(i)), withoutIdle(got.get(i)));
      assertTrue(Math.abs(idle(expected.get(i)) - idle(got.get(i))) <= IDLE_TOLERANCE_SECONDS);
    }
    assertEquals(
        expectedFunctions(file.resolveSibling(base + ".meta.json")), functions(file), "functions");
    RdbReport report = RdbCheck.check(file, ModulePolicy.FAIL);
    assertTrue(report.isWhole(), report::text);
    assertEquals(expected.size(), report.keys().total());
  }

  private static List<String> expected(Path file) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
  }

  private static String withoutIdle(String line) {
    return IDLE.matcher(line).replaceAll("\"lruIdleSecondsApprox\":?");
  }

  private static long idle(String line) {
    Matcher matcher = IDLE.matcher(line);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private static List<String> expectedFunctions(Path meta) throws IOException {
    List<String> sources = new ArrayList<>();
    Matcher matcher = CODE.matcher(Files.readString(meta));
    while (matcher.find()) {
      sources.add(
          new String(Base64.getDecoder().decode(matcher.group(1)), StandardCharsets.ISO_8859_1));
    }
    return sources.stream().sorted().toList();
  }

  private static List<String> functions(Path file) throws IOException {
    List<String> sources = new ArrayList<>();
    JsonKeys collector =
        new JsonKeys(JsonOutput.held(), Long.MAX_VALUE) {
          @Override
          public void function(byte[] source) {
            sources.add(new String(source, StandardCharsets.ISO_8859_1));
          }
        };
    try (RdbReader reader = RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(collector);
    }
    return sources.stream().sorted().toList();
  }

  private static void checkRefused(Path file) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long startNs = System.nanoTime();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (boolean sizeKnown : new boolean[] {true, false}) {
      RdbException fault = fault(file, sizeKnown);
      assertNotNull(fault, "was taken");
      assertTrue(fault.offset() >= 0 && fault.offset() <= Files.size(file), fault::getMessage);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    long elapsedMs = (System.nanoTime() - startNs) / 1_000_000;
    assertTrue(allocated < MAX_ALLOCATED_BYTES, allocated + " bytes were allocated");
    assertTrue(elapsedMs < MAX_ELAPSED_MS, elapsedMs + " ms");
  }

  private static @Nullable RdbException fault(Path file, boolean sizeKnown) throws IOException {
    try (RdbReader reader =
        sizeKnown
            ? RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)
            : RdbReader.of(Files.newInputStream(file), RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
      reader.read(new JsonKeys(JsonOutput.held(), Long.MAX_VALUE));
      return null;
    } catch (RdbException e) {
      return e;
    }
  }
}
