/**
 * One shard on one thread: executes commands, records effects, holds replies until they may leave.
 *
 * <p>Knows no network, no consensus and no snapshot; those stand behind {@link
 * io.engramdb.node.shard.EffectLog}, {@link io.engramdb.node.shard.ShardClient} and {@link
 * io.engramdb.node.shard.ShardScheduler}. Everything here runs on the shard's thread unless it says
 * otherwise. Start with {@link io.engramdb.node.shard.Shard}, then {@link
 * io.engramdb.node.shard.CommandExecutor} and {@link io.engramdb.node.shard.CommitPipeline}.
 */
@NullMarked
package io.engramdb.node.shard;

import org.jspecify.annotations.NullMarked;
