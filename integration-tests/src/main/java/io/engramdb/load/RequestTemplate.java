package io.engramdb.load;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The bytes of one request, with holes for numbers. What a hole gets is drawn anew each time:
 * {@code {key}} is {@code key:} and twelve digits of a random key, {@code {number}} the digits
 * alone, {@code {seq}} twelve digits of the request's sequence number, {@code {data}} is filler of
 * a fixed size. So one request costs one copy and a few digits.
 */
final class RequestTemplate {
  /** Digits of a key's number, as redis-benchmark writes them. */
  static final int DIGITS = 12;

  private static final String KEY_PREFIX = "key:";
  private static final int DECIMAL = 10;

  private final byte[] bytes;
  private final int[] randomAt;
  private final int[] sequenceAt;

  private RequestTemplate(byte[] bytes, List<Integer> randomAt, List<Integer> sequenceAt) {
    this.bytes = bytes;
    this.randomAt = randomAt.stream().mapToInt(Integer::intValue).toArray();
    this.sequenceAt = sequenceAt.stream().mapToInt(Integer::intValue).toArray();
  }

  int sizeBytes() {
    return bytes.length;
  }

  /** Appends the request to {@code out}, which has room for it. */
  void write(ByteBuffer out, long sequence, SplittableRandom random, long keyCount) {
    int at = out.position();
    out.put(bytes);
    for (int hole : randomAt) {
      digits(out, at + hole, random.nextLong(keyCount));
    }
    for (int hole : sequenceAt) {
      digits(out, at + hole, sequence);
    }
  }

  private static void digits(ByteBuffer out, int at, long number) {
    long rest = number;
    for (int i = at + DIGITS - 1; i >= at; i--) {
      out.put(i, (byte) ('0' + rest % DECIMAL));
      rest /= DECIMAL;
    }
  }

  /** Collects bytes and holes. */
  static final class Builder {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Integer> randomAt = new ArrayList<>();
    private final List<Integer> sequenceAt = new ArrayList<>();
    private final String data;

    /**
     * @param dataBytes size of {@code {data}}
     */
    Builder(int dataBytes) {
      this.data = "x".repeat(dataBytes);
    }

    Builder raw(byte[] more) {
      bytes.writeBytes(more);
      return this;
    }

    Builder raw(String more) {
      return raw(more.getBytes(StandardCharsets.UTF_8));
    }

    /** Size of a word once its holes are filled. */
    int sizeOf(String word) {
      return new Builder(data.length()).word(word).bytes.size();
    }

    /** Appends a word and remembers its holes. */
    Builder word(String word) {
      int at = 0;
      while (at < word.length()) {
        if (word.startsWith("{key}", at)) {
          raw(KEY_PREFIX).hole(randomAt);
          at += "{key}".length();
        } else if (word.startsWith("{number}", at)) {
          hole(randomAt);
          at += "{number}".length();
        } else if (word.startsWith("{seq}", at)) {
          hole(sequenceAt);
          at += "{seq}".length();
        } else if (word.startsWith("{data}", at)) {
          raw(data);
          at += "{data}".length();
        } else {
          raw(word.substring(at, at + 1));
          at++;
        }
      }
      return this;
    }

    private void hole(List<Integer> holes) {
      holes.add(bytes.size());
      raw("0".repeat(DIGITS));
    }

    RequestTemplate build() {
      return new RequestTemplate(bytes.toByteArray(), randomAt, sequenceAt);
    }
  }
}
