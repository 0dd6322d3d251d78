package io.engramdb.node.shard;

/**
 * What a shard's memory is worth and who may see it.
 *
 * <pre>
 * LOADING ─▶ FOLLOWING ─elected─▶ CATCHING_UP ─ready─▶ WAITING_OUT ─▶ LEADING ◀─▶ HANDING_OVER
 *    ▲         ▲   ▲                                                    │             │
 *    │         │   └────────── nothing in flight ◀── leadership lost ───┴─────────────┘
 *    │         └─ all committed ◀─ RESOLVING ◀─ records in flight ◀─────┤
 *    └─ rebuild ◀─ TAINTED ◀─ one contradicted ◀─┘   effects unsent ◀───┘
 * </pre>
 */
public enum ShardState {
  /** Memory is being filled from the log; nothing is shown. */
  LOADING,
  /** A replica: memory is the applied prefix of the log. */
  FOLLOWING,
  /** Elected, but not everything committed before is applied yet. */
  CATCHING_UP,
  /** Everything is applied; the previous primary's lease may still run. */
  WAITING_OUT,
  /** The primary. */
  LEADING,
  /** Still the primary, but takes no new commands: a planned hand-over runs. */
  HANDING_OVER,
  /** Deposed with records in flight whose fate is open: memory is speculative and hidden. */
  RESOLVING,
  /** Memory holds something that the log does not; it is thrown away and rebuilt. */
  TAINTED;

  /** Whether clients may see the data: the primary's, or a replica's committed prefix. */
  public boolean showsData() {
    return this == LEADING || this == FOLLOWING;
  }

  /** Whether this node is, or is about to be, the primary of its term. */
  public boolean elected() {
    return this == CATCHING_UP || this == WAITING_OUT || leads();
  }

  /** Whether this node executes for its epoch. */
  public boolean leads() {
    return this == LEADING || this == HANDING_OVER;
  }
}
