package io.engramdb.node.command;

/** Port: what the shard asks of a script that has run for too long. Shard thread only. */
public interface LongScript {

  /** What clients are told meanwhile. */
  CommandError busy();

  /** The script ends at its next look, whatever it has written. */
  void end();
}
