package io.engramdb.node.shard;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ReplyWriter;
import org.jspecify.annotations.Nullable;

/** For replay, where nobody listens; keeps only a failure, which replay must not have. */
final class DiscardingReplyWriter implements ReplyWriter {

  private @Nullable CommandError error;

  /** The error that was answered since the last call, or null. */
  @Nullable CommandError takeError() {
    CommandError taken = error;
    error = null;
    return taken;
  }

  @Override
  public int protocol() {
    return 3;
  }

  @Override
  public void ok() {}

  @Override
  public void simple(byte[] ascii) {}

  @Override
  public void simple(String ascii) {}

  @Override
  public void error(CommandError newError) {
    error = newError;
  }

  @Override
  public void integer(long value) {}

  @Override
  public void bulk(byte[] bytes, int offset, int length) {}

  @Override
  public void bulk(String text) {}

  @Override
  public void bulk(long value) {}

  @Override
  public void nil() {}

  @Override
  public void nilArray() {}

  @Override
  public void array(int elements) {}

  @Override
  public void map(int pairs) {}

  @Override
  public void set(int elements) {}

  @Override
  public void push(int elements) {}

  @Override
  public void real(double value) {}

  @Override
  public void decimal(byte[] ascii) {}

  @Override
  public void bool(boolean value) {}

  @Override
  public void bigNumber(String decimal) {}

  @Override
  public void verbatim(String format, byte[] text) {}

  @Override
  public int beginArray() {
    return 0;
  }

  @Override
  public void endArray(int mark, int elements) {}

  @Override
  public void endMap(int mark, int pairs) {}

  @Override
  public void endSet(int mark, int elements) {}

  @Override
  public int mark() {
    return 0;
  }

  @Override
  public void rewind(int mark) {}
}
