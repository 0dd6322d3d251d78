/**
 * Redis Cluster as clients see it: slots, the picture of the nodes, redirects.
 *
 * <p>Knows neither connections nor Raft: whoever learns of a new primary publishes a new {@link
 * io.engramdb.node.cluster.ClusterView}. May import {@code command}. Start there, then {@link
 * io.engramdb.node.cluster.SlotCheck}.
 */
@NullMarked
package io.engramdb.node.cluster;

import org.jspecify.annotations.NullMarked;
