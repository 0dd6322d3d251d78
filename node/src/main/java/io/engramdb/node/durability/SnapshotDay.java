package io.engramdb.node.durability;

import io.engramdb.node.command.SnapshotStatus;
import io.engramdb.node.command.SnapshotStoreStatus;
import io.engramdb.snapshot.retention.RetentionPlan;
import io.engramdb.snapshot.retention.SnapshotWindow;
import io.engramdb.snapshot.store.SnapshotDirectory;
import io.engramdb.snapshot.store.SnapshotManifest;
import io.engramdb.snapshot.store.SnapshotSeries;
import io.engramdb.snapshot.store.SnapshotStore;
import io.engramdb.snapshot.store.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in the snapshot of each day.
 *
 * <p>Members do not agree on who uploads; the store decides. In the window each replica in its
 * turn, some minutes apart, looks whether a snapshot of this window is there, and brings one if
 * not: its newest own one, made in this window. A primary does so only if nobody else holds data.
 * What fails is tried again until the window ends. What is on its way when the member becomes the
 * primary, or when the window ends, comes to its end. If a window ends without a snapshot, every
 * member says so.
 *
 * <p>Its own thread, which blocks; {@link #status} from any thread. The time comes in.
 */
public final class SnapshotDay {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotDay.class);

  /** Pause after an attempt that failed, or found another member's turn. */
  private static final long RETRY_MS = 60_000;

  /** Members begin so far apart at most. */
  private static final long MAX_STAGGER_MS = 300_000;

  /** What it asks of the node. */
  public interface Member {
    /** Whether this node is to make snapshots just now, and has what the primary has. */
    boolean isItsTurn();

    /** Begins an own snapshot; null, or why it can't. */
    @Nullable String begin();

    /** Of own snapshots. */
    SnapshotStatus snapshots();
  }

  /** Opens the store. */
  public interface Opener {
    SnapshotStore open() throws IOException;
  }

  /**
   * What was configured.
   *
   * @param shard whose snapshots
   * @param window when
   * @param retentionDays how long they stay
   * @param rank place of this member among those that hold data
   * @param members how many those are
   */
  public record Settings(
      UUID shard, SnapshotWindow window, int retentionDays, int rank, int members) {
    /** When this member's turn begins: everybody's does before the window ends. */
    long turnMs(SnapshotWindow.Span span) {
      long shareMs = (span.endMs() - span.beginMs()) / Math.max(1, members);
      return span.beginMs() + Math.min(MAX_STAGGER_MS, shareMs) * rank;
    }
  }

  private final Settings settings;
  private final SnapshotDirectory directory;
  private final Member member;
  private final Opener opener;
  private final long startMs;

  /** Begin of the window whose snapshot is in the store. */
  private long doneBeginMs = Long.MIN_VALUE;

  /** Begin of the window that was looked at after its end. */
  private long judgedBeginMs = Long.MIN_VALUE;

  /** Begin of the window in which an own snapshot was asked for. */
  private long askedBeginMs = Long.MIN_VALUE;

  private long nextTryMs = Long.MIN_VALUE;
  private volatile SnapshotStoreStatus status = SnapshotStoreStatus.CONFIGURED;

  /**
   * A day.
   *
   * @param startMs windows that ended before are not this node's business
   */
  public SnapshotDay(
      Settings settings, SnapshotDirectory directory, Member member, Opener opener, long startMs) {
    this.settings = settings;
    this.directory = directory;
    this.member = member;
    this.opener = opener;
    this.startMs = startMs;
  }

  /** What is known of snapshots in the store. */
  public SnapshotStoreStatus status() {
    return status;
  }

  /** Does what is due; may take as long as an upload. */
  public void tick(long nowMs) {
    judge(nowMs);
    SnapshotWindow.Span span = settings.window().at(nowMs);
    if (span == null || span.beginMs() == doneBeginMs || nowMs < nextTryMs) {
      return;
    }
    if (nowMs < settings.turnMs(span)) {
      return;
    }
    try {
      work(span, nowMs);
    } catch (IOException | RuntimeException e) {
      failed(nowMs, String.valueOf(e.getMessage()), e);
    }
  }

  private void failed(long nowMs, String why, @Nullable Exception cause) {
    nextTryMs = nowMs + RETRY_MS;
    status = status.failed(why);
    LOG.warn("no snapshot in the store yet: {}", why, cause);
  }

  private void work(SnapshotWindow.Span span, long nowMs) throws IOException {
    boolean asked = askedBeginMs == span.beginMs();
    SnapshotStatus own = member.snapshots();
    if (asked && own.running()) {
      return;
    }
    SnapshotManifest newest = newestOwn();
    // After a restart there may be one of this window already; then its upload goes on. But what a
    // member that lags makes by itself in the window is a state from before it.
    boolean fresh =
        newest != null && newest.createdMs() >= span.beginMs() && newest.timeMs() >= span.beginMs();
    boolean current = asked && newest != null && newest.index() == own.savedIndex();
    if (newest == null || !(fresh || current)) {
      ask(span, nowMs, asked, own);
      return;
    }
    try (SnapshotStore store = opener.open()) {
      if (isThere(store, span)) {
        doneBeginMs = span.beginMs();
        return;
      }
      // The state is that of this window, even if nothing has changed since the file was written.
      upload(store, newest.withCreatedMs(Math.max(newest.createdMs(), span.beginMs())), newest);
      doneBeginMs = span.beginMs();
    }
  }

  private void ask(SnapshotWindow.Span span, long nowMs, boolean asked, SnapshotStatus own)
      throws IOException {
    if (!member.isItsTurn()) {
      nextTryMs = nowMs + RETRY_MS;
      return;
    }
    try (SnapshotStore store = opener.open()) {
      if (isThere(store, span)) {
        doneBeginMs = span.beginMs();
        return;
      }
    }
    if (asked && own.lastFailed()) {
      askedBeginMs = Long.MIN_VALUE;
      failed(nowMs, "this node could not make one", null);
      return;
    }
    String refusal = member.begin();
    if (refusal == null) {
      askedBeginMs = span.beginMs();
    } else {
      failed(nowMs, refusal, null);
    }
  }

  private @Nullable SnapshotManifest newestOwn() throws IOException {
    for (SnapshotManifest each : directory.list()) {
      if (each.shard().equals(settings.shard())) {
        return each;
      }
    }
    return null;
  }

  private boolean isThere(SnapshotStore store, SnapshotWindow.Span span) throws IOException {
    List<StoredSnapshot> all =
        store.list(SnapshotSeries.AUTOMATIC.folder() + "/" + settings.shard() + "/");
    if (all.isEmpty()) {
      return false;
    }
    long newestMs = all.getFirst().manifest().createdMs();
    status = status.seen(newestMs);
    return newestMs >= span.beginMs();
  }

  private void upload(SnapshotStore store, SnapshotManifest manifest, SnapshotManifest own)
      throws IOException {
    // A second name: the node deletes its older snapshots whenever it likes.
    Path file = directory.root().resolve("upload-" + UUID.randomUUID() + ".tmp");
    status = status.uploading(true);
    try {
      Files.createLink(file, directory.file(own));
      StoredSnapshot stored = store.publish(SnapshotSeries.AUTOMATIC, manifest, file);
      status = status.stored(manifest.createdMs());
      LOG.info("snapshot {} is in {}, read back and equal", stored.path(), store.description());
      RetentionPlan plan =
          RetentionPlan.of(
              store, settings.shard(), settings.retentionDays(), manifest.createdMs(), stored);
      plan.text().forEach(line -> LOG.info("retention: {}", line));
      plan.run(store);
    } finally {
      status = status.uploading(false);
      Files.deleteIfExists(file);
    }
  }

  /** Says once of each window that it ended without a snapshot. */
  private void judge(long nowMs) {
    SnapshotWindow.Span last = settings.window().lastEnded(nowMs);
    if (last.endMs() <= startMs || last.beginMs() == judgedBeginMs) {
      return;
    }
    judgedBeginMs = last.beginMs();
    if (doneBeginMs == last.beginMs()) {
      return;
    }
    String why;
    try (SnapshotStore store = opener.open()) {
      if (isThere(store, last)) {
        return;
      }
      why = "the store has none of it";
    } catch (IOException | RuntimeException e) {
      why = String.valueOf(e.getMessage());
    }
    status = status.missed(why);
    LOG.error("THE SNAPSHOT WINDOW WAS MISSED: {}", why);
  }
}
