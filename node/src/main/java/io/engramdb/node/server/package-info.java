/**
 * Puts a server process together: reads the configuration, builds every part, starts and stops them
 * in the right order, and decides what ends the process.
 *
 * <p>The only package that may know all others, and therefore the one that must hold no logic of
 * theirs. Start with {@link io.engramdb.node.server.NodeMain}, then {@link
 * io.engramdb.node.server.NodeServer} and {@link io.engramdb.node.server.NodeWiring}.
 */
@NullMarked
package io.engramdb.node.server;

import org.jspecify.annotations.NullMarked;
