package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.LogListener;
import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.RecordKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A listener that writes down what it hears, one line per call, and fails if two calls overlap.
 *
 * <p>Thread-safe, so that it serves a real log as well as a simulated one.
 */
public class NoticeRecorder implements LogListener {
  private final List<String> notices = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();
  private final List<String> positions = new ArrayList<>();
  private final List<LogPosition> ahead = new ArrayList<>();
  private final AtomicBoolean inside = new AtomicBoolean();
  private long readyTerm = -1;
  private long readyIndex = -1;
  private long lastIndex = -1;
  private @Nullable Throwable logFailure;
  private @Nullable String violation;

  private synchronized void hear(String notice) {
    if (!inside.compareAndSet(false, true)) {
      violation = "two calls at the same time: " + notice;
    }
    notices.add(notice);
    inside.set(false);
  }

  private synchronized void follow(long term, long index) {
    if (lastIndex >= 0 && index != lastIndex + 1) {
      violation = "index " + index + " after " + lastIndex;
    }
    lastIndex = index;
    for (LogPosition told : ahead) {
      if (told.index() == index && told.term() != term) {
        violation = told + " was told as committed, but " + term + " stands there";
      }
    }
    positions.add(term + ":" + index);
  }

  @Override
  public synchronized void onCommitted(
      long term,
      long index,
      long epoch,
      long sequence,
      RecordKind kind,
      byte @Nullable [] payload,
      boolean mine) {
    follow(term, index);
    String text = payload == null ? "mine" : new String(payload, StandardCharsets.UTF_8);
    texts.add(text);
    hear("committed " + term + ":" + index + " " + text);
  }

  @Override
  public synchronized void onCommittedAhead(long term, long index) {
    ahead.add(new LogPosition(term, index));
  }

  @Override
  public synchronized void onInternalEntry(long term, long index) {
    follow(term, index);
    hear("internal " + term + ":" + index);
  }

  @Override
  public void onTruncated(long firstRemovedIndex) {
    hear("truncated " + firstRemovedIndex);
  }

  @Override
  public void onElected(long term) {
    hear("elected " + term);
  }

  @Override
  public synchronized void onLeaderReady(long term, long startIndex) {
    readyTerm = term;
    readyIndex = startIndex;
    hear("ready " + term + ":" + startIndex);
  }

  @Override
  public void onLeadershipLost(long term) {
    hear("lost " + term);
  }

  @Override
  public void onLeaderChanged(@Nullable String leader, long term) {
    hear("leader " + leader + " " + term);
  }

  @Override
  public synchronized void onLogFailed(Throwable cause) {
    logFailure = cause;
    hear("failed");
  }

  @Override
  public void onTooFarBehind(long firstAvailableIndex) {
    hear("too far behind");
  }

  /** All that was heard, in order. */
  public synchronized List<String> notices() {
    check();
    return List.copyOf(notices);
  }

  /** Whether this line was heard. */
  public synchronized boolean has(String notice) {
    return notices.contains(notice);
  }

  /** Committed records as text, in order; "mine" for own ones. */
  public synchronized List<String> texts() {
    check();
    return List.copyOf(texts);
  }

  /** What was told as committed ahead of the order of all notices. */
  public synchronized List<LogPosition> ahead() {
    check();
    return List.copyOf(ahead);
  }

  /** Positions of all committed entries, internal ones too, in order. */
  public synchronized List<String> positions() {
    check();
    return List.copyOf(positions);
  }

  /** The newest term in which this member was ready to lead; -1 if none. */
  public synchronized long readyTerm() {
    return readyTerm;
  }

  /** Index of the internal entry that began that term. */
  public synchronized long readyIndex() {
    return readyIndex;
  }

  /** What broke the log, or null. */
  public synchronized @Nullable Throwable logFailure() {
    return logFailure;
  }

  private void check() {
    if (violation != null) {
      throw new AssertionError(violation);
    }
  }
}
