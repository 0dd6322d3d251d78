package io.engramdb.txlog.sim;

import io.engramdb.txlog.api.Member;
import io.engramdb.txlog.api.RecordKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a simulated log.
 *
 * @param kind null for an entry of the protocol itself
 * @param members set only where the entry changes the membership
 */
record SimEntry(
    long term,
    @Nullable RecordKind kind,
    long epoch,
    long sequence,
    byte @Nullable [] payload,
    @Nullable List<Member> members) {

  static SimEntry internal(long term, @Nullable List<Member> members) {
    return new SimEntry(term, null, 0, 0, null, members);
  }
}
