package io.engramdb.compat.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SharedCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.data.annotation.Id;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.stream.Consumer;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.core.RedisHash;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.TimeToLive;
import org.springframework.data.redis.core.index.Indexed;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.repository.configuration.EnableRedisRepositories;
import org.springframework.data.redis.stream.StreamMessageListenerContainer;
import org.springframework.data.redis.stream.StreamMessageListenerContainer.StreamMessageListenerContainerOptions;
import org.springframework.data.repository.CrudRepository;

/** An application context with Spring Data Redis on Lettuce: repositories, cache, listeners. */
@SharedCluster.Wants(SharedCluster.Kind.SINGLE)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SpringDataRedisTest {
  private static final long PATIENCE_S = 60;
  private static final Duration LIMIT = Duration.ofSeconds(PATIENCE_S);

  /** What a repository keeps: a hash, and sets as indexes. */
  @RedisHash("people")
  static class Person {
    @Id String id;
    @Indexed String town;
    @TimeToLive long lifeS;

    /** For Spring. */
    Person() {}

    Person(String id, String town, long lifeS) {
      this.id = id;
      this.town = town;
      this.lifeS = lifeS;
    }
  }

  interface People extends CrudRepository<Person, String> {
    List<Person> findByTown(String town);
  }

  /** Slow work whose results are kept. */
  static class Squares {
    final AtomicInteger calls = new AtomicInteger();

    @Cacheable("squares")
    public String of(String number) {
      calls.incrementAndGet();
      return "" + Long.parseLong(number) * Long.parseLong(number);
    }

    public int calls() {
      return calls.get();
    }
  }

  @Configuration
  @EnableCaching
  @EnableRedisRepositories(considerNestedRepositories = true)
  static class Application {
    @Bean
    StringRedisTemplate redisTemplate(RedisConnectionFactory connections) {
      return new StringRedisTemplate(connections);
    }

    @Bean
    RedisCacheManager cacheManager(RedisConnectionFactory connections) {
      return RedisCacheManager.create(connections);
    }

    @Bean
    Squares squares() {
      return new Squares();
    }
  }

  private AnnotationConfigApplicationContext context;
  private StringRedisTemplate template;

  @BeforeEach
  void start(Cluster cluster) {
    int port = cluster.awaitWritable();
    context = new AnnotationConfigApplicationContext();
    context.registerBean(
        LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", port));
    context.register(Application.class);
    context.refresh();
    template = context.getBean(StringRedisTemplate.class);
  }

  @AfterEach
  void stop() {
    context.close();
  }

  @Test
  void aRepositoryKeepsFindsAndForgets() {
    People people = context.getBean(People.class);
    people.save(new Person("1", "Utrecht", 1_000));
    people.save(new Person("2", "Utrecht", 1_000));
    people.save(new Person("3", "Delft", 1_000));
    assertEquals(2, people.findByTown("Utrecht").size());
    assertEquals("Delft", people.findById("3").orElseThrow().town);
    assertTrue(template.getExpire("people:1") > 900);
    people.save(new Person("2", "Delft", 1_000));
    assertEquals(2, people.findByTown("Delft").size());
    people.deleteById("3");
    assertEquals(2, people.count());
    people.deleteAll();
    assertEquals(0, people.count());
  }

  @Test
  void whatIsCachedIsNotComputedAgain() {
    Squares squares = context.getBean(Squares.class);
    assertEquals("49", squares.of("7"));
    assertEquals("49", squares.of("7"));
    assertEquals(1, squares.calls());
    // Unlike clear, which may come later.
    context.getBean(RedisCacheManager.class).getCache("squares").invalidate();
    assertEquals("49", squares.of("7"));
    assertEquals(2, squares.calls());
  }

  @Test
  void theTemplateSpeaksOfEveryType() {
    template.opsForValue().set("value", "1", Duration.ofMinutes(1));
    assertEquals(3, template.opsForValue().increment("value", 2));
    template.opsForList().rightPushAll("list", "a", "b", "c");
    assertEquals(List.of("b", "c"), template.opsForList().range("list", 1, -1));
    template.<String, String>opsForHash().putAll("hash", Map.of("f", "v"));
    assertEquals(Map.of("f", "v"), template.opsForHash().entries("hash"));
    template.opsForSet().add("set", "x", "y");
    assertEquals(Set.of("x", "y"), template.opsForSet().members("set"));
    template.opsForZSet().add("zset", "low", 1);
    template.opsForZSet().add("zset", "high", 2);
    assertEquals(Set.of("high"), template.opsForZSet().rangeByScore("zset", 2, 2));
    RedisScript<Long> script =
        RedisScript.of("return redis.call('incrby', KEYS[1], ARGV[1])", Long.class);
    assertEquals(13, template.execute(script, List.of("value"), "10"));
    assertEquals(List.of("1", 2L), transaction());
  }

  private List<Object> transaction() {
    return template.execute(
        new SessionCallback<List<Object>>() {
          @Override
          @SuppressWarnings("unchecked")
          public <K, V> List<Object> execute(RedisOperations<K, V> operations)
              throws DataAccessException {
            RedisOperations<String, String> strings = (RedisOperations<String, String>) operations;
            strings.opsForValue().set("tx", "1");
            strings.watch("tx");
            strings.multi();
            strings.opsForValue().get("tx");
            strings.opsForValue().increment("tx");
            return strings.exec();
          }
        });
  }

  @Test
  void listenersHearMessagesAndEntriesOfStreams() throws Exception {
    RedisConnectionFactory connections = context.getBean(RedisConnectionFactory.class);
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    RedisMessageListenerContainer messages = new RedisMessageListenerContainer();
    messages.setConnectionFactory(connections);
    messages.addMessageListener(
        (message, pattern) -> heard.add(new String(message.getBody(), StandardCharsets.UTF_8)),
        ChannelTopic.of("news"));
    messages.afterPropertiesSet();
    messages.start();
    template.convertAndSend("news", "hello");
    assertEquals("hello", heard.poll(PATIENCE_S, TimeUnit.SECONDS));
    messages.destroy();

    template.opsForStream().createGroup("stream", ReadOffset.latest(), "group");
    StreamMessageListenerContainer<String, MapRecord<String, String, String>> entries =
        StreamMessageListenerContainer.create(
            connections,
            StreamMessageListenerContainerOptions.builder()
                .pollTimeout(Duration.ofMillis(100))
                .build());
    entries.receive(
        Consumer.from("group", "me"),
        StreamOffset.create("stream", ReadOffset.lastConsumed()),
        entry -> {
          template.opsForStream().acknowledge("group", entry);
          heard.add(entry.getValue().get("f"));
        });
    entries.start();
    template.opsForStream().add("stream", Map.of("f", "v"));
    assertEquals("v", heard.poll(PATIENCE_S, TimeUnit.SECONDS));
    Await.until(
        "nothing is pending",
        LIMIT,
        () -> template.opsForStream().pending("stream", "group").getTotalPendingMessages() == 0);
    entries.stop();
    assertFalse(entries.isRunning());
  }
}
