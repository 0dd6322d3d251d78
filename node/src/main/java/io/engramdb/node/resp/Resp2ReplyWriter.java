package io.engramdb.node.resp;

import io.engramdb.node.command.Doubles;

/** Replies in RESP2: what it has no type for becomes a bulk string, an integer or an array. */
public final class Resp2ReplyWriter extends RespReplyWriter {

  private static final byte[] NULL = ascii("$-1\r\n");
  private static final byte[] NULL_ARRAY = ascii("*-1\r\n");

  private final byte[] digits = new byte[Doubles.MAX_CHARS];

  @Override
  public int protocol() {
    return 2;
  }

  @Override
  public void nil() {
    raw(NULL);
  }

  @Override
  public void nilArray() {
    raw(NULL_ARRAY);
  }

  @Override
  public void map(int pairs) {
    header('*', 2L * pairs);
  }

  @Override
  public void set(int elements) {
    array(elements);
  }

  @Override
  public void push(int elements) {
    array(elements);
  }

  @Override
  public void real(double value) {
    bulk(digits, 0, Doubles.write(value, digits, 0));
  }

  @Override
  public void decimal(byte[] ascii) {
    bulk(ascii, 0, ascii.length);
  }

  @Override
  public void bool(boolean value) {
    integer(value ? 1 : 0);
  }

  @Override
  public void bigNumber(String decimal) {
    bulk(decimal);
  }

  @Override
  public void verbatim(String format, byte[] text) {
    bulk(text);
  }

  @Override
  public void endMap(int mark, int pairs) {
    endContainer('*', mark, 2 * pairs);
  }

  @Override
  public void endSet(int mark, int elements) {
    endContainer('*', mark, elements);
  }
}
