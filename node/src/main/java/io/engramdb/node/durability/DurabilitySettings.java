package io.engramdb.node.durability;

import java.util.List;

/**
 * Times and facts that leadership depends on.
 *
 * @param leaseDurationMs D of a shard that has no genesis record yet; later the record's counts
 * @param watchdogMs age of the oldest record in flight at which a primary gives up
 * @param readyWithinMs a data node that can't lead so soon after its election hands over
 * @param stepDownWithinMs a primary that gave up but can't be rid of its role halts after this
 * @param soleVoter nobody else could lead: errors are answered, leadership is kept
 * @param otherDataMembers names of the other voters that hold data, which could lead
 */
public record DurabilitySettings(
    long leaseDurationMs,
    long watchdogMs,
    long readyWithinMs,
    long stepDownWithinMs,
    boolean soleVoter,
    List<String> otherDataMembers) {

  public static final long DEFAULT_LEASE_DURATION_MS = 250;
  public static final long DEFAULT_WATCHDOG_MS = 2000;
  public static final long DEFAULT_READY_WITHIN_MS = 500;
  public static final long DEFAULT_STEP_DOWN_WITHIN_MS = 5000;

  /** The defaults for a shard of that shape. */
  public static DurabilitySettings defaults(boolean soleVoter, List<String> otherDataMembers) {
    return new DurabilitySettings(
        DEFAULT_LEASE_DURATION_MS,
        DEFAULT_WATCHDOG_MS,
        DEFAULT_READY_WITHIN_MS,
        DEFAULT_STEP_DOWN_WITHIN_MS,
        soleVoter,
        otherDataMembers);
  }
}
