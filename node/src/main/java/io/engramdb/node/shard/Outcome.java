package io.engramdb.node.shard;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.DeferredReply;
import io.engramdb.node.command.KeyWait;
import org.jspecify.annotations.Nullable;

/**
 * What the reply of the last request depends on; filled anew by each execution. Shard thread only.
 */
public final class Outcome {
  /** The record that must be committed before the reply leaves; 0 for none. */
  public long neededSequence;

  /** The reply shows data without a record of its own: the lease must be checked. */
  public boolean needsLease;

  /** The error that was answered, or null. */
  public @Nullable CommandError error;

  /** The handler answers later; nothing was written. */
  public @Nullable DeferredReply deferred;

  /** Whether this was the first half of a command, and the second comes later. */
  boolean isUnfinished() {
    return blocked != null || (deferred != null && deferred.executedAgain() != null);
  }

  /** The handler waits for keys; nothing was written. */
  public @Nullable KeyWait blocked;

  /** Something that is no key changes with the commit: the client runs nothing until then. */
  public boolean changesWhenCommitted;

  void clear() {
    neededSequence = 0;
    needsLease = false;
    deferred = null;
    blocked = null;
    changesWhenCommitted = false;
    error = null;
  }
}
