package io.engramdb.node.command;

/** What a client that is, or is about to be, a replica of another make has said of itself. */
public final class ReplicaState {

  /** Port on which it says that it serves; 0 if it has not. */
  public int listeningPort;

  /** It takes a snapshot whose length is not known before. */
  public boolean takesEndMark;

  /** It wants the function libraries alone. */
  public boolean functionsOnly;

  /** SYNC or PSYNC was sent: from here on it is told every change. */
  public boolean attached;

  /** By PSYNC. */
  public boolean partial;

  /** Bytes that it says to have, as it counts them. */
  public long acknowledgedOffset;

  /** Shard time at which it said so, milliseconds. */
  public long acknowledgedMs;
}
