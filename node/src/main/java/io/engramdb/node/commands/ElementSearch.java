package io.engramdb.node.commands;

import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.ElementVisitor;
import java.util.Arrays;

/** Finds the elements of a list that equal one, and writes their indexes; for LPOS. */
final class ElementSearch implements ElementVisitor {

  private final ByteRange wanted;
  private final boolean wantedIsInteger;
  private final long wantedInteger;
  private final ReplyWriter reply;
  private final long limit;
  private long matchesToSkip;
  private int index;
  private int step;
  private int found;
  private int lastFound;

  /**
   * Made for one search.
   *
   * @param rank the match that counts first, from 1
   * @param limit indexes that are written at most; 0 for all
   */
  ElementSearch(ByteRange wanted, ReplyWriter reply, long rank, long limit) {
    this.wanted = wanted;
    this.wantedIsInteger = Numbers.isLong(wanted.array(), wanted.offset(), wanted.length());
    this.wantedInteger =
        wantedIsInteger ? Numbers.parseLong(wanted.array(), wanted.offset(), wanted.length()) : 0;
    this.reply = reply;
    this.matchesToSkip = rank - 1;
    this.limit = limit;
  }

  /** Index of the first element that will be seen, and how it changes from one to the next. */
  void startAt(int first, int direction) {
    index = first;
    step = direction;
  }

  /** Indexes written. */
  int found() {
    return found;
  }

  /** The last index written. */
  int lastFound() {
    return lastFound;
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    int from = wanted.offset();
    return seen(
        !wantedIsInteger
            && length == wanted.length()
            && Arrays.equals(array, offset, offset + length, wanted.array(), from, from + length));
  }

  @Override
  public boolean integer(long value) {
    return seen(wantedIsInteger && value == wantedInteger);
  }

  private boolean seen(boolean matches) {
    if (matches && matchesToSkip > 0) {
      matchesToSkip--;
    } else if (matches) {
      reply.integer(index);
      lastFound = index;
      found++;
    }
    index += step;
    return limit == 0 || found < limit;
  }
}
