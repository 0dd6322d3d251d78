package io.engramdb.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** The loop: sends what is due, takes what has arrived, until the time or the requests are over. */
final class LoadLoop {
  private static final double NS_PER_SECOND = 1e9;
  // How long answers are awaited when nothing is sent any more.
  private static final long DRAIN_NS = 10_000_000_000L;
  private static final long SELECT_MS = 100;
  // Shorter than a wait is worth: the kernel adds about as much to each.
  private static final long NAP_NS = 20_000;

  private final LoadOptions options;
  private final SplittableRandom random;
  private final List<LoadConnection> connections = new ArrayList<>();
  private final int[] kindOfPercent = new int[LoadOptions.PERCENT];
  private final long beginNs;
  private final long endNs;
  private final LatencyRecord record;
  private final double intervalNs;
  private long issued;

  LoadLoop(LoadOptions options) {
    this.options = options;
    random = new SplittableRandom(options.seed());
    intervalNs = options.openLoop() ? NS_PER_SECOND / options.ratePerSecond() : 0;
    int at = 0;
    for (int kind = 0; kind < options.mix().size(); kind++) {
      for (int i = 0; i < options.mix().get(kind).percent(); i++) {
        kindOfPercent[at] = kind;
        at++;
      }
    }
    beginNs = System.nanoTime();
    long fromNs = beginNs + (long) (options.warmUpSeconds() * NS_PER_SECOND);
    endNs =
        options.requestCount() > 0
            ? beginNs + Long.MAX_VALUE / 2
            : fromNs + (long) (options.measureSeconds() * NS_PER_SECOND);
    List<String> names = options.mix().stream().map(LoadOptions.Kind::name).toList();
    record = new LatencyRecord(names, fromNs, endNs);
  }

  /** Runs the load and returns the result as JSON. */
  String run() throws IOException {
    try (Selector selector = Selector.open()) {
      connect(selector);
      try {
        return load(selector);
      } finally {
        for (LoadConnection connection : connections) {
          connection.close();
        }
      }
    }
  }

  private void connect(Selector selector) throws IOException {
    InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
    for (int i = 0; i < options.connectionCount(); i++) {
      connections.add(
          LoadConnection.open(
              address, selector, wire(), random.split(), record, options.pipeline()));
    }
  }

  private Wire wire() {
    int max = LoadConnection.MAX_IN_FLIGHT;
    if (options.etcd()) {
      List<String> put = options.mix().getFirst().commands().getFirst();
      String authority = options.host() + ":" + options.port();
      return new EtcdWire(
          authority, put.get(1), put.get(2), options.dataBytes(), options.keyCount(), max);
    }
    List<RespWire.Unit> units =
        options.mix().stream()
            .map(kind -> RespWire.Unit.of(kind.commands(), options.dataBytes()))
            .toList();
    return new RespWire(units, options.keyCount(), max);
  }

  private String load(Selector selector) throws IOException {
    long nowNs = System.nanoTime();
    while (!over(nowNs)) {
      if (options.openLoop()) {
        issueDue(nowNs);
      } else {
        connections.forEach(this::refill);
      }
      await(selector, flushAll());
      for (SelectionKey key : selector.selectedKeys()) {
        if (key.isReadable()) {
          ((LoadConnection) key.attachment()).receive();
        }
      }
      selector.selectedKeys().clear();
      nowNs = System.nanoTime();
    }
    if (options.openLoop()) {
      for (LoadConnection connection : connections) {
        connection.abandon(nowNs);
      }
      // Those that were due and could not even be sent.
      while (intendedNs() < endNs) {
        record.unanswered(0, intendedNs(), nowNs);
        issued++;
      }
    }
    return record.json(nowNs);
  }

  private boolean over(long nowNs) {
    if (options.requestCount() > 0) {
      return issued == options.requestCount() && !waiting();
    }
    if (nowNs < endNs) {
      return false;
    }
    // Only an open loop owes an answer to each request that it should have sent.
    boolean allSent = intendedNs() >= endNs;
    return !options.openLoop() || allSent && !waiting() || nowNs >= endNs + DRAIN_NS;
  }

  private boolean waiting() {
    for (LoadConnection connection : connections) {
      if (connection.inFlight() > 0) {
        return true;
      }
    }
    return false;
  }

  /** Sends each request whose time has come, in turn over the connections. */
  private void issueDue(long nowNs) {
    while (true) {
      long intendedNs = intendedNs();
      if (intendedNs > nowNs || intendedNs >= endNs) {
        return;
      }
      LoadConnection connection = connections.get((int) (issued % connections.size()));
      if (!connection.hasRoom()) {
        // It will leave late, and its latency counts from when it should have left.
        return;
      }
      connection.send(kind(), issued, intendedNs);
      record.left(intendedNs, nowNs);
      issued++;
    }
  }

  private long intendedNs() {
    return beginNs + (long) (issued * intervalNs);
  }

  private void refill(LoadConnection connection) {
    if (!options.sliding() && connection.inFlight() > 0) {
      return;
    }
    long nowNs = System.nanoTime();
    while (connection.inFlight() < options.pipeline() && connection.hasRoom()) {
      if (options.requestCount() > 0 && issued == options.requestCount()) {
        return;
      }
      connection.send(kind(), issued, nowNs);
      issued++;
    }
  }

  private int kind() {
    return options.mix().size() == 1 ? 0 : kindOfPercent[random.nextInt(LoadOptions.PERCENT)];
  }

  private boolean flushAll() throws IOException {
    boolean all = true;
    for (LoadConnection connection : connections) {
      all &= connection.flush();
    }
    return all;
  }

  private void await(Selector selector, boolean allSent) throws IOException {
    if (!options.openLoop() || !allSent || System.nanoTime() >= endNs) {
      selector.select(SELECT_MS);
      return;
    }
    // A selector waits for milliseconds at least; the next request is due in microseconds.
    if (selector.selectNow() == 0 && intendedNs() - System.nanoTime() > NAP_NS) {
      LockSupport.parkNanos(NAP_NS);
    }
  }
}
