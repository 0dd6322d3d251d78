package io.engramdb.node.command;

import io.engramdb.node.base.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The words of a request: ranges of one array, the command name first.
 *
 * <p>Valid only while the command runs, because the decoder uses array and object again; whatever
 * must live longer is copied ({@link #copy}, {@link #detached}). Words passed to {@link #is} are
 * upper-case ASCII.
 */
public final class Args {

  private static final int INITIAL_WORDS = 8;

  private byte[] array;

  /** Offset and length of each word, alternating. */
  private int[] ranges;

  private int count;

  /** The command that was found for these words, so that it is looked for once; null if not yet. */
  private @Nullable CommandSpec command;

  public Args() {
    this.array = new byte[0];
    this.ranges = new int[INITIAL_WORDS * 2];
  }

  /** A request of these words, for tests and for effects that are executed again. */
  public static Args of(byte[]... words) {
    Args args = new Args();
    int total = 0;
    for (byte[] word : words) {
      total += word.length;
    }
    args.array = new byte[total];
    int at = 0;
    for (byte[] word : words) {
      System.arraycopy(word, 0, args.array, at, word.length);
      args.add(at, word.length);
      at += word.length;
    }
    return args;
  }

  /** A request of these words in UTF-8. */
  public static Args of(String... words) {
    byte[][] encoded = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      encoded[i] = words[i].getBytes(StandardCharsets.UTF_8);
    }
    return of(encoded);
  }

  // --- filling, by decoders

  /** Starts a new request whose words lie in this array. */
  public void reset(byte[] newArray) {
    array = newArray;
    count = 0;
    command = null;
  }

  /** Exchanges the array when the same bytes have moved by {@code shift} places. */
  public void rebase(byte[] newArray, int shift) {
    array = newArray;
    for (int i = 0; i < count; i++) {
      ranges[2 * i] += shift;
    }
  }

  /** Adds a word. */
  public void add(int offset, int length) {
    if (2 * count == ranges.length) {
      ranges = Arrays.copyOf(ranges, ranges.length * 2);
    }
    ranges[2 * count] = offset;
    ranges[2 * count + 1] = length;
    count++;
  }

  /** Remembers the command that these words name. */
  void found(@Nullable CommandSpec spec) {
    command = spec;
  }

  /** What {@link #found} was told, or null. */
  @Nullable CommandSpec found() {
    return command;
  }

  // --- reading

  /** Words, the command name included. */
  public int count() {
    return count;
  }

  public byte[] array() {
    return array;
  }

  public int offset(int word) {
    return ranges[2 * word];
  }

  public int length(int word) {
    return ranges[2 * word + 1];
  }

  /** A copy of one word. */
  public byte[] copy(int word) {
    int offset = offset(word);
    return Arrays.copyOfRange(array, offset, offset + length(word));
  }

  /** A copy of one word with value equality. */
  public Bytes bytes(int word) {
    return Bytes.wrap(copy(word));
  }

  /** One word as text, bytes as they are (ISO 8859-1); not for the hot path. */
  public String text(int word) {
    return new String(array, offset(word), length(word), StandardCharsets.ISO_8859_1);
  }

  /**
   * One word as Redis prints it inside an error: up to its first zero byte. Not for the hot path.
   */
  public String textToZero(int word) {
    String text = text(word);
    int zero = text.indexOf('\0');
    return zero < 0 ? text : text.substring(0, zero);
  }

  /** An independent copy of the whole request. */
  public Args detached() {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += length(i);
    }
    Args copy = new Args();
    copy.array = new byte[total];
    copy.ranges = new int[Math.max(2, count * 2)];
    int at = 0;
    for (int i = 0; i < count; i++) {
      System.arraycopy(array, offset(i), copy.array, at, length(i));
      copy.add(at, length(i));
      at += length(i);
    }
    return copy;
  }

  /** Bytes of all words together. */
  public long sizeBytes() {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += length(i);
    }
    return total;
  }

  /** Whether the word equals this upper-case ASCII text, without regard to case. */
  public boolean is(int word, String upperCase) {
    int length = length(word);
    if (length != upperCase.length()) {
      return false;
    }
    int offset = offset(word);
    for (int i = 0; i < length; i++) {
      int b = array[offset + i];
      if (b >= 'a' && b <= 'z') {
        b -= 'a' - 'A';
      }
      if (b != upperCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the word equals these bytes exactly. */
  public boolean equals(int word, byte[] bytes) {
    int offset = offset(word);
    return Arrays.equals(array, offset, offset + length(word), bytes, 0, bytes.length);
  }

  /**
   * The word as a 64-bit integer, in the strict form that Redis accepts (no spaces, no plus sign,
   * no leading zeros).
   *
   * @throws CommandError NOT_AN_INTEGER
   */
  public long longAt(int word) {
    return longAt(word, CommandError.NOT_AN_INTEGER);
  }

  /** As {@link #longAt(int)} with another error. */
  public long longAt(int word, CommandError otherwise) {
    int offset = offset(word);
    int length = length(word);
    if (!Numbers.isLong(array, offset, length)) {
      throw otherwise;
    }
    return Numbers.parseLong(array, offset, length);
  }

  /** The word as an integer, or the default if it is none. */
  public long longOr(int word, long otherwise) {
    if (word >= count) {
      return otherwise;
    }
    int offset = offset(word);
    int length = length(word);
    return Numbers.isLong(array, offset, length)
        ? Numbers.parseLong(array, offset, length)
        : otherwise;
  }

  /**
   * The word as an integer of a range.
   *
   * @throws CommandError NOT_AN_INTEGER if it is none, the given one if it is out of range
   */
  public long longInRange(int word, long least, long greatest, CommandError outOfRange) {
    long value = longAt(word);
    if (value < least || value > greatest) {
      throw outOfRange;
    }
    return value;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(text(i));
    }
    return text.toString();
  }
}
