package io.engramdb.node.sim;

import io.engramdb.node.command.Args;
import io.engramdb.node.sim.History.Kind;
import io.engramdb.node.sim.History.Operation;
import io.engramdb.node.sim.History.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A client that issues random scripts of commands, to whoever it believes to be the primary and
 * sometimes to others, and notes what it was told.
 */
final class SimClient implements SimConnection.Peer {

  private static final long MAX_THINK_NANOS = 4_000_000;
  private static final long PATIENCE_NANOS = 4_000_000_000L;
  private static final int LARGE_BYTES = 700_000;

  /** What a step of a script expects: judges the reply. */
  @FunctionalInterface
  private interface Step {
    void replied(Object reply);
  }

  private final SimWorld world;
  private final Random random;
  private final int number;
  private final ArrayDeque<Step> expected = new ArrayDeque<>();
  private final List<Operation> open = new ArrayList<>();
  private SimConnection connection;
  private SimNode node;
  private int connectionNumber;
  private int operationNumber;
  private long generation;
  private boolean stopped;
  private long maxThinkNanos = MAX_THINK_NANOS;

  SimClient(SimWorld world, int number, Random random) {
    this.world = world;
    this.number = number;
    this.random = random;
  }

  /** Begins to ask. */
  void start() {
    later(1 + random.nextLong(MAX_THINK_NANOS), this::next);
  }

  /** Asks less from now on. */
  void calmDown() {
    maxThinkNanos = 10 * MAX_THINK_NANOS;
  }

  /** Ends after what it has asked. */
  void stop() {
    stopped = true;
  }

  boolean isIdle() {
    return expected.isEmpty();
  }

  private void later(long delayNanos, Runnable action) {
    long mine = generation;
    world
        .log()
        .schedule(
            delayNanos,
            () -> {
              if (mine == generation) {
                action.run();
              }
            });
  }

  private void next() {
    if (stopped) {
      return;
    }
    if (connection == null && !connect()) {
      later(20_000_000, this::next);
      return;
    }
    script();
    later(PATIENCE_NANOS, this::giveUp);
  }

  private boolean connect() {
    SimNode chosen = world.chooseNode(random);
    if (chosen == null) {
      return false;
    }
    node = chosen;
    connection = node.connect(this);
    connectionNumber = world.nextConnection();
    operationNumber = 0;
    return true;
  }

  private void giveUp() {
    world.clientWaited(node);
    connection.abandon();
    disconnected();
  }

  @Override
  public void disconnected() {
    world.trace("c" + number + " disconnected");
    for (Operation operation : open) {
      operation.outcome = Outcome.UNKNOWN;
    }
    open.clear();
    expected.clear();
    connection = null;
    generation++;
    later(1 + random.nextLong(50_000_000), this::next);
  }

  @Override
  public void replied(Object reply) {
    Step step = expected.poll();
    if (step == null) {
      world.violation("a reply that nobody asked for: " + shortened(reply));
      return;
    }
    world.trace("c" + number + " " + shortened(reply));
    step.replied(reply);
    if (expected.isEmpty()) {
      boolean moveOn = isError(reply) || random.nextInt(30) == 0;
      generation++;
      if (moveOn) {
        connection.abandon();
        connection = null;
      }
      later(1 + random.nextLong(moveOn ? 30_000_000 : maxThinkNanos), this::next);
    }
  }

  private static String shortened(Object reply) {
    String text = reply.toString();
    return text.length() > 60 ? text.substring(0, 60) : text;
  }

  private static boolean isError(Object reply) {
    return reply instanceof String text && text.startsWith("-");
  }

  // --- scripts

  private void script() {
    switch (random.nextInt(16)) {
      case 0, 1, 2 -> write(register(), "");
      case 3, 4, 5 -> read(register());
      case 6 -> increment();
      case 7 -> pairWrite();
      case 8 -> pairRead();
      case 9 -> hashWrite();
      case 10 -> hashRead();
      case 11 -> burst();
      case 12 -> compareAndSet();
      case 13 -> expiring();
      case 14 -> grow();
      default -> {
        if (random.nextInt(6) == 0) {
          write(register(), "x".repeat(LARGE_BYTES + random.nextInt(2 * LARGE_BYTES)));
        } else {
          wholeRead();
        }
      }
    }
  }

  private String register() {
    return "r" + random.nextInt(3);
  }

  private Operation begin(Kind kind, String key, String value) {
    Operation operation = new Operation(kind, key, value, world.log().nowNs());
    operation.connection = connectionNumber;
    operation.number = operationNumber++;
    if (kind == Kind.READ) {
      operation.kind = Kind.REPLICA_READ;
    }
    open.add(operation);
    world.history().add(operation);
    return operation;
  }

  private void end(Operation operation, Object reply) {
    operation.endedNanos = world.log().nowNs();
    operation.outcome = isError(reply) ? Outcome.REFUSED : Outcome.DONE;
    open.remove(operation);
  }

  /** Sends a request; if a primary takes it, the operation is held to what primaries promise. */
  private void send(Operation operation, Step step, String... words) {
    expected.add(step);
    connection.send(
        Args.of(words),
        () -> {
          if (operation != null && operation.declared == Kind.READ) {
            operation.kind = Kind.READ;
          }
        });
  }

