package io.engramdb.node.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.engramdb.node.resp.RespRequestDecoder.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class RespRequestDecoderTest {

  private static String errorOf(String input) {
    return DecoderFeed.all(input).error;
  }

  @Test
  void requestsAreReadInBothForms() {
    DecoderFeed feed = DecoderFeed.all("*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\nping\r\n");
    assertEquals(List.of(List.of("ECHO", "hi"), List.of("ping")), feed.requests);
    assertEquals("", feed.error);
  }

  @Test
  void inlineWordsFollowTheQuotingRules() {
    DecoderFeed feed = DecoderFeed.all("set \"a\\x20b\\t\" 'it\\'s \\n' pre\"fix\" \"\"\n");
    assertEquals(List.of(List.of("set", "a b\t", "it's \\n", "prefix", "")), feed.requests);
  }

  @Test
  void malformedInputIsRefusedInTheWordsOfRedis() {
    assertEquals("Protocol error: invalid multibulk length", errorOf("*3000000000\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*+1\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*\r\n"));
    assertEquals("Protocol error: expected '$', got '*'", errorOf("*1\r\n*1\r\n"));
    assertEquals("Protocol error: invalid bulk length", errorOf("*1\r\n$-1\r\n"));
    assertEquals("Protocol error: invalid bulk length", errorOf("*1\r\n$536870913\r\n"));
    assertEquals("Protocol error: invalid bulk length", errorOf("*1\r\n$abc\r\n"));
    assertEquals("Protocol error: unbalanced quotes in request", errorOf("echo \"a\"b\r\n"));
  }

  @Test
  void endlessLinesAreRefused() {
    String digits = "1".repeat(RespLimits.MAX_LINE_BYTES + 1);
    assertEquals("Protocol error: too big mbulk count string", errorOf("*" + digits));
    assertEquals("Protocol error: too big bulk count string", errorOf("*1\r\n$" + digits));
    assertEquals("Protocol error: too big inline request", errorOf(digits));
    assertEquals("Protocol error: too big inline request", errorOf(digits + "\r\n"));
    assertEquals("", errorOf(digits.substring(2)));
  }

  @Test
  void strangersAreAllowedLess() {
    assertEquals("", strangerError("*10\r\n$16384\r\n"));
    assertEquals("Protocol error: unauthenticated multibulk length", strangerError("*11\r\n"));
    assertEquals("Protocol error: unauthenticated bulk length", strangerError("*1\r\n$16385\r\n"));
  }

  private static String strangerError(String input) {
    DecoderFeed feed = new DecoderFeed(RespLimits.DEFAULT, false);
    feed.add(DecoderFeed.bytes(input), 0);
    return feed.error;
  }

  @Test
  void nothingFollowsAnError() {
    DecoderFeed feed = DecoderFeed.all("*x\r\n");
    feed.add(DecoderFeed.bytes("ping\r\n"), 0);
    assertEquals(List.of(), feed.requests);
    assertEquals("Protocol error: invalid multibulk length", feed.error);
  }

  @Test
  void httpIsRecognised() {
    assertTrue(DecoderFeed.all("POST / HTTP/1.1\r\n").foreign);
    assertTrue(DecoderFeed.all("Host: localhost\r\n").foreign);
  }

  @Test
  void announcedLengthsReserveNothing() {
    DecoderFeed feed = DecoderFeed.all("*2147483647\r\n$536870912\r\nabc");
    assertEquals("", feed.error);
    assertEquals(536870912L + 2 - 3, feed.decoder().missingBytes());
  }

  @Test
  void aRequestThatWasNotExecutedIsKeptWithWhatFollowsIt() {
    RespRequestDecoder decoder = new RespRequestDecoder();
    byte[] input = DecoderFeed.bytes("get a\r\nget b\r\nget");
    decoder.window(input, 0, input.length);
    assertSame(Outcome.REQUEST, decoder.next(true, RespLimits.DEFAULT));
    assertSame(Outcome.REQUEST, decoder.next(true, RespLimits.DEFAULT));
    assertEquals(7, decoder.keepFrom());

    byte[] kept = DecoderFeed.bytes("...get b\r\nget");
    decoder.window(kept, 3, kept.length);
    java.util.Arrays.fill(input, (byte) '?');
    assertEquals(List.of("get", "b"), DecoderFeed.words(decoder.args()));
    assertSame(Outcome.INCOMPLETE, decoder.next(true, RespLimits.DEFAULT));
    assertEquals(3, decoder.pendingBytes());
  }

  @Test
  void aPipelineIsDecodedAheadAndHandedOutInOrder() {
    int count = RespRequestDecoder.LOOK_AHEAD + 3;
    StringBuilder text = new StringBuilder("..");
    for (int i = 0; i < count; i++) {
      text.append("get ").append(i).append("\r\n");
    }
    byte[] input = DecoderFeed.bytes(text.append("*1\r\n$x\r\n").toString());
    RespRequestDecoder decoder = new RespRequestDecoder();
    decoder.window(input, 2, input.length);
    for (int i = 0; i < count; i++) {
      assertSame(Outcome.REQUEST, decoder.next(true, RespLimits.DEFAULT));
      boolean first = i % RespRequestDecoder.LOOK_AHEAD == 0;
      int left = Math.min(RespRequestDecoder.LOOK_AHEAD, count - i);
      assertEquals(first ? left : 0, decoder.batchSize());
      for (int ahead = 0; ahead < decoder.batchSize(); ahead++) {
        assertEquals(Integer.toString(i + ahead), decoder.batch()[ahead].text(1));
      }
      // Whatever was not handed out moves with the window.
      int keepFrom = decoder.keepFrom();
      byte[] moved = new byte[1 + input.length - keepFrom];
      System.arraycopy(input, keepFrom, moved, 1, input.length - keepFrom);
      java.util.Arrays.fill(input, (byte) '?');
      input = moved;
      decoder.window(input, 1, input.length);
      assertEquals(List.of("get", Integer.toString(i)), DecoderFeed.words(decoder.args()));
    }
    assertSame(Outcome.ERROR, decoder.next(true, RespLimits.DEFAULT));
    assertEquals("Protocol error: invalid bulk length", decoder.error());
  }

  @Test
  void beforeTheLoginNothingIsDecodedAhead() {
    // The first request may be the login, after which the second one is allowed.
    RespRequestDecoder decoder = new RespRequestDecoder();
    String many = "*11\r\n" + "$1\r\nx\r\n".repeat(11);
    byte[] input = DecoderFeed.bytes("auth secret\r\n" + many);
    decoder.window(input, 0, input.length);
    assertSame(Outcome.REQUEST, decoder.next(false, RespLimits.DEFAULT));
    assertEquals(1, decoder.batchSize());
    assertSame(Outcome.REQUEST, decoder.next(true, RespLimits.DEFAULT));
    assertEquals(11, decoder.args().count());
  }

  @Test
  void aForeignProtocolBehindRequestsIsToldAfterThem() {
    RespRequestDecoder decoder = new RespRequestDecoder();
    byte[] input = DecoderFeed.bytes("ping\r\nPOST / HTTP/1.1\r\nping\r\n");
    decoder.window(input, 0, input.length);
    assertSame(Outcome.REQUEST, decoder.next(true, RespLimits.DEFAULT));
    assertSame(Outcome.FOREIGN_PROTOCOL, decoder.next(true, RespLimits.DEFAULT));
    assertSame(Outcome.FOREIGN_PROTOCOL, decoder.next(true, RespLimits.DEFAULT));
  }
}
