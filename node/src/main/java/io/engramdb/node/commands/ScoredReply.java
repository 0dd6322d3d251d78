package io.engramdb.node.commands;

import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.value.ScoredVisitor;

/**
 * Writes members that it sees, with their scores if wanted: under RESP3 as pairs, under RESP2 one
 * behind the other.
 */
final class ScoredReply implements ScoredVisitor {

  private final ReplyWriter reply;
  private final boolean withScores;
  private final boolean nested;

  ScoredReply(ReplyWriter reply, boolean withScores) {
    this(reply, withScores, withScores && reply.protocol() == 3);
  }

  ScoredReply(ReplyWriter reply, boolean withScores, boolean nested) {
    this.reply = reply;
    this.withScores = withScores;
    this.nested = nested;
  }

  /** Begins the array that so many members will fill. */
  void begin(int members) {
    reply.array(elements(members));
  }

  /** Elements of the array that so many members fill. */
  int elements(int members) {
    return withScores && !nested ? 2 * members : members;
  }

  @Override
  public boolean member(byte[] array, int offset, int length, double score) {
    if (nested) {
      reply.array(2);
    }
    reply.bulk(array, offset, length);
    if (withScores) {
      reply.real(score);
    }
    return true;
  }
}
