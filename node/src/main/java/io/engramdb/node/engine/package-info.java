/**
 * Data and nothing else: keyspaces, entries, expiry, memory accounting.
 *
 * <p>Knows no network, no log, no clock, no thread and no command. Time comes in as {@code nowMs};
 * what the outside must learn goes out through {@link io.engramdb.node.engine.KeyspaceObserver}.
 * Start with {@link io.engramdb.node.engine.Keyspace}.
 */
@NullMarked
package io.engramdb.node.engine;

import org.jspecify.annotations.NullMarked;
