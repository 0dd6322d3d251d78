package io.engramdb.txlog.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.txlog.api.LogPosition;
import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.ProposeResult;
import io.engramdb.txlog.api.RecordKind;
import io.engramdb.txlog.api.TxLog;
import io.engramdb.txlog.api.TxLogConfig;
import io.engramdb.txlog.sim.NoticeRecorder;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.ratis.conf.RaftProperties;

/** Several members of one shard in this JVM, on real disks and real connections. */
public final class RatisLogCluster implements AutoCloseable {
  private static final int FIRST_PORT = 12_000;
  private static final int PORT_COUNT = 18_000;

  /** Seeded by chance, so that two builds on one machine do not try the same ports. */
  private static final SecureRandom PORTS = new SecureRandom();

  private static final long DEADLINE_NS = 30_000_000_000L;
  private static final long POLL_NS = 5_000_000;

  public final UUID clusterId = UUID.randomUUID();
  public final UUID shardId = UUID.randomUUID();
  public final List<Member> members = new ArrayList<>();
  public final Map<String, RatisTxLog> logs = new LinkedHashMap<>();
  public final Map<String, NoticeRecorder> heard = new LinkedHashMap<>();

  /** How long each flush of each member took. */
  final Queue<Long> flushesNs = new ConcurrentLinkedQueue<>();

  private final Map<String, long[]> sequences = new LinkedHashMap<>();
  private final Path root;
  public int timeoutMinMs = 400;
  public int timeoutMaxMs = 800;
  public Consumer<RaftProperties> overrides = properties -> {};

  /** Members are named by the letters of {@code names}, on free ports. */
  public RatisLogCluster(Path root, String names) throws IOException {
    this.root = root;
    for (String name : names.split("")) {
      members.add(newMember(name, Member.Role.DATA));
    }
  }

  /**
   * A member on a port that was free a moment ago. The port lies below those that the system gives
   * to outgoing connections: one of them could take it while the member is down, which then can't
   * start.
   */
  public static Member newMember(String name, Member.Role role) throws IOException {
    while (true) {
      int port = FIRST_PORT + PORTS.nextInt(PORT_COUNT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return new Member(name, "127.0.0.1", socket.getLocalPort(), role);
      } catch (BindException e) {
        // Taken: the next one may be free.
      }
    }
  }

  public Path directory(String name) {
    return root.resolve(name);
  }

  public TxLogConfig config(String name, boolean create) {
    return new TxLogConfig(
        clusterId,
        shardId,
        name,
        members,
        directory(name),
        create,
        timeoutMinMs,
        timeoutMaxMs,
        null);
  }

  public RatisLogCluster startAll() throws IOException {
    for (Member member : members) {
      start(member.name(), true);
    }
    return this;
  }

  public NoticeRecorder start(String name, boolean create) throws IOException {
    return start(config(name, create));
  }

  public NoticeRecorder start(TxLogConfig config) throws IOException {
    RatisTxLog log = new RatisTxLog(config, flushesNs::add, overrides);
    NoticeRecorder recorder = new NoticeRecorder();
    log.start(recorder);
    logs.put(config.self(), log);
    heard.put(config.self(), recorder);
    return recorder;
  }

  public void stop(String name) {
    logs.remove(name).close();
    heard.remove(name);
  }

  /** The member that leads and has told its listener so. */
  public String awaitLeader() {
    String[] found = new String[1];
    await("a leader", () -> (found[0] = leader()) != null);
    return found[0];
  }

  /** The same, while another member may still believe that it leads. */
  public String awaitLeaderBut(String not) {
    String[] found = new String[1];
    await("a leader other than " + not, () -> (found[0] = leaderBut(not)) != null);
    return found[0];
  }

  private String leader() {
    return leaderBut("");
  }

  private String leaderBut(String not) {
    for (Map.Entry<String, RatisTxLog> entry : logs.entrySet()) {
      var status = entry.getValue().status();
      if (!entry.getKey().equals(not)
          && status.leading()
          && heard.get(entry.getKey()).readyTerm() == status.term()) {
        return entry.getKey();
      }
    }
    return null;
  }

  public String other(String... not) {
    return logs.keySet().stream()
        .filter(name -> !List.of(not).contains(name))
        .findFirst()
        .orElseThrow();
  }

  /** Appends in the member's present epoch, with the next sequence number. */
  public LogPosition propose(String name, String text) {
    TxLog.PositionHolder at = new TxLog.PositionHolder();
    assertEquals(ProposeResult.APPENDED, tryPropose(name, text, at));
    return new LogPosition(at.term, at.index);
  }

  public ProposeResult tryPropose(String name, String text, TxLog.PositionHolder at) {
    long term = heard.get(name).readyTerm();
    long[] sequence = sequences.computeIfAbsent(name + term + heard.get(name), k -> new long[1]);
    ProposeResult result = propose(name, term, ++sequence[0], text, at);
    return result;
  }

  public ProposeResult propose(
      String name, long epoch, long sequence, String text, TxLog.PositionHolder at) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return logs.get(name).propose(epoch, sequence, RecordKind.DATA, bytes, 0, bytes.length, at);
  }

  public void awaitCommitted(String name, LogPosition position) {
    await(
        name + " to hear " + position,
        () -> heard.get(name).positions().contains(position.toString()));
  }

  public void awaitCommittedEverywhere(LogPosition position) {
    for (String name : logs.keySet()) {
      awaitCommitted(name, position);
    }
  }

  public static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE_NS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, () -> "waited in vain for " + what);
      LockSupport.parkNanos(POLL_NS);
    }
  }

  @Override
  public void close() {
    logs.values().parallelStream().forEach(RatisTxLog::close);
  }
}
