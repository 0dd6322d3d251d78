/**
 * Stores of named byte strings, one interface for all: a directory, S3 (package {@code s3}), and
 * either of them behind encryption (package {@code sealed}). Knows no snapshots.
 *
 * <h2>Names</h2>
 *
 * Parts of letters, digits, dot, minus and underscore, joined by slashes. No part is empty or
 * begins with a dot; nothing that ends in {@code .tmp}.
 *
 * <h2>Addresses</h2>
 *
 * {@code file:/path} and {@code s3://bucket/prefix}, with options behind a question mark, see
 * {@link io.engramdb.snapshot.objects.StoreUrl}.
 *
 * <p>The client of S3 is two dozen libraries. {@link io.engramdb.snapshot.objects.S3Library} loads
 * them when the first such store is opened and not before.
 *
 * <p>Start with {@link io.engramdb.snapshot.objects.ObjectStore}.
 */
@NullMarked
package io.engramdb.snapshot.objects;

import org.jspecify.annotations.NullMarked;
