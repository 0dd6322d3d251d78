package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.redisson.Redisson;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RLock;
import org.redisson.api.RMapCache;
import org.redisson.api.RReadWriteLock;
import org.redisson.api.RSemaphore;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** Redisson's locks and a few of its objects: Lua scripts, messages that wake who waits. */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RedissonTest {
  private static final long PATIENCE_S = 60;
  private static final Duration LIMIT = Duration.ofSeconds(PATIENCE_S);

  private RedissonClient one;
  private RedissonClient other;

  @BeforeEach
  void open(Cluster cluster) {
    int port = cluster.awaitWritable();
    one = open(port);
    other = open(port);
  }

  private static RedissonClient open(int port) {
    Config config = new Config();
    config
        .useSingleServer()
        .setAddress("redis://127.0.0.1:" + port)
        .setConnectionMinimumIdleSize(2)
        .setConnectionPoolSize(4)
        .setSubscriptionConnectionMinimumIdleSize(1);
    return Redisson.create(config);
  }

  @AfterEach
  void close() {
    one.shutdown();
    other.shutdown();
  }

  @Test
  void whoWaitsForALockGetsItWhenItIsGivenBack() throws Exception {
    RLock lock = one.getLock("lock");
    lock.lock();
    lock.lock();
    assertEquals(2, lock.getHoldCount());
    RLock theirs = other.getLock("lock");
    assertFalse(theirs.tryLock());
    assertTrue(theirs.isLocked());
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(() -> lockAndUnlock(other.getLock("lock")));
    Await.until("they wait", LIMIT, () -> one.getTopic(channelOf("lock")).countSubscribers() > 0);
    lock.unlock();
    assertFalse(waiting.isDone());
    lock.unlock();
    assertTrue(waiting.get(PATIENCE_S, TimeUnit.SECONDS));
    assertFalse(lock.isLocked());
  }

  /** The channel on which Redisson tells of a lock that was given back. */
  private static String channelOf(String lock) {
    return "redisson_lock__channel:{" + lock + "}";
  }

  private static boolean lockAndUnlock(RLock lock) {
    try {
      if (!lock.tryLock(PATIENCE_S, TimeUnit.SECONDS)) {
        return false;
      }
      lock.unlock();
      return true;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aLockWithALeaseEndsByItself() throws Exception {
    assertTrue(one.getLock("lease").tryLock(0, 200, TimeUnit.MILLISECONDS));
    assertTrue(other.getLock("lease").tryLock(PATIENCE_S, TimeUnit.SECONDS));
    other.getLock("lease").unlock();
  }

  @Test
  void fairLocksAndLocksForReadersWork() throws Exception {
    RLock fair = one.getFairLock("fair");
    fair.lock();
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(() -> lockAndUnlock(other.getFairLock("fair")));
    Await.until(
        "it queues", LIMIT, () -> one.getKeys().countExists("redisson_lock_queue:{fair}") > 0);
    fair.unlock();
    assertTrue(waiting.get(PATIENCE_S, TimeUnit.SECONDS));

    RReadWriteLock ours = one.getReadWriteLock("both");
    RReadWriteLock theirs = other.getReadWriteLock("both");
    ours.readLock().lock();
    assertTrue(theirs.readLock().tryLock());
    assertFalse(theirs.writeLock().tryLock());
    theirs.readLock().unlock();
    ours.readLock().unlock();
    assertTrue(theirs.writeLock().tryLock());
    theirs.writeLock().unlock();
  }

  @Test
  void semaphoresQueuesAndExpiringMapsWork() throws Exception {
    RSemaphore semaphore = one.getSemaphore("permits");
    assertTrue(semaphore.trySetPermits(2));
    semaphore.acquire(2);
    assertFalse(other.getSemaphore("permits").tryAcquire());
    semaphore.release();
    assertTrue(other.getSemaphore("permits").tryAcquire());

    RBlockingQueue<String> queue = one.getBlockingQueue("queue");
    CompletableFuture<String> taken =
        other.<String>getBlockingQueue("queue").takeAsync().toCompletableFuture();
    queue.put("work");
    assertEquals("work", taken.get(PATIENCE_S, TimeUnit.SECONDS));

    RMapCache<String, Integer> map = one.getMapCache("map");
    map.put("stays", 1);
    map.put("goes", 2, 100, TimeUnit.MILLISECONDS);
    assertEquals(Map.of("stays", 1), ended(map));
    assertEquals(5, one.getAtomicLong("counter").addAndGet(5));

    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    other.getTopic("news").addListener(String.class, (channel, text) -> heard.add(text));
    one.getTopic("news").publish("hello");
    assertEquals("hello", heard.poll(PATIENCE_S, TimeUnit.SECONDS));
  }

  private static Map<String, Integer> ended(RMapCache<String, Integer> map) {
    Await.until("the entry ends", LIMIT, () -> !map.containsKey("goes"));
    return map.readAllMap();
  }
}
