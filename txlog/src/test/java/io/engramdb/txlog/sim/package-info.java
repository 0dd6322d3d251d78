/**
 * The log's contract in memory, for N members, single-threaded and deterministic.
 *
 * <p>Inside stands a small but complete Raft (votes, replication with flushes of their own,
 * truncation, single-step membership), driven by one queue of timed events and one seeded random
 * source. A simulation that is built on it therefore meets exactly the orders of callbacks that
 * Raft allows, and the same seed gives the same run.
 *
 * <p>Start with {@link io.engramdb.txlog.sim.SimLogCluster}: it owns the virtual clock, the network
 * and the faults. {@link io.engramdb.txlog.sim.SimTxLog} is what a shard sees.
 */
@NullMarked
package io.engramdb.txlog.sim;

import org.jspecify.annotations.NullMarked;
