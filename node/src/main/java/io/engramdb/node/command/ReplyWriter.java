package io.engramdb.node.command;

/**
 * What a handler can say. Each call writes one element; containers announce how many elements
 * follow. RESP2 and RESP3 differ only behind this interface.
 */
public interface ReplyWriter {

  /** 2 or 3. */
  int protocol();

  /**
   * The writer for another protocol version into the same place, for HELLO, whose own reply is the
   * first in the new version. A writer that writes no bytes may return itself.
   */
  default ReplyWriter inProtocol(int version) {
    return this;
  }

  /** {@code +OK}. */
  void ok();

  /** A status; the text has no line break. */
  void simple(byte[] ascii);

  /** A status; not for the hot path. */
  void simple(String ascii);

  void error(CommandError error);

  void integer(long value);

  void bulk(byte[] bytes, int offset, int length);

  default void bulk(byte[] bytes) {
    bulk(bytes, 0, bytes.length);
  }

  /** A bulk string of UTF-8 text; not for the hot path. */
  void bulk(String text);

  /** A bulk string that is a number in decimal. */
  void bulk(long value);

  /** The null of a missing value: {@code $-1} or {@code _}. */
  void nil();

  /** The null of a missing array: {@code *-1} or {@code _}. */
  void nilArray();

  void array(int elements);

  /** A map of that many pairs; under RESP2 an array of twice as many elements. */
  void map(int pairs);

  /** A set; under RESP2 an array. */
  void set(int elements);

  /** An out-of-band message; under RESP2 an array. */
  void push(int elements);

  /**
   * Begins attributes of the reply that follows, pairs of name and value.
   *
   * @return false if the reader takes none; then nothing of them may be written
   */
  default boolean attribute(int pairs) {
    return false;
  }

  /** A double; under RESP2 a bulk string with the shortest exact decimal form. */
  void real(double value);

  /** A double whose decimal form is given; under RESP2 a bulk string. */
  void decimal(byte[] ascii);

  /** A boolean; under RESP2 the integers 1 and 0. */
  void bool(boolean value);

  /** An integer of any size in decimal; under RESP2 a bulk string. */
  void bigNumber(String decimal);

  /** Text with a format of three letters (txt, mkd); under RESP2 a bulk string. */
  void verbatim(String format, byte[] text);

  /**
   * Begins an array whose length is not known yet.
   *
   * @return what {@link #endArray} needs
   */
  int beginArray();

  /** Ends an array begun at that mark with that many elements. */
  void endArray(int mark, int elements);

  /** As {@link #endArray} for a map of pairs. */
  void endMap(int mark, int pairs);

  /** As {@link #endArray} for a set. */
  void endSet(int mark, int elements);

  /** Where the next element will stand, for {@link #rewind}. */
  int mark();

  /** Takes back everything written since the mark; used when a command fails half way. */
  void rewind(int mark);
}
