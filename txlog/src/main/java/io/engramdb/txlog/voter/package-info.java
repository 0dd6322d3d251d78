/**
 * The log-only voter: a full voter without data, for shards with fewer than three data members. It
 * keeps the log, hands leadership over whenever it gets it, and cuts its log at SNAPSHOT_FLOOR
 * records.
 *
 * <p>Start with {@link io.engramdb.txlog.voter.LogVoterServer}. It knows nothing of data, of the
 * network protocol of clients, or of command lines.
 */
@NullMarked
package io.engramdb.txlog.voter;

import org.jspecify.annotations.NullMarked;
