package io.engramdb.node.net;

import io.engramdb.node.resp.RespLimits;

/**
 * What connections may cost. Immutable; a server is given a new one when a setting changes, and
 * connections that are open follow it too.
 *
 * @param maxClients connections at once ({@code maxclients})
 * @param idleTimeoutSeconds a client that is silent for longer is disconnected; 0: never ({@code
 *     timeout})
 * @param keepAliveSeconds TCP keep-alive interval of new connections; 0: off ({@code
 *     tcp-keepalive})
 * @param inputBytes what incomplete requests of all connections may take together
 * @param requests limits of a request
 */
public record ConnectionLimits(
    long maxClients,
    long idleTimeoutSeconds,
    int keepAliveSeconds,
    long inputBytes,
    RespLimits requests) {

  public static final ConnectionLimits DEFAULT =
      new ConnectionLimits(10_000, 0, 300, 1L << 30, RespLimits.DEFAULT);
}
