/**
 * What clients hear without asking: published messages, events of keys, invalidations of what they
 * have cached.
 *
 * <p>Start with {@link io.engramdb.node.pubsub.MessageHub}. Nothing here is in the log: a message
 * reaches who listens when it leaves, or nobody. But none leaves before the writes that its sender
 * may have seen: everything goes through {@link io.engramdb.node.pubsub.Outbox}, which gives each
 * message the record that it has to wait for.
 */
@NullMarked
package io.engramdb.node.pubsub;

import org.jspecify.annotations.NullMarked;
