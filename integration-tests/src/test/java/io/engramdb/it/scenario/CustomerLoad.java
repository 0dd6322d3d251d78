package io.engramdb.it.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import io.engramdb.it.harness.Await;
import io.engramdb.it.harness.Cluster;
import io.engramdb.it.harness.SampleService;
import io.engramdb.it.harness.SampleService.Answer;
import io.engramdb.it.harness.Settings;
import io.engramdb.it.harness.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A steady stream of POST /customers that remembers every customer answered with 201. */
final class CustomerLoad implements AutoCloseable {
  private static final int CLIENTS = 4;
  private static final int CUSTOMER_LIMIT = 100_000;
  private static final int PAGE_LIMIT = 500;

  /** Customers that are read one by one as well; the list reads the hash of each. */
  private static final int READ_ALONE = 300;

  private final SampleService service;
  private final Map<String, Map<String, String>> acknowledged = new ConcurrentHashMap<>();
  private final AtomicInteger sequence = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final Pace pace = new Pace(Duration.ofMillis(Settings.size("paceMs", 30)));
  private final Worker worker;

  private CustomerLoad(SampleService service) {
    this.service = service;
    this.worker = Worker.start("customers", CLIENTS, this::post);
  }

  static CustomerLoad start(SampleService service) {
    return new CustomerLoad(service);
  }

  private void post(int client) throws IOException {
    int number = sequence.incrementAndGet();
    if (number > CUSTOMER_LIMIT) {
      throw new AssertionError("more than " + CUSTOMER_LIMIT + " customers: the load is endless");
    }
    Map<String, String> customer =
        Map.of("name", "Customer " + number, "email", "c" + number + "@example.org");
    Answer answer = service.post(customer);
    switch (answer.status()) {
      case 201 -> acknowledged.put(answer.body().path("id").asText(), customer);
      case 503 -> refused.incrementAndGet();
      default -> throw new AssertionError("POST answered " + answer);
    }
    pace.rest();
  }

  Pace pace() {
    return pace;
  }

  int acknowledgedCount() {
    return acknowledged.size();
  }

  int refusedCount() {
    return refused.get();
  }

  /** Waits until so many more customers were acknowledged. */
  void awaitMore(int count) {
    int goal = acknowledged.size() + count;
    Await.until(
        count + " more customers are acknowledged",
        Cluster.HEAL_LIMIT,
        () -> {
          worker.checkHealthy();
          return acknowledged.size() >= goal;
        });
  }

  void stop() {
    worker.stop();
  }

  /** Every acknowledged customer is in the list with all its fields; some are read alone too. */
  void verifyAllAreThere() {
    Map<String, JsonNode> listed = listed();
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    acknowledged.forEach(
        (id, expected) -> {
          JsonNode found = listed.get(id);
          if (found == null || !isRight(found, expected)) {
            wrong.add(id + " " + expected + " is listed as " + found);
          }
        });
    ConcurrentLinkedQueue<String> todo =
        acknowledged.keySet().stream()
            .limit(READ_ALONE)
            .collect(Collectors.toCollection(ConcurrentLinkedQueue::new));
    Worker readers = Worker.start("verify", CLIENTS, index -> verifyOne(todo, wrong));
    Await.until(
        "customers are read alone",
        Duration.ofMinutes(5),
        () -> {
          readers.checkHealthy();
          return todo.isEmpty();
        });
    readers.stop();
    if (!wrong.isEmpty()) {
      throw new AssertionError(
          "%d of %d acknowledged customers are lost or changed, first: %s"
              .formatted(wrong.size(), acknowledged.size(), wrong.peek()));
    }
  }

  private void verifyOne(ConcurrentLinkedQueue<String> todo, ConcurrentLinkedQueue<String> wrong)
      throws IOException {
    String id = todo.poll();
    if (id == null) {
      Await.pause();
      return;
    }
    Answer answer = service.get("/customers/" + id);
    Map<String, String> expected = acknowledged.get(id);
    if (answer.status() != 200 || !isRight(answer.body(), expected)) {
      wrong.add(id + " " + expected + " reads " + answer);
    }
  }

  private static boolean isRight(JsonNode customer, Map<String, String> expected) {
    return expected.entrySet().stream()
        .allMatch(field -> customer.path(field.getKey()).asText().equals(field.getValue()));
  }

  /** All customers by id, as the pages of the list show them. */
  private Map<String, JsonNode> listed() {
    Map<String, JsonNode> found = new HashMap<>();
    String query = "limit=" + PAGE_LIMIT;
    try {
      while (true) {
        JsonNode page = service.get("/customers?" + query).body();
        page.path("customers")
            .forEach(customer -> found.put(customer.path("id").asText(), customer));
        if (!page.path("next").isTextual()) {
          return found;
        }
        query = "limit=" + PAGE_LIMIT + "&cursor=" + page.path("next").asText();
      }
    } catch (IOException e) {
      throw new AssertionError("the list cannot be read", e);
    }
  }

  @Override
  public void close() {
    worker.close();
  }
}
