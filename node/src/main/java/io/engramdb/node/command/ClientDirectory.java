package io.engramdb.node.command;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Port: the connections of this shard, for CLIENT. Implemented by {@code session}. Shard thread
 * only.
 */
public interface ClientDirectory {

  /** All connections by ascending id; a list of its own. */
  List<ConnectedClient> clients();

  /** The connection of that id, or null. */
  @Nullable ConnectedClient find(long id);

  /**
   * Closes every connection that the filter accepts, at once and without the replies that still
   * wait. The filter must not accept the client that is asking: it closes itself with {@link
   * ClientState#closeAfterReply}.
   *
   * @return connections closed
   */
  int kill(Predicate<ConnectedClient> filter);

  /**
   * Ends a client's wait for a deferred reply.
   *
   * @param withError answer with {@link CommandError#UNBLOCKED_BY_CLIENT} instead of what the
   *     command answers at its deadline
   * @return false if the client was not blocked
   */
  boolean unblock(ConnectedClient client, boolean withError);

  /**
   * Lets commands wait. While one pause lasts, another one can make it longer and stricter, never
   * shorter or milder.
   *
   * @param untilMs shard time at which everything goes on, Unix milliseconds
   * @param writesOnly only commands that change data wait
   */
  void pause(long untilMs, boolean writesOnly);

  /** Ends the pause. */
  void unpause();
}
