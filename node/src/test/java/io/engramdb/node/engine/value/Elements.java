package io.engramdb.node.engine.value;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Elements as text, for comparing with the JDK's collections. */
final class Elements implements ElementVisitor {

  final List<String> seen = new ArrayList<>();

  static ByteRange range(String text) {
    return ByteRange.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public boolean text(byte[] array, int offset, int length) {
    seen.add(new String(array, offset, length, StandardCharsets.ISO_8859_1));
    return true;
  }

  @Override
  public boolean integer(long value) {
    seen.add(Long.toString(value));
    return true;
  }

  /** A word or number of any size that packed forms treat differently, out of a small choice. */
  static String random(Random random, int choice) {
    int number = random.nextInt(choice);
    return switch (number % 8) {
      case 0 -> Integer.toString(number);
      case 1 -> Long.toString((long) number << (number % 56));
      case 2 -> Long.toString(-((long) number << (number % 56)));
      case 3 -> "0" + number;
      case 4 -> "x".repeat(number % 200);
      case 5 ->
          number % 100 == 5
              ? "y".repeat(70_000)
              : number % 50 == 5 ? "y".repeat(4096 + number) : "e" + number;
      default -> "element-" + number;
    };
  }
}
