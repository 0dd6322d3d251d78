package io.engramdb.node.resp;

import io.engramdb.node.command.Args;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Feeds a decoder in pieces and writes down what comes out; each piece lies in a new array. */
final class DecoderFeed {

  private final RespRequestDecoder decoder = new RespRequestDecoder();
  private final RespLimits limits;
  private final boolean authenticated;
  private byte[] pending = new byte[0];

  /** Requests as lists of words, ISO 8859-1. */
  final List<List<String>> requests = new ArrayList<>();

  String error = "";
  boolean foreign;

  DecoderFeed(RespLimits limits, boolean authenticated) {
    this.limits = limits;
    this.authenticated = authenticated;
  }

  DecoderFeed() {
    this(RespLimits.DEFAULT, true);
  }

  static DecoderFeed all(String input) {
    DecoderFeed feed = new DecoderFeed();
    feed.add(bytes(input), 0);
    return feed;
  }

  static byte[] bytes(String input) {
    return input.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Adds bytes, with that many foreign ones before the window. */
  void add(byte[] piece, int before) {
    byte[] next = new byte[before + pending.length + piece.length + 3];
    System.arraycopy(pending, 0, next, before, pending.length);
    System.arraycopy(piece, 0, next, before + pending.length, piece.length);
    int end = before + pending.length + piece.length;
    decoder.window(next, before, end);
    while (true) {
      RespRequestDecoder.Outcome outcome = decoder.next(authenticated, limits);
      if (outcome == RespRequestDecoder.Outcome.REQUEST) {
        requests.add(words(decoder.args()));
        continue;
      }
      if (outcome == RespRequestDecoder.Outcome.ERROR) {
        error = decoder.error();
      }
      foreign |= outcome == RespRequestDecoder.Outcome.FOREIGN_PROTOCOL;
      break;
    }
    pending = java.util.Arrays.copyOfRange(next, decoder.keepFrom(), end);
  }

  RespRequestDecoder decoder() {
    return decoder;
  }

  static List<String> words(Args args) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < args.count(); i++) {
      words.add(args.text(i));
    }
    return words;
  }
}
