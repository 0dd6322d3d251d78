package io.engramdb.it.scenario;

import io.engramdb.it.harness.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Measured gaps by kind of fault: printed, and written to target/ for whoever compares runs. */
final class GapTable {
  private final String name;
  private final Map<String, List<Long>> gapsMsByKind = new LinkedHashMap<>();

  GapTable(String name) {
    this.name = name;
  }

  void add(String kind, long gapMs) {
    gapsMsByKind.computeIfAbsent(kind, k -> new ArrayList<>()).add(gapMs);
  }

  /** Prints the table and writes it to target/NAME.txt. */
  void publish() {
    StringBuilder table = new StringBuilder();
    table.append("%-28s %5s %8s %8s %8s%n".formatted(name, "runs", "best", "median", "worst"));
    gapsMsByKind.forEach(
        (kind, gaps) -> {
          List<Long> sorted = gaps.stream().sorted().toList();
          table.append(
              "%-28s %5d %5d ms %5d ms %5d ms%n"
                  .formatted(
                      kind,
                      sorted.size(),
                      sorted.getFirst(),
                      sorted.get(sorted.size() / 2),
                      sorted.getLast()));
        });
    gapsMsByKind.forEach(
        (kind, gaps) ->
            table.append(
                "%s, each in ms: %s%n"
                    .formatted(
                        kind,
                        gaps.stream().map(String::valueOf).collect(Collectors.joining(" ")))));
    System.out.print(table);
    try {
      Path report = Settings.target().resolve(name + ".txt");
      Files.createDirectories(report.getParent());
      Files.writeString(report, table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
