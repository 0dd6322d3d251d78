package io.engramdb.node.durability;

import io.engramdb.snapshot.store.SnapshotDirectory;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * How a shard keeps snapshots.
 *
 * @param directory where they are kept
 * @param writer runs what reads and writes files, one after the other
 * @param restorer loads them
 * @param shard identity that they carry
 * @param logSizeBytes bytes of records after which the next one is made, at least; 0: only when
 *     asked
 * @param peers the other members
 */
public record SnapshotSettings(
    SnapshotDirectory directory,
    Executor writer,
    ShardRestorer restorer,
    UUID shard,
    LongSupplier logSizeBytes,
    SnapshotPeers peers) {}
