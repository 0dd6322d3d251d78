/**
 * Between the engine's values and the events of the RDB codec, in both directions; also DUMP
 * payloads of single values. A package of its own because commands (DUMP, RESTORE) and durability
 * (snapshots) both need it, and neither may import the other.
 *
 * <p>Knows no log, no files, no threads. Start with {@link io.engramdb.node.rdb.ValueToRdb} and
 * {@link io.engramdb.node.rdb.ValueLoader}.
 */
@NullMarked
package io.engramdb.node.rdb;

import org.jspecify.annotations.NullMarked;
