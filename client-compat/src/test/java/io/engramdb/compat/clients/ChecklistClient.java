package io.engramdb.compat.clients;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the checklist asks of a client, answered through that client's own typed API. */
interface ChecklistClient extends AutoCloseable {
  void set(String key, String value);

  @Nullable String get(String key);

  boolean setIfAbsent(String key, String value);

  /** SET with GET: the old value. */
  @Nullable String swap(String key, String value);

  void setBytes(byte[] key, byte[] value);

  byte[] getBytes(byte[] key);

  long increment(String key, long by);

  double incrementByFloat(String key, double by);

  long append(String key, String value);

  long hashSet(String key, Map<String, String> fields);

  Map<String, String> hashGetAll(String key);

  List<@Nullable String> hashGet(String key, String... fields);

  long hashIncrement(String key, String field, long by);

  long hashDelete(String key, String... fields);

  long delete(String key);

  boolean exists(String key);

  String type(String key);

  /** Both keys have the same hash tag. */
  void rename(String from, String to);

  boolean copy(String from, String to);

  boolean expire(String key, long seconds);

  long timeToLive(String key);

  boolean persist(String key);

  void setWithMillisecondsToLive(String key, String value, long ms);

  /** MULTI, INCR counter, SET other value, GET other, EXEC; the three results as text. */
  List<String> transaction(String counter, String other, String value);

  /** WATCH key, run the interference, MULTI, SET key value, EXEC; true if EXEC ran. */
  boolean watched(String key, String value, Runnable interference);

  /** SETs all, then GETs all, in one pipeline; the values. */
  List<String> pipeline(Map<String, String> values);

  /** All keys that match, over all primaries. */
  Set<String> scan(String pattern);

  /** The server's error text for INCR of a key that holds no number. */
  String errorOfIncrement(String key);

  @Override
  void close();
}
