package io.engramdb.node.rdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.engine.KeyspaceValidator;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbDigest;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Foreign files go into the engine and out of it again with equal content. The folder lies beside
 * the checkout, or where {@code -Dengram.rdb.corpus=DIR} says; without it one line says so.
 */
class CorpusLoadTest {

  private static final int DATABASES = 64;

  private static final Path CORPUS =
      Path.of(System.getProperty("engram.rdb.corpus", "../../shared/rdb-corpus"));

  @TestFactory
  Stream<DynamicTest> goodFilesGoInAndOut() throws IOException {
    if (!Files.isDirectory(CORPUS)) {
      System.out.println("CorpusLoadTest: left out, there is no " + CORPUS.toAbsolutePath());
      return Stream.empty();
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(CORPUS)) {
      files = all.filter(file -> file.toString().endsWith(".rdb")).sorted().toList();
    }
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
  }

  private static RdbReader reader(Path file) throws IOException {
    return RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL);
  }

  private static void check(Path file) throws IOException {
    RdbDigest original = new RdbDigest();
    boolean[] fieldsExpire = {false};
    try (RdbReader reader = reader(file)) {
      reader.read(watched(original, fieldsExpire));
    }
    Keyspaces keyspaces = new Keyspaces(DATABASES, null);
    RdbToKeyspace loader =
        new RdbToKeyspace(keyspaces, new ValueLimits(), RdbToKeyspace.KEEP_EXPIRED, Long.MAX_VALUE);
    try (RdbReader reader = reader(file)) {
      reader.read(loader);
    }
    keyspaces.endCommand();
    KeyspaceValidator.validate(keyspaces);
    assertEquals(original.keys(), keyspaces.keyCount());
    DataSize size = new DataSize();
    try (RdbReader reader = reader(file)) {
      reader.read(size);
    }
    assertTrue(size.bytes() <= keyspaces.usedBytes(), () -> "never too much: " + size.bytes());
    List<Integer> olderVersions = List.of(RdbVersion.REDIS_7_0, RdbVersion.REDIS_7_2);
    if (fieldsExpire[0]) {
      for (int version : olderVersions) {
        assertThrows(UncheckedIOException.class, () -> written(keyspaces, version, original));
      }
    }
    for (int version : fieldsExpire[0] ? List.of(RdbVersion.REDIS_7_4) : olderVersions) {
      byte[] written = written(keyspaces, version, original);
      RdbDigest again = new RdbDigest();
      try (RdbReader reader = RdbReader.of(written, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
        reader.read(again);
      }
      assertEquals(original.value(), again.value(), "written in version " + version);
    }
  }

  private static byte[] written(Keyspaces keyspaces, int version, RdbDigest original)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RdbWriter writer = new RdbWriter(out, version, true);
    RdbDigest said = new RdbDigest();
    writer.header(writer.version());
    KeyspacesToRdb.say(keyspaces, writer);
    KeyspacesToRdb.say(keyspaces, said);
    writer.end();
    assertEquals(original.value(), said.value(), "in memory");
    return out.toByteArray();
  }

  /** Passes everything on, and notes whether fields expire. */
  private static RdbVisitor watched(RdbDigest digest, boolean[] fieldsExpire) {
    return (RdbVisitor)
        Proxy.newProxyInstance(
            RdbVisitor.class.getClassLoader(),
            new Class<?>[] {RdbVisitor.class},
            (proxy, method, args) -> {
              if (method.getName().equals("field") && (long) args[2] != RdbKey.NO_EXPIRY) {
                fieldsExpire[0] = true;
              }
              try {
                return method.invoke(digest, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
