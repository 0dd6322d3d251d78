package io.engramdb.snapshot.rdb;

import java.io.IOException;

/**
 * The border between RDB files and everything else: what a file holds, as a row of events. A reader
 * calls it, a writer is one, and so is whatever loads, shows or checks.
 *
 * <p>Order: {@link #header}, then anything, then {@link #end}. A key is {@link #string} alone, or
 * one of the {@code begin} methods, its elements, and {@link #endKey}. Functions come before the
 * keys.
 *
 * <p><b>Nothing is true before {@code end}</b>: only then have count, order and checksum of the
 * whole been seen. A visitor that keeps what it gets must be able to drop all of it when the reader
 * fails instead. Values come in pieces, so a visitor may also see elements of a value that turns
 * out to be damaged; {@link #endKey} says that it was not.
 *
 * <p>Arrays belong to the visitor once they were passed and are never changed by the reader. {@link
 * RdbKey} belongs to the reader. All calls come from one thread. A visitor may refuse by throwing
 * {@link RdbRefusal}.
 *
 * <p>Methods for what most visitors do not care about do nothing by default.
 */
public interface RdbVisitor {
  /** Count of elements that is not known before the last one. */
  long UNKNOWN_COUNT = -1;

  /** The file begins. */
  default void header(RdbVersion version) throws IOException {}

  /** A remark of the writer, for example {@code redis-ver}; unknown names are to be ignored. */
  default void aux(byte[] name, byte[] value) throws IOException {}

  /** The source of a function library, from its first line {@code #!lua name=…} on. */
  default void function(byte[] source) throws IOException {}

  /**
   * A hint about the database whose keys follow. It may be wrong: allocate nothing by it.
   *
   * @param keys keys in it
   * @param expiring keys in it that expire
   */
  default void databaseSize(long database, long keys, long expiring) throws IOException {}

  /** A hint about a cluster slot; may be wrong. */
  default void slotSize(long slot, long keys, long expiring) throws IOException {}

  /**
   * A module's data outside of keys was stepped over.
   *
   * @param module nine characters
   */
  default void skippedModuleAux(String module, long sizeBytes) throws IOException {}

  /** A key whose value only the module understands was stepped over. */
  default void skippedModuleKey(RdbKey key, String module, long sizeBytes) throws IOException {}

  /**
   * A key whose collection is empty was left out, as servers do: old ones wrote such keys by
   * mistake.
   */
  default void skippedEmptyKey(RdbKey key) throws IOException {}

  /** A string. */
  void string(RdbKey key, byte[] value) throws IOException;

  /**
   * A list begins.
   *
   * @param count elements that follow, or {@link #UNKNOWN_COUNT}
   */
  void beginList(RdbKey key, long count) throws IOException;

  /** The next element of a list, from its head to its tail. */
  void element(byte[] element) throws IOException;

  /**
   * A set begins.
   *
   * @param count members that follow, or {@link #UNKNOWN_COUNT}
   */
  void beginSet(RdbKey key, long count) throws IOException;

  /** A member of a set. */
  void member(byte[] member) throws IOException;

  /**
   * A sorted set begins.
   *
   * @param count members that follow, or {@link #UNKNOWN_COUNT}
   */
  void beginSortedSet(RdbKey key, long count) throws IOException;

  /** A member of a sorted set; in any order, never with NaN. */
  void scoredMember(byte[] member, double score) throws IOException;

  /**
   * A hash begins.
   *
   * @param count fields that follow, or {@link #UNKNOWN_COUNT}
   * @param mayExpire false if it is known that no field expires
   */
  void beginHash(RdbKey key, long count, boolean mayExpire) throws IOException;

  /**
   * A field of a hash.
   *
   * @param expireAtMs when the field expires, or {@link RdbKey#NO_EXPIRY}
   */
  void field(byte[] field, byte[] value, long expireAtMs) throws IOException;

  /**
   * A stream begins. Entries follow, then one {@link #streamState}, then groups.
   *
   * @param count entries that follow, or {@link #UNKNOWN_COUNT}
   */
  void beginStream(RdbKey key, long count) throws IOException;

  /** An entry of a stream; ids ascend. Fields and values stand in turn. */
  void streamEntry(long ms, long sequence, byte[][] fieldsAndValues) throws IOException;

  /** All entries were delivered. */
  void streamState(StreamState state) throws IOException;

  /**
   * A consumer group; its consumers follow.
   *
   * @param entriesRead entries that it has read, or {@link StreamState#UNKNOWN_ENTRIES_READ}
   */
  void group(byte[] name, StreamId lastDelivered, long entriesRead) throws IOException;

  /**
   * A consumer of the last group; its pending entries follow.
   *
   * @param activeMs when it last got something; -1 for never. As {@code seenMs} in files that do
   *     not know it
   */
  void consumer(byte[] name, long seenMs, long activeMs) throws IOException;

  /**
   * An entry that the last consumer was given and did not acknowledge. It may be deleted by now.
   */
  void pending(long ms, long sequence, long deliveryMs, long deliveries) throws IOException;

  /** The value that began last is complete. Not called after {@link #string}. */
  void endKey() throws IOException;

  /** The file is complete and its checksum was right, or there was none. */
  default void end() throws IOException {}
}
