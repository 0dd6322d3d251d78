/**
 * Starts, hurts and watches real Engram clusters through their command line and sockets.
 *
 * <p>Knows nothing of the server's classes. Start reading at {@link
 * io.engramdb.it.harness.Cluster}; {@link io.engramdb.it.harness.RespClient} is the wire.
 */
@NullMarked
package io.engramdb.it.harness;

import org.jspecify.annotations.NullMarked;
