/**
 * The contract of the replicated transaction log: what a shard may ask of it and what it promises.
 *
 * <p>It knows no Redis, no snapshot format and no consensus library. Start with {@link
 * io.engramdb.txlog.api.TxLog}, then {@link io.engramdb.txlog.api.LogListener}.
 */
@NullMarked
package io.engramdb.txlog.api;

import org.jspecify.annotations.NullMarked;
