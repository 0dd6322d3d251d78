package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.KeyVisitor;
import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.ReadWatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads an RDB file to its end and says whether it is whole. One thread; good for one file. */
public final class RdbCheck extends KeyVisitor {
  /** Names of modules that a report lists. */
  private static final int MAX_MODULES = 20;

  private RdbVersion version = new RdbVersion(false, 0);
  private final long[] counts = new long[Kind.values().length];
  private Kind current = Kind.STRING;
  private long expiring;
  private long functions;
  private long emptyKeys;
  private long moduleKeys;
  private long databases;
  private long lastDatabase = -1;
  private final Set<String> modules = new TreeSet<>();

  private final ReadWatcher watcher;
  private long keysSeen;
  private @Nullable RdbReader source;

  private RdbCheck(ReadWatcher watcher) {
    this.watcher = watcher;
  }

  /**
   * Checks a file.
   *
   * @return what it found; a fault of the file is part of that
   * @throws IOException the file can't be read at all
   */
  public static RdbReport check(Path file, ModulePolicy modules) throws IOException {
    return check(file, modules, ReadWatcher.NONE);
  }

  /** As {@link #check(Path, ModulePolicy)}, with somebody who hears how far it is. */
  public static RdbReport check(Path file, ModulePolicy modules, ReadWatcher watcher)
      throws IOException {
    RdbCheck check = new RdbCheck(watcher);
    long sizeBytes = Files.size(file);
    try (RdbReader reader = RdbReader.open(file, ToolLimits.ofThisProcess(), modules)) {
      check.source = reader;
      try {
        reader.read(check);
      } catch (RdbException fault) {
        return check.report(fault, sizeBytes, List.of());
      }
      return check.report(null, sizeBytes, check.remarks(reader, sizeBytes));
    }
  }

  private List<String> remarks(RdbReader reader, long sizeBytes) {
    List<String> remarks = new ArrayList<>();
    if (emptyKeys > 0) {
      remarks.add(emptyKeys + " keys hold empty collections; servers leave them out");
    }
    if (!modules.isEmpty()) {
      remarks.add(
          "data of modules was stepped over ("
              + moduleKeys
              + " keys): "
              + String.join(", ", modules));
    }
    if (reader.offset() < sizeBytes) {
      remarks.add(sizeBytes - reader.offset() + " bytes follow the end of the RDB file");
    }
    if (reader.untrackedKeys()) {
      remarks.add("too many keys to look for duplicates among all of them");
    }
    if (reader.untrackedValues() > 0) {
      remarks.add(
          reader.untrackedValues() + " values have too many members to look for all duplicates");
    }
    return remarks;
  }

  private RdbReport report(@Nullable RdbException fault, long sizeBytes, List<String> remarks) {
    return new RdbReport(
        version.number() == 0 ? "unknown" : version.toString(),
        sizeBytes,
        databases,
        keys(),
        functions,
        remarks,
        fault);
  }

  private RdbReport.Keys keys() {
    return new RdbReport.Keys(
        counts[Kind.STRING.ordinal()],
        counts[Kind.LIST.ordinal()],
        counts[Kind.SET.ordinal()],
        counts[Kind.SORTED_SET.ordinal()],
        counts[Kind.HASH.ordinal()],
        counts[Kind.STREAM.ordinal()],
        expiring);
  }

  @Override
  protected void begin(RdbKey key, Kind kind, long count) {
    current = kind;
    if (key.database() != lastDatabase) {
      databases++;
      lastDatabase = key.database();
    }
    if (key.expireAtMs() != RdbKey.NO_EXPIRY) {
      expiring++;
    }
  }

  private void module(String name) {
    if (modules.size() < MAX_MODULES) {
      modules.add(name);
    }
  }

  @Override
  public void header(RdbVersion found) {
    version = found;
  }

  @Override
  public void function(byte[] source) {
    functions++;
  }

  @Override
  public void skippedModuleAux(String module, long sizeBytes) {
    module(module);
  }

  @Override
  public void skippedModuleKey(RdbKey key, String module, long sizeBytes) {
    module(module);
    moduleKeys++;
  }

  @Override
  public void skippedEmptyKey(RdbKey key) {
    emptyKeys++;
  }

  @Override
  public void string(RdbKey key, byte[] value) {
    begin(key, Kind.STRING, 1);
    endKey();
  }

  @Override
  public void endKey() {
    counts[current.ordinal()]++;
    RdbReader reader = source;
    if (reader != null) {
      watcher.at(++keysSeen, reader.offset());
    }
  }
}
