package io.engramdb.snapshot.store;

/**
 * What reading a snapshot back has shown.
 *
 * @param keys that it has
 * @param sizeBytes of its file
 * @param tookMs how long it took
 */
public record SnapshotCheck(long keys, long sizeBytes, long tookMs) {}
