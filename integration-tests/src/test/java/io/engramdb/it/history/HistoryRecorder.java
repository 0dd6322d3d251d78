package io.engramdb.it.history;

import io.engramdb.it.history.Operation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Collects operations of many clients; thread-safe.
 *
 * <p>An operation that the server refused ("nothing was executed") is simply not recorded. A write
 * without an answer must be recorded as unknown: forgetting it would make a correct history wrong.
 */
public final class HistoryRecorder {
  private final ConcurrentLinkedQueue<Operation> operations = new ConcurrentLinkedQueue<>();
  private final long startNs = System.nanoTime();

  /** Time on this history's clock. */
  public long nowNs() {
    return System.nanoTime() - startNs;
  }

  public void write(int client, String key, String value, long invokedNs) {
    operations.add(new Operation(client, key, Kind.WRITE, value, null, invokedNs, nowNs()));
  }

  public void unknownWrite(int client, String key, String value, long invokedNs) {
    operations.add(new Operation(client, key, Kind.WRITE, value, null, invokedNs, Operation.NEVER));
  }

  public void read(int client, String key, @Nullable String value, long invokedNs) {
    operations.add(new Operation(client, key, Kind.READ, value, null, invokedNs, nowNs()));
  }

  public void add(int client, String key, String token, @Nullable Long result, long invokedNs) {
    operations.add(new Operation(client, key, Kind.ADD, token, result, invokedNs, nowNs()));
  }

  public void unknownAdd(int client, String key, String token, long invokedNs) {
    operations.add(new Operation(client, key, Kind.ADD, token, null, invokedNs, Operation.NEVER));
  }

  public List<Operation> all() {
    return new ArrayList<>(operations);
  }

  public Map<String, List<Operation>> byKey() {
    return operations.stream().collect(Collectors.groupingBy(Operation::key));
  }
}
