/**
 * Where snapshots are kept: a node's own in a directory ({@code SnapshotDirectory}), those of all
 * shards in a store far away ({@code SnapshotStore}). A snapshot is an RDB file and exists only
 * through the manifest beside it. Knows no engine and no log.
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
 * <h2>In a store</h2>
 *
 * {@code SERIES/SHARD/INCARNATION/TIME-INDEX-TERM-CRC32C.rdb} and {@code .manifest}: the series is
 * {@code automatic} or {@code manual}, the time is the manifest's {@code created-ms} in UTC, {@code
 * 20261122T030000Z}. So histories of a shard never meet, members that upload the same state at once
 * do not overwrite each other's file, and an upload that is tried again has the same name. The file
 * is put first, read back and compared, then the manifest is put, if there is none of that name. A
 * node's own directory can be listed in the same way.
 *
 * <p>Start with {@link io.engramdb.snapshot.store.SnapshotDirectory}.
 */
@NullMarked
package io.engramdb.snapshot.store;

import org.jspecify.annotations.NullMarked;
