package io.engramdb.node.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.engramdb.node.commands.ExtendedFloat.Kind;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ExtendedFloatTest {

  private static ExtendedFloat.Parsed parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return ExtendedFloat.parse(bytes, 0, bytes.length);
  }

  private static BigDecimal value(String text) {
    BigDecimal value = parse(text).value();
    assertNotNull(value, text);
    return value;
  }

  private static String sum(String first, String second) {
    BigDecimal sum = ExtendedFloat.add(value(first), value(second));
    assertNotNull(sum, first + " + " + second);
    return new String(ExtendedFloat.text(sum), StandardCharsets.US_ASCII);
  }

  @Test
  void sumsReadAsRedisWritesThem() throws IOException {
    for (String line : Files.readAllLines(Path.of("src/test/resources/incrbyfloat.txt"))) {
      if (!line.startsWith("#")) {
        String[] words = line.split(" ");
        assertEquals(words[2], sum(words[0], words[1]), line);
      }
    }
  }

  @Test
  void sixtyFourBitsOfMantissaAreKept() {
    assertEquals("18446744073709551615", sum("18446744073709551615", "0"));
    assertEquals("18446744073709551616", sum("18446744073709551615", "0.5"));
    assertEquals("36893488147419103232", sum("36893488147419103231", "0"));
    assertEquals("0.3", sum("0.1", "0.2"));
  }

  @Test
  void whatIsTooLargeIsInvalidAsTextAndInfiniteAsASum() {
    assertEquals(Kind.FINITE, parse("1.1e4932").kind());
    assertEquals(Kind.INVALID, parse("1.2e4932").kind());
    assertEquals(Kind.INVALID, parse("1e99999999999").kind());
    assertEquals(Kind.INVALID, parse("1e-99999999999").kind());
    assertEquals(Kind.INFINITE, parse("-Infinity").kind());
    assertNull(ExtendedFloat.add(value("1.1e4932"), value("1.1e4932")));
  }

  @Test
  void hexadecimalTextIsANumberAsInC() {
    assertEquals("16", sum("0x10", "0"));
    assertEquals("-16", sum("-0X10", "0"));
    assertEquals("16", sum("0x1p4", "0"));
    assertEquals("1.5", sum("0x1.8", "0"));
    assertEquals("0.5", sum("+0x.8", "0"));
    assertEquals("2", sum("0x1.p1", "0"));
    assertEquals("482", sum("0x1e2", "0"));
    assertEquals("0", sum("0x1p-16444", "0"));
    assertEquals("0", sum("-0x0p99999999", "0"));
    for (String text :
        new String[] {"0x", "0xg", "0x1p", "0x.p1", "0x1p16384", "0x1p-99999999", "0x1 "}) {
      assertEquals(Kind.INVALID, parse(text).kind(), text);
    }
  }

  @Test
  void textThatIsNoNumberIsInvalid() {
    for (String text :
        new String[] {"", ".", "e5", "1e", "1e+", "--1", "1 ", " 1", "nan", "1.2.3"}) {
      assertEquals(Kind.INVALID, parse(text).kind(), text);
    }
  }
}
