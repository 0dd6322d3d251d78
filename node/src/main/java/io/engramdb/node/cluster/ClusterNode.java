package io.engramdb.node.cluster;

/**
 * A node that serves data, as cluster clients see it. Immutable.
 *
 * @param id 40 hexadecimal digits
 * @param ip address that clients are told
 * @param hostname announced host name, or empty
 * @param port port for clients: the TLS port if the cluster speaks TLS
 * @param busPort port of the log, shown where Redis shows its cluster bus
 * @param zone availability zone, or empty
 * @param online whether it can be reached as far as this node knows
 */
public record ClusterNode(
    String id, String ip, String hostname, int port, int busPort, String zone, boolean online) {}
