package io.engramdb.node.command;

import io.engramdb.node.engine.Keyspace;
import io.engramdb.node.engine.Keyspaces;
import java.util.random.RandomGenerator;

/** What a handler sees of the world. */
public interface ExecutionContext {

  Keyspaces keyspaces();

  /** The database that the client has selected. */
  Keyspace db();

  /** Shard time of this turn, Unix milliseconds. The same for everything in a transaction. */
  long nowMs();

  /** The random source; what depends on it must be recorded as its result. */
  RandomGenerator random();

  ClientState client();

  EffectRecorder effects();

  /**
   * Changes something that is replicated but is no key: the command has recorded the effect, and
   * the change is made when that is committed, before the reply leaves; never if it is lost. The
   * client's next commands wait until then. In a replay the change is made at once, by the handler.
   */
  default void whenCommitted(Runnable change) {
    throw new IllegalStateException("nothing commits here");
  }

  /** Whether committed effects are executed again, with nobody to answer. */
  boolean replaying();

  /**
   * Gives the reply later: the handler writes nothing now, and the client's next commands wait. Not
   * possible inside a transaction or script, where {@link #mayDefer} is false.
   */
  void defer(DeferredReply deferred);

  /** Whether {@link #defer} is possible here. */
  boolean mayDefer();

  /** Whether {@link #block} is possible here; if not, act as if the time was up. */
  boolean mayBlock();

  /**
   * Lets the client wait for keys: the handler has found nothing, changed nothing and written
   * nothing. The client's next commands wait, too.
   */
  void block(KeyWait wait);

  /** Whether a script has called the command. */
  default boolean inScript() {
    return false;
  }

  /** For commands that run scripts. */
  default ScriptPort scripts() {
    throw new IllegalStateException("no scripts run here");
  }

  /** The client's transactions. */
  TransactionPort transactions();
}
