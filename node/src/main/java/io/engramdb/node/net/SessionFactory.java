package io.engramdb.node.net;

import io.engramdb.node.session.Connection;
import io.engramdb.node.session.Session;

/** Makes the session of a new connection; the registry of the shard in a server. */
@FunctionalInterface
public interface SessionFactory {
  /**
   * A client has connected.
   *
   * @param address of the client, {@code ip:port}
   * @param localAddress that it has connected to
   */
  Session open(Connection connection, String address, String localAddress);
}
