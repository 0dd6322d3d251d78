package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;

/** Port: what the transaction commands ask of the shard. Shard thread only. */
public interface TransactionPort {

  /** Runs the queued commands as one unit and writes the reply of EXEC; ends the transaction. */
  void exec(ClientState client, ReplyWriter reply);

  /** Ends the transaction without running it; watches go too. */
  void end(ClientState client);

  /** The client's next transaction fails if this key of its database changes. */
  void watch(ClientState client, Bytes key);

  /** Forgets the client's watches. */
  void unwatch(ClientState client);

  /** Two databases are about to be exchanged; called before anything changes. */
  void exchanging(int first, int second);
}
