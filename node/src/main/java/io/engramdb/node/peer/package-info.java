/**
 * What the data nodes of a shard tell each other beside the log. Start with {@link
 * io.engramdb.node.peer.PubSubRelay}; {@link io.engramdb.node.peer.SilentMembers} is apart from it.
 */
@NullMarked
package io.engramdb.node.peer;

import org.jspecify.annotations.NullMarked;
