package io.engramdb.node.resp;

import io.engramdb.node.base.Invariant;
import io.engramdb.node.command.Doubles;

/** Replies in RESP3, each with its own type. */
public final class Resp3ReplyWriter extends RespReplyWriter {

  private static final byte[] NULL = ascii("_\r\n");
  private static final byte[] TRUE = ascii("#t\r\n");
  private static final byte[] FALSE = ascii("#f\r\n");

  private final byte[] digits = new byte[Doubles.MAX_CHARS];

  @Override
  public int protocol() {
    return 3;
  }

  @Override
  public void nil() {
    raw(NULL);
  }

  @Override
  public void nilArray() {
    raw(NULL);
  }

  @Override
  public void map(int pairs) {
    header('%', pairs);
  }

  @Override
  public void set(int elements) {
    header('~', elements);
  }

  @Override
  public void push(int elements) {
    header('>', elements);
  }

  @Override
  public boolean attribute(int pairs) {
    header('|', pairs);
    return true;
  }

  @Override
  public void real(double value) {
    line(',', digits, Doubles.write(value, digits, 0));
  }

  @Override
  public void decimal(byte[] ascii) {
    line(',', ascii, ascii.length);
  }

  @Override
  public void bool(boolean value) {
    raw(value ? TRUE : FALSE);
  }

  @Override
  public void bigNumber(String decimal) {
    byte[] text = ascii(decimal);
    line('(', text, text.length);
  }

  @Override
  public void verbatim(String format, byte[] text) {
    Invariant.check(format.length() == 3, "formats have three letters");
    byte[] prefix = ascii(format + ':');
    header('=', prefix.length + text.length);
    raw(prefix);
    line(text);
  }

  @Override
  public void endMap(int mark, int pairs) {
    endContainer('%', mark, pairs);
  }

  @Override
  public void endSet(int mark, int elements) {
    endContainer('~', mark, elements);
  }
}
