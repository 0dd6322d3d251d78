package io.engramdb.node.command;

/**
 * One voter of a shard, as configured. Immutable.
 *
 * @param name the member's name, unique in the shard
 * @param nodeId 40 hexadecimal digits, the identity that cluster clients see
 * @param zone availability zone, empty if none is configured
 * @param holdsData false for a voter that keeps the log alone and serves no client
 * @param host address that clients are told
 * @param port port that clients are told; 0 for a log-only voter
 */
public record ShardMember(
    String name, String nodeId, String zone, boolean holdsData, String host, int port) {}
