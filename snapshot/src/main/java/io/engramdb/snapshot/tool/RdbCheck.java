package io.engramdb.snapshot.tool;

import io.engramdb.snapshot.rdb.ModulePolicy;
import io.engramdb.snapshot.rdb.RdbException;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbReader;
import io.engramdb.snapshot.rdb.RdbVersion;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads an RDB file to its end and says whether it is whole. One thread; good for one file. */
public final class RdbCheck implements RdbVisitor {
  /** Names of modules that a report lists. */
  private static final int MAX_MODULES = 20;

  private RdbVersion version = new RdbVersion(false, 0);
  private final long[] counts = new long[Type.values().length];
  private Type current = Type.STRING;
  private long expiring;
  private long functions;
  private long emptyKeys;
  private long moduleKeys;
  private long databases;
  private long lastDatabase = -1;
  private final Set<String> modules = new TreeSet<>();

  private enum Type {
    STRING,
    LIST,
    SET,
    SORTED_SET,
    HASH,
    STREAM
  }

  private RdbCheck() {}

  /**
   * Checks a file.
   *
   * @return what it found; a fault of the file is part of that
   * @throws IOException the file can't be read at all
   */
  public static RdbReport check(Path file, ModulePolicy modules) throws IOException {
    RdbCheck check = new RdbCheck();
    long sizeBytes = Files.size(file);
    try (RdbReader reader = RdbReader.open(file, ToolLimits.ofThisProcess(), modules)) {
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
        counts[Type.STRING.ordinal()],
        counts[Type.LIST.ordinal()],
        counts[Type.SET.ordinal()],
        counts[Type.SORTED_SET.ordinal()],
        counts[Type.HASH.ordinal()],
        counts[Type.STREAM.ordinal()],
        expiring);
  }

  private void begin(RdbKey key, Type type) {
    current = type;
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
    begin(key, Type.STRING);
    endKey();
  }

  @Override
  public void beginList(RdbKey key, long count) {
    begin(key, Type.LIST);
  }

  @Override
  public void element(byte[] element) {}

  @Override
  public void beginSet(RdbKey key, long count) {
    begin(key, Type.SET);
  }

  @Override
  public void member(byte[] member) {}

  @Override
  public void beginSortedSet(RdbKey key, long count) {
    begin(key, Type.SORTED_SET);
  }

  @Override
  public void scoredMember(byte[] member, double score) {}

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) {
    begin(key, Type.HASH);
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) {}

  @Override
  public void beginStream(RdbKey key, long count) {
    begin(key, Type.STREAM);
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) {}

  @Override
  public void streamState(StreamState state) {}

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) {}

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) {}

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) {}

  @Override
  public void endKey() {
    counts[current.ordinal()]++;
  }
}
