package io.engramdb.node.rdb;

import io.engramdb.node.engine.LibraryHead;
import io.engramdb.snapshot.rdb.RdbKey;
import io.engramdb.snapshot.rdb.RdbRefusal;
import io.engramdb.snapshot.rdb.RdbVisitor;
import io.engramdb.snapshot.rdb.StreamId;
import io.engramdb.snapshot.rdb.StreamState;
import java.io.IOException;

/**
 * Passes on the functions and keys of a foreign file with which a shard can begin: leaves out those
 * that have expired, as servers do when they load, and refuses what the engine has not. Fields that
 * have expired go as soon as a primary meets them. One thread.
 */
public final class SeedFilter implements RdbVisitor {

  private final RdbVisitor to;
  private final int databases;
  private final long nowMs;
  private Counter counter = keys -> {};
  private long keys;
  private boolean skips;
  private long expiredKeys;
  private long functions;

  /**
   * A filter.
   *
   * @param databases how many the shard has
   * @param nowMs keys that expired before are left out
   */
  public SeedFilter(RdbVisitor to, int databases, long nowMs) {
    this.to = to;
    this.databases = databases;
    this.nowMs = nowMs;
  }

  /** Hears of each key, and may end it all. */
  public interface Counter {
    void key(long keys) throws IOException;
  }

  /** From now on somebody counts the keys of the file, those left out included. */
  public void listen(Counter newCounter) {
    counter = newCounter;
  }

  /** Keys that were left out because their time has passed. */
  public long expiredKeys() {
    return expiredKeys;
  }

  /** Function libraries. */
  public long functions() {
    return functions;
  }

  @Override
  public void function(byte[] source) throws IOException {
    try {
      LibraryHead.of(source);
    } catch (IllegalArgumentException e) {
      throw new RdbRefusal("a function library: " + e.getMessage());
    }
    functions++;
    to.function(source);
  }

  /** Whether the key is passed on. */
  private boolean begins(RdbKey key) throws IOException {
    if (key.database() >= databases) {
      throw new RdbRefusal(
          databases == 1
              ? "a key in database " + key.database() + ": in cluster mode there is only database 0"
              : "a key in database " + key.database() + ": there are only " + databases);
    }
    skips = key.expireAtMs() != RdbKey.NO_EXPIRY && key.expireAtMs() <= nowMs;
    expiredKeys += skips ? 1 : 0;
    return !skips;
  }

  @Override
  public void string(RdbKey key, byte[] value) throws IOException {
    if (begins(key)) {
      to.string(key, value);
    }
    ends();
  }

  private void ends() throws IOException {
    skips = false;
    counter.key(++keys);
  }

  @Override
  public void beginList(RdbKey key, long count) throws IOException {
    if (begins(key)) {
      to.beginList(key, count);
    }
  }

  @Override
  public void element(byte[] element) throws IOException {
    if (!skips) {
      to.element(element);
    }
  }

  @Override
  public void beginSet(RdbKey key, long count) throws IOException {
    if (begins(key)) {
      to.beginSet(key, count);
    }
  }

  @Override
  public void member(byte[] member) throws IOException {
    if (!skips) {
      to.member(member);
    }
  }

  @Override
  public void beginSortedSet(RdbKey key, long count) throws IOException {
    if (begins(key)) {
      to.beginSortedSet(key, count);
    }
  }

  @Override
  public void scoredMember(byte[] member, double score) throws IOException {
    if (!skips) {
      to.scoredMember(member, score);
    }
  }

  @Override
  public void beginHash(RdbKey key, long count, boolean mayExpire) throws IOException {
    if (begins(key)) {
      to.beginHash(key, count, mayExpire);
    }
  }

  @Override
  public void field(byte[] field, byte[] value, long expireAtMs) throws IOException {
    if (!skips) {
      to.field(field, value, expireAtMs);
    }
  }

  @Override
  public void beginStream(RdbKey key, long count) throws IOException {
    if (begins(key)) {
      to.beginStream(key, count);
    }
  }

  @Override
  public void streamEntry(long ms, long sequence, byte[][] words) throws IOException {
    if (!skips) {
      to.streamEntry(ms, sequence, words);
    }
  }

  @Override
  public void streamState(StreamState state) throws IOException {
    if (!skips) {
      to.streamState(state);
    }
  }

  @Override
  public void group(byte[] name, StreamId lastDelivered, long entriesRead) throws IOException {
    if (!skips) {
      to.group(name, lastDelivered, entriesRead);
    }
  }

  @Override
  public void consumer(byte[] name, long seenMs, long activeMs) throws IOException {
    if (!skips) {
      to.consumer(name, seenMs, activeMs);
    }
  }

  @Override
  public void pending(long ms, long sequence, long deliveryMs, long deliveries) throws IOException {
    if (!skips) {
      to.pending(ms, sequence, deliveryMs, deliveries);
    }
  }

  @Override
  public void endKey() throws IOException {
    if (!skips) {
      to.endKey();
    }
    ends();
  }
}
