package io.engramdb.node.resp;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.command.ReplyWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What RESP2 and RESP3 write alike. Writes straight into the buffer it is pointed at; one writer
 * serves a whole shard loop.
 */
public abstract sealed class RespReplyWriter implements ReplyWriter
    permits Resp2ReplyWriter, Resp3ReplyWriter {

  /** Integers and lengths from 0 up to this are written from ready-made bytes. */
  private static final int READY_MADE = 1024;

  /** Type byte, a number of up to 20 characters, line end. */
  private static final int MAX_HEADER_BYTES = 3 + Numbers.MAX_LONG_DIGITS;

  private static final byte[][] INTEGERS = headers(':');
  private static final byte[][] BULKS = headers('$');
  private static final byte[][] ARRAYS = headers('*');

  private static final byte[] OK = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Header of a container whose length is not known yet, with room for one digit. */
  private static final byte[] PLACEHOLDER = "*0\r\n".getBytes(StandardCharsets.US_ASCII);

  private ReplyBuffer out = new ReplyBuffer();

  /** The writer of the other version, made when it is asked for. */
  private @Nullable RespReplyWriter other;

  private static byte[][] headers(char type) {
    byte[][] all = new byte[READY_MADE][];
    for (int i = 0; i < READY_MADE; i++) {
      all[i] = ascii(type + Integer.toString(i) + "\r\n");
    }
    return all;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public final ReplyWriter inProtocol(int version) {
    if (version == protocol()) {
      return this;
    }
    RespReplyWriter writer = other;
    if (writer == null) {
      writer = version == 3 ? new Resp3ReplyWriter() : new Resp2ReplyWriter();
      other = writer;
    }
    writer.target(out);
    return writer;
  }

  /** From here on replies go into that buffer. */
  public final void target(ReplyBuffer buffer) {
    out = buffer;
  }

  /** Appends bytes as they are. */
  final void raw(byte[] bytes) {
    out.append(bytes, 0, bytes.length);
  }

  /** Type byte, number, line end. */
  final void header(char type, long value) {
    byte[] array = out.reserve(MAX_HEADER_BYTES);
    int at = out.end();
    array[at++] = (byte) type;
    at = Numbers.write(value, array, at);
    array[at++] = '\r';
    array[at++] = '\n';
    out.advanceTo(at);
  }

  /** Type byte, text, line end. */
  final void line(char type, byte[] text, int length) {
    byte[] array = out.reserve(length + 3);
    int at = out.end();
    array[at++] = (byte) type;
    System.arraycopy(text, 0, array, at, length);
    at += length;
    array[at++] = '\r';
    array[at++] = '\n';
    out.advanceTo(at);
  }

  /** Text and line end. */
  final void line(byte[] text) {
    byte[] array = out.reserve(text.length + 2);
    int at = out.end();
    System.arraycopy(text, 0, array, at, text.length);
    at += text.length;
    array[at++] = '\r';
    array[at++] = '\n';
    out.advanceTo(at);
  }

  @Override
  public final void ok() {
    raw(OK);
  }

  @Override
  public final void simple(byte[] ascii) {
    line('+', ascii, ascii.length);
  }

  @Override
  public final void simple(String ascii) {
    simple(ascii(ascii));
  }

  @Override
  public final void error(CommandError error) {
    // Whatever the limit: nobody is there who could tell a client that its error found no room.
    out.unlimited();
    line('-', error.line(), error.line().length);
  }

  @Override
  public final void integer(long value) {
    if (value >= 0 && value < READY_MADE) {
      raw(INTEGERS[(int) value]);
    } else {
      header(':', value);
    }
  }

  @Override
  public final void bulk(byte[] bytes, int offset, int length) {
    if (length < READY_MADE) {
      raw(BULKS[length]);
    } else {
      header('$', length);
    }
    byte[] array = out.reserve(length + 2);
    int at = out.end();
    System.arraycopy(bytes, offset, array, at, length);
    at += length;
    array[at++] = '\r';
    array[at++] = '\n';
    out.advanceTo(at);
  }

  @Override
  public final void bulk(String text) {
    bulk(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public final void bulk(long value) {
    int length = Numbers.lengthOf(value);
    raw(BULKS[length]);
    byte[] array = out.reserve(length + 2);
    int at = Numbers.write(value, array, out.end());
    array[at++] = '\r';
    array[at++] = '\n';
    out.advanceTo(at);
  }

  @Override
  public final void array(int elements) {
    if (elements < READY_MADE) {
      raw(ARRAYS[elements]);
    } else {
      header('*', elements);
    }
  }

  @Override
  public final int beginArray() {
    int mark = out.end();
    raw(PLACEHOLDER);
    return mark;
  }

  @Override
  public final void endArray(int mark, int elements) {
    endContainer('*', mark, elements);
  }

  /** Puts the real header in place of the placeholder; from ten elements on the body moves. */
  final void endContainer(char type, int mark, int elements) {
    int extra = Numbers.lengthOf(elements) - 1;
    byte[] array = out.array();
    if (extra > 0) {
      array = out.reserve(extra);
      int body = mark + PLACEHOLDER.length;
      System.arraycopy(array, body, array, body + extra, out.end() - body);
      out.advanceTo(out.end() + extra);
    }
    array[mark] = (byte) type;
    int at = Numbers.write(elements, array, mark + 1);
    array[at] = '\r';
    array[at + 1] = '\n';
  }

  @Override
  public final int mark() {
    return out.end();
  }

  @Override
  public final void rewind(int mark) {
    out.truncate(mark);
  }
}
