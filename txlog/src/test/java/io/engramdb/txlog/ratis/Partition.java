package io.engramdb.txlog.ratis;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.util.CodeInjectionForTesting;

/**
 * Cuts members off by failing what they receive, at the points that Ratis leaves open for tests.
 * Requests fail at their receiver, so an isolated leader hears nothing and nobody hears it. One at
 * a time per JVM: the points are static.
 */
public final class Partition implements AutoCloseable {
  private static final String APPEND = "RaftServerImpl.appendEntries";
  private static final String VOTE = "RaftServerImpl.requestVote";

  /** Directed pairs "from>to" of which nothing arrives. */
  private final Set<String> cuts = ConcurrentHashMap.newKeySet();

  private final Set<String> isolated = ConcurrentHashMap.newKeySet();

  public Partition() {
    CodeInjectionForTesting.put(APPEND, (local, remote, args) -> pass(local, remote));
    CodeInjectionForTesting.put(VOTE, (local, remote, args) -> pass(local, remote));
  }

  private boolean pass(Object local, Object remote) {
    String to = String.valueOf(local);
    String from = String.valueOf(remote);
    if (cuts.contains(from + ">" + to) || isolated.contains(to) || isolated.contains(from)) {
      throw new IllegalStateException("cut: " + from + " > " + to);
    }
    return true;
  }

  public void isolate(String name) {
    isolated.add(name);
  }

  public void cut(String from, String to) {
    cuts.add(from + ">" + to);
  }

  public void heal() {
    isolated.clear();
    cuts.clear();
  }

  @Override
  public void close() {
    heal();
    CodeInjectionForTesting.remove(APPEND);
    CodeInjectionForTesting.remove(VOTE);
  }
}
