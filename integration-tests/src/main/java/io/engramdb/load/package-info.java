/**
 * A load generator for benchmarks: one thread, non-blocking sockets, RESP or etcd's gRPC.
 *
 * <p>It either keeps a number of requests outstanding (closed loop, for throughput) or sends at a
 * fixed rate whatever the server does (open loop, for latency). In the open loop a latency counts
 * from the moment at which the request should have been sent, so a server that stands still is
 * charged for every request that had to wait, and coordinated omission can't hide it.
 *
 * <p>Start reading at {@link io.engramdb.load.LoadLoop}. Knows nothing of the server's classes.
 */
@NullMarked
package io.engramdb.load;

import org.jspecify.annotations.NullMarked;
