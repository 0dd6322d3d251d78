package io.engramdb.node.command;

/**
 * What the primary knows of another member.
 *
 * @param member which
 * @param matchIndex newest log index known to be on its disk; 0 if nothing is known
 * @param lastContactMs shard time of its last answer, Unix milliseconds; 0 if it never answered
 * @param online whether it answers now
 */
public record PeerPosition(
    ShardMember member, long matchIndex, long lastContactMs, boolean online) {}
