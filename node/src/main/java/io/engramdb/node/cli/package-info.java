/**
 * The command line: makes, starts, shows and stops a cluster on this machine, and is the entry of
 * every server process. It also looks at RDB files, and fills a cluster from a server that runs.
 *
 * <p>It knows processes, files and sockets, and talks to a running server as any client would; it
 * must not know engine, shard or log. Servers themselves are built by {@code server}. Start with
 * {@link io.engramdb.node.cli.EngramMain}, then {@link io.engramdb.node.cli.UpCommand}.
 */
@NullMarked
package io.engramdb.node.cli;

import org.jspecify.annotations.NullMarked;
