package io.engramdb.node.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RespRequestDecoderFuzzTest {

  private static final int ROUNDS = 20_000;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void everySplitOfEveryMessageGivesTheSameRequests() {
    for (String message :
        List.of(
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\nb\0\r\n*1\r\n$4\r\nPING\r\n",
            "*0\r\n*-1\r\n*1\r\n$0\r\n\r\n",
            "set k \"a\\x41\\n\" 'it\\'s'\r\n\r\nping\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n",
            "*2\r\n$3\r\nGET\r\n#1\r\n",
            "*1\r\n$-1\r\n",
            "echo \"open\r\n")) {
      NaiveParser expected = new NaiveParser(message).parse();
      byte[] bytes = DecoderFeed.bytes(message);
      for (int first = 0; first <= bytes.length; first++) {
        for (int second = first; second <= bytes.length; second++) {
          DecoderFeed feed = new DecoderFeed();
          feed.add(Arrays.copyOfRange(bytes, 0, first), 2);
          feed.add(Arrays.copyOfRange(bytes, first, second), 0);
          feed.add(Arrays.copyOfRange(bytes, second, bytes.length), 5);
          compare(message, expected, feed);
        }
      }
    }
  }

  @Test
  void damagedInputInRandomPiecesGivesWhatTheNaiveParserGives() {
    System.out.println("RespRequestDecoderFuzzTest -Dseed=" + seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = DecoderFeed.bytes(randomInput());
      for (int damage = random.nextInt(3); damage > 0 && bytes.length > 0; damage--) {
        bytes[random.nextInt(bytes.length)] = randomByte();
      }
      String input = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
      NaiveParser expected = new NaiveParser(input).parse();
      DecoderFeed feed = new DecoderFeed();
      int at = 0;
      while (at < bytes.length) {
        int next = Math.min(bytes.length, at + 1 + random.nextInt(random.nextBoolean() ? 3 : 60));
        feed.add(Arrays.copyOfRange(bytes, at, next), random.nextInt(4));
        at = next;
      }
      compare(input, expected, feed);
    }
  }

  private void compare(String input, NaiveParser expected, DecoderFeed feed) {
    if (feed.foreign) {
      return;
    }
    String about = "seed " + seed + " input " + input;
    assertEquals(expected.requests, feed.requests, about);
    assertEquals(expected.error, feed.error, about);
  }

  private byte randomByte() {
    String likely = "*$\r\n0123456789-\"'\\ x\0";
    return random.nextInt(4) == 0
        ? (byte) random.nextInt(256)
        : (byte) likely.charAt(random.nextInt(likely.length()));
  }

  private String randomInput() {
    StringBuilder input = new StringBuilder();
    for (int messages = random.nextInt(4) + 1; messages > 0; messages--) {
      if (random.nextInt(3) == 0) {
        inline(input);
      } else {
        multibulk(input);
      }
    }
    return input.toString();
  }

  private void multibulk(StringBuilder input) {
    int words = random.nextInt(14);
    input.append('*').append(words).append("\r\n");
    for (int i = 0; i < words; i++) {
      int length = random.nextInt(random.nextInt(10) == 0 ? 200 : 12);
      input.append('$').append(length).append("\r\n");
      for (int j = 0; j < length; j++) {
        input.append((char) (randomByte() & 0xff));
      }
      input.append("\r\n");
    }
  }

  private void inline(StringBuilder input) {
    String[] pieces = {
      "set",
      "k1",
      " ",
      "  ",
      "\t",
      "\"a b\"",
      "'c d'",
      "\"\\x4a\\n\\q\"",
      "'\\''",
      "\"",
      "'",
      "\\",
      "\u000b"
    };
    for (int i = random.nextInt(8); i > 0; i--) {
      input.append(pieces[random.nextInt(pieces.length)]);
      if (random.nextBoolean()) {
        input.append(' ');
      }
    }
    input.append(random.nextBoolean() ? "\r\n" : "\n");
  }
}
