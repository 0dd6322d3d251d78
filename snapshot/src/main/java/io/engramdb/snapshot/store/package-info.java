/**
 * Where a node keeps its own snapshots: a directory of RDB files, each of which exists only through
 * a manifest beside it. Knows no engine and no log.
 *
 * <h2>Manifest</h2>
 *
 * Text, one {@code name value} a line, in this order: {@code engram-snapshot} (version of this
 * format, 1), {@code shard}, {@code incarnation}, {@code term}, {@code index}, {@code time-ms},
 * {@code records}, {@code running-checksum}, {@code lease-ms}, {@code keys}, {@code digest}, {@code
 * size-bytes}, {@code crc32c} of the file, {@code rdb-version}, {@code created-ms}; last {@code
 * checksum}, the CRC-32C of all bytes before that line.
 *
 * <p>A snapshot is {@code INDEX-TERM.rdb} with {@code INDEX-TERM.manifest}; what ends in {@code
 * .tmp} is worth nothing. The file is forced and named first, the manifest after it: whoever sees a
 * manifest has the file. It is deleted in the other order.
 *
 * <p>Start with {@link io.engramdb.snapshot.store.SnapshotDirectory}.
 */
@NullMarked
package io.engramdb.snapshot.store;

import org.jspecify.annotations.NullMarked;
