package io.engramdb.compat.clients;

import io.lettuce.core.CopyArgs;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lettuce, plain or cluster: both speak {@link RedisClusterCommands}.
 *
 * @param ofKey the ordinary commands on the node that has the key; transactions need one node
 */
record LettuceChecklistClient(
    StatefulConnection<String, String> connection,
    RedisClusterCommands<String, String> commands,
    RedisClusterAsyncCommands<String, String> async,
    RedisClusterCommands<byte[], byte[]> bytes,
    Function<String, RedisCommands<String, String>> ofKey,
    Runnable closer)
    implements ChecklistClient {
  private static final Duration PIPELINE_LIMIT = Duration.ofSeconds(30);

  @Override
  public void set(String key, String value) {
    commands.set(key, value);
  }

  @Override
  public @Nullable String get(String key) {
    return commands.get(key);
  }

  @Override
  public boolean setIfAbsent(String key, String value) {
    return commands.set(key, value, SetArgs.Builder.nx()) != null;
  }

  @Override
  public @Nullable String swap(String key, String value) {
    return commands.setGet(key, value);
  }

  @Override
  public void setBytes(byte[] key, byte[] value) {
    bytes.set(key, value);
  }

  @Override
  public byte[] getBytes(byte[] key) {
    return bytes.get(key);
  }

  @Override
  public long increment(String key, long by) {
    return commands.incrby(key, by);
  }

  @Override
  public double incrementByFloat(String key, double by) {
    return commands.incrbyfloat(key, by);
  }

  @Override
  public long append(String key, String value) {
    return commands.append(key, value);
  }

  @Override
  public long hashSet(String key, Map<String, String> fields) {
    return commands.hset(key, fields);
  }

  @Override
  public Map<String, String> hashGetAll(String key) {
    return commands.hgetall(key);
  }

  @Override
  public List<@Nullable String> hashGet(String key, String... fields) {
    List<@Nullable String> values = new ArrayList<>();
    for (KeyValue<String, String> field : commands.hmget(key, fields)) {
      values.add(field.getValueOrElse(null));
    }
    return values;
  }

  @Override
  public long hashIncrement(String key, String field, long by) {
    return commands.hincrby(key, field, by);
  }

  @Override
  public long hashDelete(String key, String... fields) {
    return commands.hdel(key, fields);
  }

  @Override
  public long delete(String key) {
    return commands.del(key);
  }

  @Override
  public boolean exists(String key) {
    return commands.exists(key) == 1;
  }

  @Override
  public String type(String key) {
    return commands.type(key);
  }

  @Override
  public void rename(String from, String to) {
    commands.rename(from, to);
  }

  @Override
  public boolean copy(String from, String to) {
    return commands.copy(from, to, CopyArgs.Builder.replace(false));
  }

  @Override
  public boolean expire(String key, long seconds) {
    return commands.expire(key, seconds);
  }

  @Override
  public long timeToLive(String key) {
    return commands.ttl(key);
  }

  @Override
  public boolean persist(String key) {
    return commands.persist(key);
  }

  @Override
  public void setWithMillisecondsToLive(String key, String value, long ms) {
    commands.set(key, value, SetArgs.Builder.px(ms));
  }

  @Override
  public List<String> transaction(String counter, String other, String value) {
    RedisCommands<String, String> node = ofKey.apply(counter);
    node.multi();
    node.incr(counter);
    node.set(other, value);
    node.get(other);
    return node.exec().stream().map(String::valueOf).toList();
  }

  @Override
  public boolean watched(String key, String value, Runnable interference) {
    RedisCommands<String, String> node = ofKey.apply(key);
    node.watch(key);
    interference.run();
    node.multi();
    node.set(key, value);
    TransactionResult result = node.exec();
    return !result.wasDiscarded();
  }

  @Override
  public List<String> pipeline(Map<String, String> values) {
    connection.setAutoFlushCommands(false);
    try {
      List<RedisFuture<?>> all = new ArrayList<>();
      List<RedisFuture<String>> answers = new ArrayList<>();
      values.forEach((key, value) -> all.add(async.set(key, value)));
      values.keySet().forEach(key -> answers.add(async.get(key)));
      connection.flushCommands();
      all.addAll(answers);
      if (!LettuceFutures.awaitAll(PIPELINE_LIMIT, all.toArray(RedisFuture[]::new))) {
        throw new AssertionError("the pipeline is not answered");
      }
      return answers.stream().map(future -> future.toCompletableFuture().join()).toList();
    } finally {
      connection.setAutoFlushCommands(true);
    }
  }

  @Override
  public Set<String> scan(String pattern) {
    Set<String> found = new HashSet<>();
    ScanIterator.scan(commands, ScanArgs.Builder.matches(pattern).limit(100))
        .forEachRemaining(found::add);
    return found;
  }

  @Override
  public String errorOfIncrement(String key) {
    try {
      return "no error but " + commands.incr(key);
    } catch (RedisCommandExecutionException error) {
      return String.valueOf(error.getMessage());
    }
  }

  @Override
  public void close() {
    closer.run();
  }
}
