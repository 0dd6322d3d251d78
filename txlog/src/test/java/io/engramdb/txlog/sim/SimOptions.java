package io.engramdb.txlog.sim;

/**
 * How slow, and how unsteady, the simulated world is. Every span is virtual nanoseconds and is
 * drawn anew for each event between the two bounds.
 *
 * @param tailSurvives whether a crash may leave part of the unflushed tail on disk
 */
public record SimOptions(
    Span network,
    Span flush,
    Span apply,
    Span electionTimeout,
    long heartbeatNs,
    int batchEntryCount,
    boolean tailSurvives) {

  private static final long MS = 1_000_000;

  /** Figures of three zones with good disks. */
  public static SimOptions defaults() {
    return new SimOptions(
        new Span(MS / 5, 2 * MS),
        new Span(MS / 5, 3 * MS),
        new Span(MS / 100, MS / 2),
        new Span(300 * MS, 600 * MS),
        75 * MS,
        64,
        true);
  }

  /** The same world with another speed of delivering committed entries. */
  public SimOptions withApply(Span span) {
    return new SimOptions(
        network, flush, span, electionTimeout, heartbeatNs, batchEntryCount, tailSurvives);
  }

  /** The same world with another network. */
  public SimOptions withNetwork(Span span) {
    return new SimOptions(
        span, flush, apply, electionTimeout, heartbeatNs, batchEntryCount, tailSurvives);
  }

  /** The same world with other disks. */
  public SimOptions withFlush(Span span) {
    return new SimOptions(
        network, span, apply, electionTimeout, heartbeatNs, batchEntryCount, tailSurvives);
  }

  /** Bounds of a random time span; both inclusive. */
  public record Span(long minNs, long maxNs) {
    /** Checks the order of the bounds. */
    public Span {
      if (minNs < 0 || maxNs < minNs) {
        throw new IllegalArgumentException("span " + minNs + ".." + maxNs);
      }
    }
  }
}
