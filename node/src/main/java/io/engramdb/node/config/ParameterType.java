package io.engramdb.node.config;

import java.util.List;
import java.util.Locale;

/**
 * What values a parameter takes. Every value is kept in one canonical text, which is what CONFIG
 * GET shows. Error texts are those of Redis 7.2. Immutable, any thread.
 */
public interface ParameterType {

  /**
   * The canonical text of a value.
   *
   * @throws ConfigException with what the value must be
   */
  String canonical(String value) throws ConfigException;

  /** The permitted values in a few words, for documentation. */
  String describe();

  /** Whether a value is several words, which a configuration file writes without quotes. */
  default boolean severalWords() {
    return false;
  }

  /** What a parameter holds when a second line of a file names it again. */
  default String merge(String current, String added) {
    return added;
  }

  /** Whether CONFIG SET merges too, because a value may name only a part of what there is. */
  default boolean setMerges() {
    return false;
  }

  /** The lines of a file that hold this value, each without the directive's name. */
  default List<String> fileLines(String canonical) {
    return List.of(
        severalWords() && !canonical.isEmpty() ? canonical : ConfigWords.quote(canonical));
  }

  /** {@code yes} or {@code no}. */
  static ParameterType bool() {
    return new ParameterType() {
      @Override
      public String canonical(String value) throws ConfigException {
        String lower = value.toLowerCase(Locale.ROOT);
        if (!lower.equals("yes") && !lower.equals("no")) {
          throw new ConfigException("argument must be 'yes' or 'no'");
        }
        return lower;
      }

      @Override
      public String describe() {
        return "yes or no";
      }
    };
  }

  /** An integer of that range. */
  static ParameterType integer(long least, long greatest) {
    return number(ParameterType::parseInteger, "integer", least, greatest);
  }

  /** Reads a number. */
  @FunctionalInterface
  interface NumberReader {
    long read(String value) throws ConfigException;
  }

  private static ParameterType number(
      NumberReader reader, String description, long least, long greatest) {
    return new ParameterType() {
      @Override
      public String canonical(String value) throws ConfigException {
        long number = reader.read(value);
        if (number < least || number > greatest) {
          throw new ConfigException(
              "argument must be between " + least + " and " + greatest + " inclusive");
        }
        return Long.toString(number);
      }

      @Override
      public String describe() {
        return description + ", " + least + " to " + greatest;
      }
    };
  }

  /** An integer written in octal, as file modes are. */
  static ParameterType octal() {
    return new ParameterType() {
      @Override
      public String canonical(String value) throws ConfigException {
        if (!value.matches("[0-7]{1,4}")) {
          throw new ConfigException("argument couldn't be parsed into an integer");
        }
        return Integer.toOctalString(Integer.parseInt(value, 8));
      }

      @Override
      public String describe() {
        return "octal number, 0 to 7777";
      }
    };
  }

  /** Bytes: digits with an optional unit (k, kb, m, mb, g, gb). */
  static ParameterType memory(long least, long greatest) {
    return number(ParameterType::parseMemory, "bytes (units k, kb, m, mb, g, gb)", least, greatest);
  }

  /** As {@link #memory}, or a percentage of the memory limit. */
  static ParameterType memoryOrPercent() {
    return new ParameterType() {
      @Override
      public String canonical(String value) throws ConfigException {
        if (value.endsWith("%")) {
          String digits = value.substring(0, value.length() - 1);
          if (!digits.matches("[0-9]{1,9}")) {
            throw new ConfigException("argument must be a memory or percent value");
          }
          if (Integer.parseInt(digits) > 100) {
            throw new ConfigException("percentage argument must be less or equal to 100");
          }
          return Integer.parseInt(digits) + "%";
        }
        try {
          return Long.toString(parseMemory(value));
        } catch (ConfigException wrong) {
          throw new ConfigException("argument must be a memory or percent value");
        }
      }

      @Override
      public String describe() {
        return "bytes, or a percentage of maxmemory";
      }
    };
  }

  /** One of these words, without regard to case. */
  static ParameterType oneOf(String... words) {
    List<String> permitted = List.of(words);
    return new ParameterType() {
      @Override
      public String canonical(String value) throws ConfigException {
        String lower = value.toLowerCase(Locale.ROOT);
        if (!permitted.contains(lower)) {
          throw new ConfigException(
              "argument(s) must be one of the following: " + String.join(", ", permitted));
        }
        return lower;
      }

      @Override
      public String describe() {
        return String.join(", ", permitted);
      }
    };
  }

  /** Any text. */
  static ParameterType text() {
    return new ParameterType() {
      @Override
      public String canonical(String value) {
        return value;
      }

      @Override
      public String describe() {
        return "text";
      }
    };
  }

  /** Any words. */
  static ParameterType words() {
    return new ParameterType() {
      @Override
      public String canonical(String value) {
        return value.strip();
      }

      @Override
      public String describe() {
        return "words";
      }

      @Override
      public boolean severalWords() {
        return true;
      }
    };
  }

  /** Text of that form, or nothing. */
  static ParameterType pattern(String regularExpression, String description, String error) {
    return new ParameterType() {
      @Override
      public String canonical(String value) throws ConfigException {
        if (!value.isEmpty() && !value.matches(regularExpression)) {
          throw new ConfigException(error);
        }
        return value;
      }

      @Override
      public String describe() {
        return description;
      }
    };
  }

  private static long parseInteger(String value) throws ConfigException {
    try {
      return Long.parseLong(value.startsWith("+") ? "x" : value);
    } catch (NumberFormatException wrong) {
      throw new ConfigException("argument couldn't be parsed into an integer");
    }
  }

  private static long parseMemory(String value) throws ConfigException {
    int digits = 0;
    while (digits < value.length() && Character.digit(value.charAt(digits), 10) >= 0) {
      digits++;
    }
    long unit =
        switch (value.substring(digits).toLowerCase(Locale.ROOT)) {
          case "", "b" -> 1;
          case "k" -> 1_000;
          case "kb" -> 1L << 10;
          case "m" -> 1_000_000;
          case "mb" -> 1L << 20;
          case "g" -> 1_000_000_000;
          case "gb" -> 1L << 30;
          default -> 0;
        };
    try {
      if (unit > 0) {
        return Math.multiplyExact(Long.parseLong(value.substring(0, digits)), unit);
      }
    } catch (NumberFormatException | ArithmeticException wrong) {
      // Falls to the one error below.
    }
    throw new ConfigException("argument must be a memory value");
  }
}
