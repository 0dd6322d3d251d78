/**
 * Counters, latencies and the slow log of one shard: written on every command, read by INFO and its
 * like.
 *
 * <p>Knows neither connections nor the log: they count here, never the other way round. May import
 * {@code command}. Everything belongs to the shard thread. Start with {@link
 * io.engramdb.node.metrics.CommandStats}.
 */
@NullMarked
package io.engramdb.node.metrics;

import org.jspecify.annotations.NullMarked;
