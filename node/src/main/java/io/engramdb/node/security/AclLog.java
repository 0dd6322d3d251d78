package io.engramdb.node.security;

import io.engramdb.node.command.ClientState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What users were refused, newest first. The same refusal within a minute is counted, not repeated.
 * Bounded by {@link AclSettings#maxLogEntries}. Upstream: Redis 7.2 {@code addACLLogEntry}. Shard
 * thread only.
 */
public final class AclLog {

  /** Entries that are looked at for the same refusal. */
  private static final int SEARCHED = 10;

  /** How close in time refusals must be to be counted together. */
  private static final long GROUPED_WITHIN_MS = 60_000;

  /** Where a command was refused. */
  public enum Context {
    TOP_LEVEL("toplevel"),
    MULTI("multi"),
    SCRIPT("lua");

    private final String wireName;

    Context(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  /**
   * One kind of refusal.
   *
   * @param object the command, key or channel
   * @param client line of the newest client it happened to
   */
  public record Entry(
      long id,
      long count,
      Verdict reason,
      Context context,
      String object,
      String username,
      long createdMs,
      long updatedMs,
      String client) {

    private boolean isSame(Entry other) {
      return reason == other.reason
          && context == other.context
          && username.equals(other.username)
          && object.equals(other.object)
          && Math.abs(other.updatedMs - updatedMs) <= GROUPED_WITHIN_MS;
    }
  }

  private final AclSettings settings;
  private final LongSupplier clock;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private Function<ClientState, String> describer = client -> "";
  private long nextId;

  /**
   * @param clock wall time, milliseconds
   */
  AclLog(AclSettings settings, LongSupplier clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** Who tells of clients what CLIENT LIST tells of them; set once. */
  public void describeBy(Function<ClientState, String> newDescriber) {
    describer = newDescriber;
  }

  public long nowMs() {
    return clock.getAsLong();
  }

  /** A client was refused something. */
  public void add(
      Verdict reason, Context context, String object, String username, ClientState client) {
    long nowMs = clock.getAsLong();
    Entry added =
        new Entry(
            nextId, 1, reason, context, object, username, nowMs, nowMs, describer.apply(client));
    Iterator<Entry> newest = entries.iterator();
    for (int i = 0; i < SEARCHED && newest.hasNext(); i++) {
      Entry present = newest.next();
      if (present.isSame(added)) {
        newest.remove();
        added =
            new Entry(
                present.id,
                present.count + 1,
                reason,
                context,
                object,
                username,
                present.createdMs,
                nowMs,
                added.client);
        break;
      }
    }
    if (added.id == nextId) {
      nextId++;
    }
    entries.addFirst(added);
    trim();
  }

  private void trim() {
    while (entries.size() > settings.maxLogEntries) {
      entries.removeLast();
    }
  }

  /** At most that many, newest first. */
  public List<Entry> newest(long count) {
    trim();
    return entries.stream().limit(count).toList();
  }

  public void clear() {
    entries.clear();
  }
}
