package io.engramdb.node.shard;

/**
 * The primary's commit-witnessed lease.
 *
 * <p>A record of the present term that was submitted at t and is committed proves that a majority
 * followed this primary after t. Every later primary therefore was elected after t, and waits
 * {@link #waitOutNanos} before it answers: until t + D nobody else does. This needs no assumption
 * on who acknowledged, only leader completeness and clocks of nearly the same rate. Shard thread
 * only.
 */
public final class Lease {

  /** Share by which two clocks may differ in rate, percent. */
  private static final int CLOCK_DRIFT_PERCENT = 5;

  private static final long NANOS_PER_MS = 1_000_000;

  /** A lease in use is renewed when this part of it has passed. */
  private static final int RENEWALS_PER_LEASE = 3;

  private long durationNanos;
  private boolean held;
  private long witnessedNanos;

  public Lease(long durationMs) {
    setDurationMs(durationMs);
  }

  /** D, from the shard's genesis record: one number for all nodes. */
  public void setDurationMs(long durationMs) {
    durationNanos = durationMs * NANOS_PER_MS;
  }

  public long durationMs() {
    return durationNanos / NANOS_PER_MS;
  }

  /** How long a new primary stays silent after its election. */
  public long waitOutNanos() {
    return durationNanos + durationNanos * CLOCK_DRIFT_PERCENT / 100;
  }

  /** A record of this epoch, submitted at that time, is committed. */
  public void witness(long submittedNanos) {
    if (!held || submittedNanos - witnessedNanos > 0) {
      witnessedNanos = submittedNanos;
      held = true;
    }
  }

  /** There is no lease until a record submitted from now on is committed. */
  public void drop() {
    held = false;
  }

  /** Whether replies of reads that have already executed may leave. */
  public boolean isValid(long nowNanos) {
    return held && nowNanos - witnessedNanos < durationNanos;
  }

  /** For how long replies of reads may leave as things stand; 0 without a lease. */
  public long remainingNanos(long nowNanos) {
    return held ? Math.max(0, durationNanos - (nowNanos - witnessedNanos)) : 0;
  }

  /** Whether a primary that serves reads should ask for a renewal. */
  public boolean isRenewalDue(long nowNanos) {
    return !held || nowNanos - witnessedNanos > durationNanos / RENEWALS_PER_LEASE;
  }
}
