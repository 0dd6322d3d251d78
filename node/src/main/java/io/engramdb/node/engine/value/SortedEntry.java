package io.engramdb.node.engine.value;

import io.engramdb.node.engine.dict.ByteHash;
import io.engramdb.node.engine.dict.DictNode;
import java.util.Arrays;

/** One member of a sorted set that has outgrown its packed form; the node's key is the member. */
final class SortedEntry extends DictNode {

  /** Changed only while the entry is in no {@link RankTree}. */
  double score;

  SortedEntry(byte[] member, double score) {
    super(member, ByteHash.of(member, 0, member.length));
    this.score = score;
  }

  /** Negative if this entry stands before the other: by score, then by the member's bytes. */
  int compareTo(SortedEntry other) {
    if (score != other.score) {
      return score < other.score ? -1 : 1;
    }
    return this == other ? 0 : Arrays.compareUnsigned(key, other.key);
  }

  boolean isBelow(RankBound bound) {
    return bound.isAbove(score, key, 0, key.length);
  }

  boolean visit(ScoredVisitor visitor) {
    return visitor.member(key, 0, key.length, score);
  }
}
