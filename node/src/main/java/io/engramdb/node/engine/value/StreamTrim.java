package io.engramdb.node.engine.value;

import org.jspecify.annotations.Nullable;

/**
 * How far to trim a stream.
 *
 * @param maxLength entries that may stay; not used with a {@code minId}
 * @param minId the smallest id that stays, or null
 * @param approximate only whole blocks go
 * @param limit entries that are removed at most; 0: no limit
 */
public record StreamTrim(
    long maxLength, @Nullable StreamId minId, boolean approximate, long limit) {}
