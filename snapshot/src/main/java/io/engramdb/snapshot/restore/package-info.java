/**
 * Which snapshot and which part of the archived log make the state of a moment. Decides and reads
 * nothing into memory but heads and the segment in which the moment lies.
 *
 * <p>Start with {@link io.engramdb.snapshot.restore.RestorePlanner}.
 */
@NullMarked
package io.engramdb.snapshot.restore;

import org.jspecify.annotations.NullMarked;
