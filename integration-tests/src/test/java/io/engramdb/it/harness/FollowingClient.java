package io.engramdb.it.harness;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client that looks for the primary but never repeats a command: it tells apart what was
 * answered, what was surely not executed, and what nobody knows. One thread only.
 */
public final class FollowingClient implements AutoCloseable {
  /** How a call ended. */
  public sealed interface Outcome {
    /** The server executed the command and said this, which may be an error about the command. */
    record Answered(Reply reply) implements Outcome {}

    /** Nothing was executed; the next call goes elsewhere. */
    record Refused(String why) implements Outcome {}

    /** The command was sent and no answer came. */
    record Unknown(String why) implements Outcome {}
  }

  private static final List<String> NOT_EXECUTED =
      List.of("MOVED", "CLUSTERDOWN", "MASTERDOWN", "LOADING", "READONLY", "TRYAGAIN");

  private final Cluster cluster;
  private final List<Integer> ports;
  private final Duration limit;
  private int index;
  private @Nullable RespClient connection;

  public FollowingClient(Cluster cluster, Duration limit) {
    this(cluster, cluster.dataPorts(), limit);
  }

  public FollowingClient(Cluster cluster, List<Integer> ports, Duration limit) {
    this.cluster = cluster;
    this.ports = ports;
    this.limit = limit;
  }

  /** The node that the next command goes to. */
  public int port() {
    return ports.get(index);
  }

  /** One try, on the node that is believed to be the primary. */
  public Outcome call(String... command) {
    RespClient open = connection;
    if (open == null) {
      try {
        open = cluster.connect(port(), limit);
        connection = open;
      } catch (IOException refused) {
        return elsewhere("connect " + port() + ": " + refused.getMessage());
      }
    }
    try {
      Reply reply = open.call(command);
      if (reply.isError() && NOT_EXECUTED.contains(reply.text().split(" ")[0])) {
        return elsewhere(reply.text());
      }
      return new Outcome.Answered(reply);
    } catch (IOException broken) {
      elsewhere("");
      return new Outcome.Unknown(port() + ": " + broken);
    }
  }

  private Outcome elsewhere(String why) {
    close();
    int moved = -1;
    if (why.startsWith("MOVED ")) {
      moved = ports.indexOf(Integer.parseInt(why.substring(why.lastIndexOf(':') + 1)));
    }
    index = moved >= 0 && moved != index ? moved : (index + 1) % ports.size();
    return new Outcome.Refused(why);
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
