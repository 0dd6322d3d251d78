package io.engramdb.compat.clients;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.ScanIteration;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Jedis, plain or cluster: both are {@link UnifiedJedis}. */
record JedisChecklistClient(UnifiedJedis jedis) implements ChecklistClient {
  @Override
  public void set(String key, String value) {
    jedis.set(key, value);
  }

  @Override
  public @Nullable String get(String key) {
    return jedis.get(key);
  }

  @Override
  public boolean setIfAbsent(String key, String value) {
    return jedis.set(key, value, SetParams.setParams().nx()) != null;
  }

  @Override
  public @Nullable String swap(String key, String value) {
    return jedis.setGet(key, value);
  }

  @Override
  public void setBytes(byte[] key, byte[] value) {
    jedis.set(key, value);
  }

  @Override
  public byte[] getBytes(byte[] key) {
    return jedis.get(key);
  }

  @Override
  public long increment(String key, long by) {
    return jedis.incrBy(key, by);
  }

  @Override
  public double incrementByFloat(String key, double by) {
    return jedis.incrByFloat(key, by);
  }

  @Override
  public long append(String key, String value) {
    return jedis.append(key, value);
  }

  @Override
  public long hashSet(String key, Map<String, String> fields) {
    return jedis.hset(key, fields);
  }

  @Override
  public Map<String, String> hashGetAll(String key) {
    return jedis.hgetAll(key);
  }

  @Override
  public List<@Nullable String> hashGet(String key, String... fields) {
    return jedis.hmget(key, fields);
  }

  @Override
  public long hashIncrement(String key, String field, long by) {
    return jedis.hincrBy(key, field, by);
  }

  @Override
  public long hashDelete(String key, String... fields) {
    return jedis.hdel(key, fields);
  }

  @Override
  public long delete(String key) {
    return jedis.del(key);
  }

  @Override
  public boolean exists(String key) {
    return jedis.exists(key);
  }

  @Override
  public String type(String key) {
    return jedis.type(key);
  }

  @Override
  public void rename(String from, String to) {
    jedis.rename(from, to);
  }

  @Override
  public boolean copy(String from, String to) {
    return jedis.copy(from, to, false);
  }

  @Override
  public boolean expire(String key, long seconds) {
    return jedis.expire(key, seconds) == 1;
  }

  @Override
  public long timeToLive(String key) {
    return jedis.ttl(key);
  }

  @Override
  public boolean persist(String key) {
    return jedis.persist(key) == 1;
  }

  @Override
  public void setWithMillisecondsToLive(String key, String value, long ms) {
    jedis.set(key, value, SetParams.setParams().px(ms));
  }

  @Override
  public List<String> transaction(String counter, String other, String value) {
    try (AbstractTransaction transaction = openTransaction(counter)) {
      transaction.multi();
      transaction.incr(counter);
      transaction.set(other, value);
      transaction.get(other);
      return transaction.exec().stream().map(String::valueOf).toList();
    }
  }

  @Override
  public boolean watched(String key, String value, Runnable interference) {
    try (AbstractTransaction transaction = openTransaction(key)) {
      transaction.watch(key);
      interference.run();
      transaction.multi();
      transaction.set(key, value);
      return transaction.exec() != null;
    }
  }

  /** A cluster client has no transactions of its own; the user takes the slot's connection. */
  private AbstractTransaction openTransaction(String key) {
    if (jedis instanceof RedisClusterClient cluster) {
      int slot = JedisClusterCRC16.getSlot(key);
      return new Transaction(cluster.getConnectionFromSlot(slot), false, true);
    }
    return jedis.transaction(false);
  }

  @Override
  public List<String> pipeline(Map<String, String> values) {
    try (AbstractPipeline pipeline = jedis.pipelined()) {
      values.forEach(pipeline::set);
      List<Response<String>> answers = new ArrayList<>();
      values.keySet().forEach(key -> answers.add(pipeline.get(key)));
      pipeline.sync();
      return answers.stream().map(Response::get).toList();
    }
  }

  @Override
  public Set<String> scan(String pattern) {
    Set<String> found = new HashSet<>();
    ScanIteration iteration = jedis.scanIteration(100, pattern);
    while (!iteration.isIterationCompleted()) {
      found.addAll(iteration.nextBatch().getResult());
    }
    return found;
  }

  @Override
  public String errorOfIncrement(String key) {
    try {
      return "no error but " + jedis.incr(key);
    } catch (JedisDataException error) {
      return error.getMessage();
    }
  }

  @Override
  public void close() {
    jedis.close();
  }
}
