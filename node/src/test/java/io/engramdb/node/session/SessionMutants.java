package io.engramdb.node.session;

/** Faulty stand-ins for methods of this package, for tests that rules are noticed when left out. */
public final class SessionMutants {

  private SessionMutants() {}

  /** A read that waits for a record is taken to need no lease. */
  public static void close(ReplyQueue replies, long start, long needed, long barrier) {
    replies.close(start, needed, needed > 0 ? 0 : barrier);
  }
}
