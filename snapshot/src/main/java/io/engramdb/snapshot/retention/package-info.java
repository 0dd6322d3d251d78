/**
 * When the snapshot of a day is due, and which ones a store need not keep any longer. Plain
 * arithmetic over times that are given; what is deleted stands in a plan first, which can be shown,
 * and executed again after any interruption.
 *
 * <p>Start with {@link io.engramdb.snapshot.retention.RetentionPlan}.
 */
@NullMarked
package io.engramdb.snapshot.retention;

import org.jspecify.annotations.NullMarked;