  private void ignore(Object reply) {}

  private static String mark(Object value) {
    String text = value.toString();
    if (text.equals(SimReply.NIL)) {
      return null;
    }
    int colon = text.indexOf(':');
    return colon < 0 ? text : text.substring(0, colon);
  }

  private void write(String key, String padding) {
    String value = world.nextValue();
    Operation operation = begin(Kind.WRITE, key, value);
    send(operation, reply -> end(operation, reply), "SET", key, value + ":" + padding);
  }

  private void read(String key) {
    Operation operation = begin(Kind.READ, key, null);
    send(operation, reply -> endRead(operation, reply), "GET", key);
  }

  private void endRead(Operation operation, Object reply) {
    end(operation, reply);
    if (operation.outcome == Outcome.DONE) {
      operation.value = mark(reply);
    }
  }

  private void hashWrite() {
    String value = world.nextValue();
    Operation operation = begin(Kind.WRITE, "h/f", value);
    send(operation, reply -> end(operation, reply), "HSET", "h", "f", value);
  }

  private void hashRead() {
    Operation operation = begin(Kind.READ, "h/f", null);
    send(operation, reply -> endRead(operation, reply), "HGET", "h", "f");
  }

  /** Several writes without waiting in between. */
  private void burst() {
    for (int i = 2 + random.nextInt(3); i > 0; i--) {
      write(register(), "");
    }
  }

  private void increment() {
    if (random.nextInt(3) == 0) {
      send(null, this::ignore, "GET", "n");
    } else if (random.nextBoolean()) {
      long begun = world.log().nowNs();
      send(null, reply -> world.counters().incremented("n", begun, reply), "INCR", "n");
    } else {
      send(null, this::ignore, "INCRBYFLOAT", "float", "0.1");
    }
  }

  private void pairWrite() {
    String value = world.nextValue();
    send(null, this::ignore, "MULTI");
    send(null, this::ignore, "SET", "p1", value);
    send(null, this::ignore, "SET", "p2", value);
    Operation operation = begin(Kind.WRITE, "p", value);
    send(operation, reply -> end(operation, reply), "EXEC");
  }

  private void pairRead() {
    Operation operation = begin(Kind.READ, "p", null);
    send(
        operation,
        reply -> {
          end(operation, reply);
          if (reply instanceof List<?> pair) {
            operation.value = mark(pair.get(0));
            if (!pair.get(0).equals(pair.get(1))) {
              world.violation("half a transaction was read: " + pair);
            }
          }
        },
        "MGET",
        "p1",
        "p2");
  }

  /** WATCH, GET, and if nobody was faster, SET. */
  private void compareAndSet() {
    send(null, this::ignore, "WATCH", "w");
    send(
        null,
        reply -> {
          if (isError(reply)) {
            send(null, this::ignore, "UNWATCH");
          } else {
            compared(reply);
          }
        },
        "GET",
        "w");
  }

  private void compared(Object present) {
    String value = world.nextValue();
    send(null, this::ignore, "MULTI");
    send(null, this::ignore, "SET", "w", value);
    Operation operation = begin(Kind.WRITE, "w", value);
    send(
        operation,
        reply -> {
          end(operation, reply);
          if (reply.equals(SimReply.NIL)) {
            operation.outcome = Outcome.REFUSED;
          } else if (operation.outcome == Outcome.DONE) {
            world.counters().exchanged(mark(present), value);
          }
        },
        "EXEC");
  }

  /** A key that expires soon: it is there, then it is gone for ever. */
  private void expiring() {
    if (random.nextInt(3) == 0) {
      String key = world.newExpiringKey();
      Operation operation = begin(Kind.WRITE, key, key);
      send(
          operation,
          reply -> end(operation, reply),
          "SET",
          key,
          key + ":",
          "PX",
          Integer.toString(1 + random.nextInt(400)));
    } else {
      String key = world.someExpiringKey(random);
      boolean append = random.nextInt(4) == 0;
      if (append) {
        send(null, this::ignore, "APPEND", "a" + random.nextInt(3), "x");
        send(null, this::ignore, "PEXPIRE", "a" + random.nextInt(3), "20");
        return;
      }
      long begun = world.log().nowNs();
      boolean[] primary = new boolean[1];
      expected.add(
          reply -> {
            if (primary[0] && !isError(reply)) {
              world.counters().expiringRead(key, begun, world.log().nowNs(), mark(reply) != null);
            }
          });
      connection.send(Args.of("GET", key), () -> primary[0] = true);
    }
  }

  private void grow() {
    String key = "g" + world.nextValue();
    Operation operation = begin(Kind.WRITE, key, key);
    send(operation, reply -> end(operation, reply), "SET", key, key);
  }

  /** Every key that was acknowledged before is there. */
  private void wholeRead() {
    long begun = world.log().nowNs();
    boolean[] primary = new boolean[1];
    expected.add(
        reply -> {
          if (primary[0] && reply instanceof List<?> keys) {
            world.counters().listed(world.history(), begun, keys);
          }
        });
    connection.send(Args.of("KEYS", "g*"), () -> primary[0] = true);
  }
}
