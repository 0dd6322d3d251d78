package io.engramdb.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Asks every member of a local cluster how it is, all at once and each for a bounded time. */
final class ClusterProbe {
  /** How long one member may take to answer. */
  static final int TIMEOUT_MS = 1500;

  /** A voter writes its status every second; older than this it is not alive. */
  private static final long MAX_STATUS_AGE_MS = 5000;

  private final ClusterDirectory directory;
  private final ClusterFile cluster;

  ClusterProbe(ClusterDirectory directory, ClusterFile cluster) {
    this.directory = directory;
    this.cluster = cluster;
  }

  ClusterReport ask() throws InterruptedException {
    List<MemberReport> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<MemberReport>> pending = new ArrayList<>();
      for (ClusterMember member : cluster.members()) {
        pending.add(threads.submit(() -> ask(member)));
      }
      for (Future<MemberReport> answer : pending) {
        answers.add(answer.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return ClusterReport.of(cluster.shardId(), answers);
  }

  private MemberReport ask(ClusterMember member) {
    Long pid = new MemberProcess(directory, member).find().map(ProcessHandle::pid).orElse(null);
    if (pid == null) {
      return MemberReport.silent(member, null, "no process");
    }
    try {
      return member.keepsSnapshots() ? askServer(member, pid) : readStatus(member, pid);
    } catch (NoSuchFileException e) {
      return MemberReport.silent(member, pid, "has not reported yet");
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      return MemberReport.silent(member, pid, reason);
    }
  }

  private MemberReport askServer(ClusterMember member, long pid) throws IOException {
    ClusterSettings settings = cluster.settings();
    Path authority = settings.tls() ? CertificateMaker.authorityFile(directory.tls()) : null;
    try (RespClient client = RespClient.connect(member, settings, authority, TIMEOUT_MS)) {
      Map<String, String> facts = facts(client.call("INFO", "replication"));
      facts.putAll(facts(client.call("INFO", "raft")));
      String raftState = facts.getOrDefault("raft_state", "");
      boolean primary = raftState.equals("leading");
      // A node that rebuilds, resolves or waits out an old lease serves nothing just now.
      boolean serves = primary || raftState.equals("following");
      return new MemberReport(
          member.name(),
          member.zone(),
          primary ? MemberReport.PRIMARY : MemberReport.roleOf(member),
          serves ? MemberReport.UP : MemberReport.STARTING,
          member.host(),
          member.port(),
          member.logPort(),
          pid,
          number(facts, "raft_term"),
          number(facts, "raft_commit_index"),
          number(facts, "raft_applied_index"),
          serves ? null : raftState);
    }
  }

  /** The fields of an INFO reply. */
  static Map<String, String> facts(@Nullable String info) {
    Map<String, String> facts = new HashMap<>();
    if (info != null) {
      for (String line : info.split("\r?\n")) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.charAt(0) != '#') {
          facts.put(line.substring(0, colon), line.substring(colon + 1));
        }
      }
    }
    return facts;
  }

  private static long number(Map<String, String> facts, String name) {
    String text = facts.get(name);
    return text != null && text.matches("-?[0-9]{1,18}") ? Long.parseLong(text) : -1;
  }

  private MemberReport readStatus(ClusterMember member, long pid) throws IOException {
    JsonNode status = new ObjectMapper().readTree(Files.readAllBytes(directory.statusFile(member)));
    long ageMs = System.currentTimeMillis() - status.path("writtenMs").asLong();
    if (status.path("pid").asLong() != pid || ageMs > MAX_STATUS_AGE_MS) {
      return MemberReport.silent(member, pid, "has not reported for " + ageMs + " ms");
    }
    boolean up = status.path("leader").isTextual();
    return new MemberReport(
        member.name(),
        member.zone(),
        MemberReport.LOG_VOTER,
        up ? MemberReport.UP : MemberReport.STARTING,
        member.host(),
        0,
        member.logPort(),
        pid,
        status.path("term").asLong(-1),
        status.path("commitIndex").asLong(-1),
        -1,
        up ? null : "knows no leader");
  }
}
