package io.engramdb.node.server;

import io.engramdb.node.config.ConfigException;
import io.engramdb.node.config.Configuration;
import io.engramdb.node.config.MemberSetting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of a data node, or of a snapshotter, from its arguments to its exit code. */
public final class NodeMain {
  private static final Logger LOG = LoggerFactory.getLogger(NodeMain.class);

  private NodeMain() {}

  /**
   * Runs a node until it is asked to stop.
   *
   * @param words configuration file (may be left out), then directives as flags
   * @return the exit code if the process does not end by itself; see {@link ProcessEnd}
   */
  public static int run(List<String> words) {
    return run(words, MemberSetting.Role.DATA);
  }

  /** As {@link #run}, for a member that holds all data to make snapshots, and does nothing else. */
  public static int runSnapshotter(List<String> words) {
    return run(words, MemberSetting.Role.SNAPSHOTTER);
  }

  private static int run(List<String> words, MemberSetting.Role role) {
    ProcessEnd.onUncaught();
    try {
      AtomicReference<NodeServer> current = new AtomicReference<>(prepare(words, role));
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> current.get().stopAndHalt(), "shutdown"));
      current.get().start();
      while (true) {
        current.get().awaitNewBeginning();
        LOG.warn("The node begins anew");
        current.get().close();
        // From scratch, as a new process would: the configuration too.
        current.set(prepare(words, role));
        current.get().start();
      }
    } catch (ConfigException | IOException refused) {
      LOG.error("Can't start: {}", refused.getMessage());
      ProcessEnd.halt(ProcessEnd.NOT_STARTED);
      return ProcessEnd.NOT_STARTED;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return ProcessEnd.STOPPED;
    }
  }

  private static NodeServer prepare(List<String> words, MemberSetting.Role role)
      throws ConfigException, IOException {
    Configuration configuration = ServerArguments.load(words, System.getenv());
    LogLevel.follow(configuration);
    return new NodeServer(configuration, role);
  }

  /** What a rehearsal does with the nodes that run. */
  @FunctionalInterface
  public interface Rehearsal {
    void run() throws IOException, InterruptedException;
  }

  /**
   * Runs nodes for as long as a rehearsal takes, within a process that lives on.
   *
   * @param nodes the words of each node's command line
   * @throws ConfigException if the words are not understood
   * @throws IOException if a node can't start or the rehearsal fails
   */
  public static void rehearse(List<List<String>> nodes, Rehearsal rehearsal)
      throws ConfigException, IOException, InterruptedException {
    List<NodeServer> servers = new ArrayList<>();
    try {
      for (List<String> words : nodes) {
        NodeServer server = new NodeServer(ServerArguments.load(words, System.getenv()));
        servers.add(server);
        server.start();
      }
      rehearsal.run();
    } finally {
      servers.forEach(NodeServer::close);
    }
  }
}
