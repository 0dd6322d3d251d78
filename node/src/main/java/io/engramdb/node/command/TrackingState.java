package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import java.util.ArrayList;
import java.util.List;

/** How one client wants to hear of keys that it has cached (CLIENT TRACKING); plain data. */
public final class TrackingState {

  /** Which reads count. */
  public enum Choice {
    /** All. */
    ALL,
    /** Those behind CLIENT CACHING YES. */
    OPT_IN,
    /** All but those behind CLIENT CACHING NO. */
    OPT_OUT
  }

  /** Number of the client that invalidations go to; 0: the client itself. */
  public final long redirect;

  /** Whether it hears of all keys with its prefixes instead of those that it has read. */
  public final boolean broadcast;

  public final Choice choice;

  /** Whether it does not hear of its own changes. */
  public final boolean noLoop;

  /** With {@link #broadcast}: the beginnings of names. */
  public final List<Bytes> prefixes = new ArrayList<>();

  /** CLIENT CACHING was sent: holds for the next command, or transaction. */
  public boolean cachingGiven;

  /** The client that invalidations should go to has gone. */
  public boolean brokenRedirect;

  public TrackingState(long redirect, boolean broadcast, Choice choice, boolean noLoop) {
    this.redirect = redirect;
    this.broadcast = broadcast;
    this.choice = choice;
    this.noLoop = noLoop;
  }

  /** Whether the keys that are read now are remembered. */
  public boolean remembers() {
    return switch (choice) {
      case ALL -> !broadcast;
      case OPT_IN -> cachingGiven;
      case OPT_OUT -> !cachingGiven;
    };
  }
}
