package io.engramdb.snapshot.objects;

/**
 * How an object came into a store.
 *
 * @param sentParts pieces that were sent
 * @param keptParts pieces that an earlier attempt had brought over
 */
public record PutReport(int sentParts, int keptParts) {}
