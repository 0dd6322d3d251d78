package io.engramdb.node.sim;

import java.util.List;
import java.util.Random;

/** What goes wrong, at random: one fault after the other, some of them at the same time. */
final class Faults {

  private static final long MS = 1_000_000;

  private final SimWorld world;
  private final Random random;
  private boolean stopped;

  Faults(SimWorld world, Random random) {
    this.world = world;
    this.random = random;
  }

  void start() {
    later(500 + random.nextLong(1500), this::strike);
  }

  void stop() {
    stopped = true;
  }

  private void later(long delayMs, Runnable action) {
    world
        .log()
        .schedule(
            delayMs * MS,
            () -> {
              if (!stopped) {
                action.run();
              }
            });
  }

  private SimNode victim() {
    SimNode primary = world.leading();
    if (primary != null && random.nextInt(3) != 0) {
      return primary;
    }
    List<SimNode> running = world.nodes().stream().filter(SimNode::isRunning).toList();
    return running.isEmpty() ? null : running.get(random.nextInt(running.size()));
  }

  private void strike() {
    later(50 + random.nextLong(random.nextBoolean() ? 300 : 2500), this::strike);
    SimNode node = victim();
    if (node == null) {
      return;
    }
    int kind = random.nextInt(13);
    world.trace("fault " + kind + " " + node.name());
    long spanMs = 10 + random.nextLong(random.nextInt(4) == 0 ? 4000 : 700);
    String name = node.name();
    switch (kind) {
      case 0 -> crash(node, spanMs);
      case 1, 2 -> {
        world.log().isolate(name);
        later(spanMs, world.log()::heal);
      }
      case 3 -> {
        String other = world.nodes().get(random.nextInt(world.nodes().size())).name();
        world.log().cut(name, other);
        later(spanMs, world.log()::heal);
      }
      case 4, 5 -> world.log().forceElection(name);
      case 6, 7 -> {
        world.log().pause(name);
        later(spanMs, () -> world.log().resume(name));
      }
      case 8 -> during(node, spanMs, on -> world.log().stallDisk(name, on));
      case 9 -> during(node, spanMs, on -> world.log().stallApply(name, on));
      case 10 -> during(node, spanMs / 4, on -> world.log().refuseProposals(name, on));
      case 11 -> handOver(node, spanMs);
      // No fault by itself; what happens during it may be one.
      default -> node.scheduler().execute(() -> node.durable().startSnapshot());
    }
  }

  private interface Switch {
    void turn(boolean on);
  }

  private void during(SimNode node, long spanMs, Switch fault) {
    int start = node.starts();
    fault.turn(true);
    later(
        spanMs,
        () -> {
          if (node.isRunning() && node.starts() == start) {
            fault.turn(false);
          }
        });
  }

  private void crash(SimNode node, long spanMs) {
    node.crash();
    later(
        spanMs,
        () -> {
          if (!node.isRunning()) {
            world.start(node);
          }
        });
  }

  private void handOver(SimNode node, long spanMs) {
    SimNode other = world.nodes().get(random.nextInt(world.nodes().size()));
    String target = other == node || random.nextInt(3) == 0 ? null : other.name();
    boolean abort = random.nextInt(4) == 0;
    node.scheduler()
        .execute(
            () -> {
              node.durable().handOver(target, spanMs, unused -> {});
              if (abort) {
                node.scheduler().schedule(node.durable()::abortHandOver, 1);
              }
            });
  }
}
