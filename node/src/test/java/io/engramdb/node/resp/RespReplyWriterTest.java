package io.engramdb.node.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.ReplyBuffer;
import io.engramdb.node.command.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RespReplyWriterTest {

  private static void expect(String resp2, String resp3, Consumer<ReplyWriter> replies) {
    assertEquals(resp2, written(new Resp2ReplyWriter(), replies));
    assertEquals(resp3, written(new Resp3ReplyWriter(), replies));
  }

  private static String written(RespReplyWriter writer, Consumer<ReplyWriter> replies) {
    ReplyBuffer buffer = new ReplyBuffer();
    writer.target(buffer);
    replies.accept(writer);
    return new String(
        buffer.array(), buffer.start(), buffer.sizeBytes(), StandardCharsets.ISO_8859_1);
  }

  private static void same(String both, Consumer<ReplyWriter> replies) {
    expect(both, both, replies);
  }

  @Test
  void plainTypesAreTheSameInBothVersions() {
    same("+OK\r\n", ReplyWriter::ok);
    same("+PONG\r\n", reply -> reply.simple("PONG"));
    same("-ERR syntax error\r\n", reply -> reply.error(CommandError.SYNTAX));
    same(
        ":0\r\n:1023\r\n:1024\r\n",
        reply -> {
          reply.integer(0);
          reply.integer(1023);
          reply.integer(1024);
        });
    same(":-9223372036854775808\r\n", reply -> reply.integer(Long.MIN_VALUE));
    same(
        "$0\r\n\r\n$2\r\nhi\r\n",
        reply -> {
          reply.bulk("");
          reply.bulk("hi");
        });
    same("$3\r\n-12\r\n", reply -> reply.bulk(-12));
    same("$2000\r\n" + "x".repeat(2000) + "\r\n", reply -> reply.bulk("x".repeat(2000)));
    same("*2000\r\n", reply -> reply.array(2000));
  }

  @Test
  void anErrorFindsRoomWhateverTheLimit() {
    ReplyBuffer buffer = new ReplyBuffer();
    RespReplyWriter writer = new Resp2ReplyWriter();
    writer.target(buffer);
    buffer.limit(1);
    for (int i = 0; i < 200; i++) {
      writer.error(CommandError.SYNTAX);
    }
    assertEquals(200 * "-ERR syntax error\r\n".length(), buffer.sizeBytes());
    assertFalse(buffer.overflowed());
  }

  @Test
  void newTypesHaveOldForms() {
    expect("$-1\r\n", "_\r\n", ReplyWriter::nil);
    expect("*-1\r\n", "_\r\n", ReplyWriter::nilArray);
    expect("*4\r\n", "%2\r\n", reply -> reply.map(2));
    expect("*2\r\n", "~2\r\n", reply -> reply.set(2));
    expect("*2\r\n", ">2\r\n", reply -> reply.push(2));
    expect("$3\r\n1.5\r\n", ",1.5\r\n", reply -> reply.real(1.5));
    expect("$3\r\ninf\r\n", ",inf\r\n", reply -> reply.real(Double.POSITIVE_INFINITY));
    expect(":1\r\n", "#t\r\n", reply -> reply.bool(true));
    expect(":0\r\n", "#f\r\n", reply -> reply.bool(false));
    expect("$3\r\n123\r\n", "(123\r\n", reply -> reply.bigNumber("123"));
    expect("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n", reply -> reply.verbatim("txt", "hi".getBytes()));
  }

  @Test
  void containersOfUnknownLengthGetTheirHeaderAtTheEnd() {
    for (int inner : new int[] {0, 9, 10, 123}) {
      int pairs = inner / 2;
      StringBuilder elements = new StringBuilder();
      elements.repeat(":7\r\n", inner);
      expect(
          "+a\r\n*3\r\n*"
              + inner
              + "\r\n"
              + elements
              + "*"
              + inner
              + "\r\n"
              + elements
              + "*"
              + pairs * 2
              + "\r\n+z\r\n",
          "+a\r\n*3\r\n*"
              + inner
              + "\r\n"
              + elements
              + "~"
              + inner
              + "\r\n"
              + elements
              + "%"
              + pairs
              + "\r\n+z\r\n",
          reply -> {
            reply.simple("a");
            int outer = reply.beginArray();
            int array = reply.beginArray();
            repeat(reply, inner);
            reply.endArray(array, inner);
            int set = reply.beginArray();
            repeat(reply, inner);
            reply.endSet(set, inner);
            int map = reply.beginArray();
            reply.endMap(map, pairs);
            reply.endArray(outer, 3);
            reply.simple("z");
          });
    }
  }

  private static void repeat(ReplyWriter reply, int times) {
    for (int i = 0; i < times; i++) {
      reply.integer(7);
    }
  }

  @Test
  void aFailedCommandTakesItsReplyBack() {
    same(
        "+a\r\n-ERR no such key\r\n",
        reply -> {
          reply.simple("a");
          int mark = reply.mark();
          int array = reply.beginArray();
          reply.bulk("half");
          reply.endArray(array, 100);
          reply.rewind(mark);
          reply.error(CommandError.NO_SUCH_KEY);
        });
  }
}
