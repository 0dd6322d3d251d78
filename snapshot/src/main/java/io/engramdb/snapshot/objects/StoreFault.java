package io.engramdb.snapshot.objects;

/** What a store may fail with. */
public enum StoreFault {
  /** It does not let us: no or wrong credentials, a missing right. Trying again does not help. */
  DENIED(false),
  /** There is no such object, bucket or directory. */
  NOT_FOUND(false),
  /** There is an object of that name, and it was to be a new one. */
  EXISTS(false),
  /** It does not answer in time, or asks to be asked less. */
  SLOW(true),
  /** It can't be reached, the connection broke, or it has a failure of its own. */
  UNREACHABLE(true),
  /** Bytes are not those that were put, on the way or in the store. */
  DAMAGED(false),
  /** It does not accept the request. */
  REFUSED(false);

  private final boolean passing;

  StoreFault(boolean passing) {
    this.passing = passing;
  }

  /** Whether the same call may succeed later without anybody's help. */
  public boolean isPassing() {
    return passing;
  }
}
