package io.engramdb.node.server;

import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.commands.AclCommands;
import io.engramdb.node.commands.AllCommands;
import io.engramdb.node.durability.ArchiveReplay;
import io.engramdb.node.engine.Keyspaces;
import io.engramdb.node.engine.value.ValueLimits;
import io.engramdb.node.script.ScriptHost;
import io.engramdb.node.security.UserRegistry;
import io.engramdb.node.shard.CommandSearch;
import io.engramdb.snapshot.archive.ArchivedRecord;
import io.engramdb.snapshot.rdb.ReadWatcher;
import io.engramdb.snapshot.restore.RecordSearch;
import io.engramdb.snapshot.restore.RestorePlan;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * States of the past, made of snapshots and the archived log by the command line: away from any
 * node, with the commands of one.
 */
public final class PointInTime {

  /** As many as any cluster made by this program may have. */
  private static final int DATABASES = 16;

  /** Of the heap, so much may be data. */
  private static final int HEAP_SHARE_PERCENT = 75;

  private static final int PERCENT = 100;

  /**
   * What a rehearsal found.
   *
   * @param records DATA records between the snapshots
   * @param keys in the state that they made
   */
  public record Rehearsal(long records, long keys, long segments, long sizeBytes) {}

  private PointInTime() {}

  /** Looks for a command by its name. */
  public static RecordSearch search(String command) {
    CommandSearch search = new CommandSearch(command);
    return new RecordSearch() {
      @Override
      public void restart() {
        search.restart();
      }

      @Override
      public long look(ArchivedRecord record) {
        return search.look(record.term(), record.index(), record.payload());
      }
    };
  }

  /**
   * Writes the state that a plan leads to as an RDB file.
   *
   * @param keyPattern only keys that match; null: all, and function libraries
   * @param to must not exist
   * @param watcher hears of the archived records that were applied
   * @return what was made, in words
   */
  public static String write(
      SnapshotStore store,
      RestorePlan plan,
      @Nullable String keyPattern,
      Path to,
      ReadWatcher watcher)
      throws IOException {
    ArchiveReplay replay = replay();
    replay.run(store, plan, watcher);
    replay.write(
        to,
        keyPattern == null ? null : GlobPattern.of(keyPattern.getBytes(StandardCharsets.UTF_8)));
    return "%d keys from %d records behind %s%s"
        .formatted(
            replay.keys(),
            replay.records(),
            plan.base() == null ? "the beginning" : "snapshot " + plan.base().path(),
            replay.endsInsideRun() ? "; a command that was not complete is left out" : "");
  }

  /**
   * Loads one snapshot, applies the archived log up to a later one, and compares.
   *
   * @throws IOException if anything does not fit
   */
  public static Rehearsal rehearse(SnapshotStore store, RestorePlan plan, StoredSnapshot to)
      throws IOException {
    ArchiveReplay replay = replay();
    replay.run(store, plan);
    SnapshotManifest expected = to.manifest();
    List<String> differences = new ArrayList<>();
    compare(differences, "records", replay.allRecords(), expected.records());
    compare(differences, "running checksum", replay.runningChecksum(), expected.runningChecksum());
    compare(differences, "keys", replay.keys(), expected.keys());
    compare(differences, "digest", replay.digest(), expected.digest());
    if (replay.endsInsideRun()) {
      differences.add("the snapshot lies inside a command");
    }
    if (!differences.isEmpty()) {
      throw new IOException(
          "the archived log does not lead to " + to.path() + ": " + String.join(", ", differences));
    }
    return new Rehearsal(
        replay.records(),
        replay.keys(),
        plan.segments().size(),
        plan.segments().stream().mapToLong(each -> each.sizeBytes()).sum());
  }

  private static void compare(List<String> into, String what, Object found, Object expected) {
    if (!found.equals(expected)) {
      into.add(what + " " + found + ", expected " + expected);
    }
  }

  private static ArchiveReplay replay() {
    ValueLimits limits = new ValueLimits();
    return new ArchiveReplay(
        table(limits),
        new Keyspaces(DATABASES, null),
        limits,
        Runtime.getRuntime().maxMemory() / PERCENT * HEAP_SHARE_PERCENT);
  }

  /** Every command that may stand in a log. */
  private static CommandTable table(ValueLimits limits) {
    UserRegistry users = UserRegistry.open();
    List<CommandFamily> families = new ArrayList<>(AllCommands.dataFamilies(limits));
    families.addAll(AllCommands.scriptFamilies(new ScriptHost()));
    families.add(
        new AclCommands(
            users,
            () -> {
              throw new IllegalStateException("there are no clients");
            }));
    CommandTable.Builder builder = new CommandTable.Builder();
    families.forEach(family -> family.register(builder));
    CommandTable table = builder.build();
    users.speakOf(table);
    return table;
  }
}
