package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbLimits;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Reads a file some times over and says how long it took; called by {@code bench/parse}. */
final class ParseBench {
  private static final int ROUNDS = 6;

  private ParseBench() {}

  /** Argument: the file. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    for (int round = 1; round <= ROUNDS; round++) {
      long startNs = System.nanoTime();
      RdbReport report = RdbCheck.check(file, ModulePolicy.FAIL);
      show("check, every key watched for duplicates", round, startNs, report.keys().total());
      startNs = System.nanoTime();
      try (RdbReader reader = RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
        reader.read(new KeyIndex(Long.MAX_VALUE));
      }
      show("read, keys kept", round, startNs, report.keys().total());
      startNs = System.nanoTime();
      try (RdbReader reader = RdbReader.open(file, RdbLimits.DEFAULT, ModulePolicy.FAIL)) {
        reader.read(new RdbWriter(OutputStream.nullOutputStream(), 11, true));
      }
      show("read and written again, compressed", round, startNs, report.keys().total());
    }
  }

  private static void show(String what, int round, long startNs, long keys) {
    double seconds = (System.nanoTime() - startNs) / 1e9;
    System.out.printf("%s, round %d: %.2f s, %.0f keys/s%n", what, round, seconds, keys / seconds);
  }
}
