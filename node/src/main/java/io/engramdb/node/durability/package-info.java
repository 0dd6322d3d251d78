/**
 * Between shard and transaction log: records out, committed records in, leadership, rebuild.
 *
 * <p>Knows the log's contract ({@code txlog.api}) and nothing of the consensus behind it; knows no
 * network. Start with {@link io.engramdb.node.durability.DurableShard}.
 */
@NullMarked
package io.engramdb.node.durability;

import org.jspecify.annotations.NullMarked;
