package io.engramdb.node.shard;

/**
 * What commands have to say to clients that did not ask: the shard decides when it may leave. Shard
 * thread only.
 */
public interface MessageOutlet {

  /** Whether nothing was said since the last call of {@link #release}. */
  boolean isEmpty();

  /** Whether something of it has to wait for a record. */
  boolean waits();

  /**
   * The run is over: what it said may leave when this record of the present epoch is committed.
   *
   * @param neededSequence 0 if there is nothing to wait for
   */
  void release(long neededSequence);

  /** Nobody ever says anything. */
  MessageOutlet NONE =
      new MessageOutlet() {
        @Override
        public boolean isEmpty() {
          return true;
        }

        @Override
        public boolean waits() {
          return false;
        }

        @Override
        public void release(long neededSequence) {}
      };
}
