/**
 * A whole shard in virtual time: nodes, log, network, disks, clocks and clients from one seed.
 *
 * <p>It runs the real shard, session and durability code on the simulated log and knows nothing of
 * sockets or Ratis. Start with {@link io.engramdb.node.sim.SimWorld}; {@link
 * io.engramdb.node.sim.SimulationTest} lets it run at random, {@link
 * io.engramdb.node.sim.Schedules} holds single interleavings, {@link
 * io.engramdb.node.sim.MutationTest} shows that either notices when a rule is switched off.
 */
package io.engramdb.node.sim;
