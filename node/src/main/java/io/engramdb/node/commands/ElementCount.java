package io.engramdb.node.commands;

import io.engramdb.node.engine.value.ElementVisitor;

/** Counts elements, up to a limit. */
final class ElementCount implements ElementVisitor {

  private final long limit;
  private long seen;

  /**
   * Made for one count.
   *
   * @param limit 0 for none
   */
  ElementCount(long limit) {
    this.limit = limit;
  }

  long seen() {
    return seen;
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    return counted();
  }

  @Override
  public boolean integer(long value) {
    return counted();
  }

  private boolean counted() {
    seen++;
    return seen != limit;
  }
}
