package io.engramdb.compat.oracle;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Random commands from the grammar of {@link Family}, with all their options; some of them
 * deliberately wrong. The same seed gives the same commands.
 *
 * <p>A template is words: those in capitals that {@link #word} knows are replaced, {@code WHOLE} by
 * the words of another command. {@code A|B} is a choice, {@code [x]} is there or not, {@code x...}
 * is repeated one to three times; anything else is itself. Underscores inside a choice or brackets
 * stand for spaces between words. What stands on both sides of a semicolon is sent one after the
 * other, and never wrong.
 */
final class CommandGenerator {
  private static final String[] VALUES = {
    "",
    "a",
    "hello world",
    "0",
    "1",
    "-1",
    "10",
    "007",
    " 1",
    "1 ",
    "+5",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "3.14",
    "-0",
    "-0.5",
    "1e3",
    "5.0e3",
    "inf",
    "nan",
    "0x10",
    "\u0000\u00ff\r\n\u0001",
    "ohmytext",
    "mynewtext",
    "x".repeat(44),
    "x".repeat(45),
    "y".repeat(64),
    "y".repeat(65),
    "z".repeat(300),
  };

  private static final String[] INTEGERS = {
    "0",
    "1",
    "2",
    "3",
    "5",
    "-1",
    "-2",
    "-7",
    "100",
    "1000",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1.5",
    "abc",
    "",
    " 1",
    "+1",
    "00",
  };

  private static final String[] FLOATS = {
    "0",
    "1",
    "-1",
    "0.1",
    "-0.1",
    "1.5",
    "3.0e3",
    "5.0e-2",
    "1e400",
    "inf",
    "-inf",
    "nan",
    "abc",
    "",
    "1 ",
    "100000000000000000000",
    "0.000001",
    "10.50",
    "9007199254740993",
  };

  private static final String[] OFFSETS = {
    "0", "1", "2", "5", "10", "-1", "-2", "-5", "-100", "100", "600000000", "abc",
  };

  private static final String[] BORDER_MARKS = {"[", "[", "(", "(", "-", "+", ""};

  /** Far from now on both sides, so that no key expires between two comparisons. */
  private static final String[] TIMES_TO_LIVE = {
    "100000",
    "200000",
    "500000",
    "100000",
    "0",
    "-1",
    "-100000",
    "9223372036854775807",
    "abc",
    "1.5",
    "9223372036854775",
    "-9223372036854775808",
  };

  private static final String[] PATTERNS = {
    "*", "k*", "k?", "k[1-3]", "k[^1-3]", "*1", "nothing", "\\k1", "", "k[", "[", "**1", "f*", "?",
  };

  /**
   * A choice at random that changes data, and words that Redis 7.0 refuses before they are queued,
   * would part the two servers for good; a word more may be a time to wait for ever.
   */
  private static final Set<String> NEVER_SPOILED =
      Set.of(
          "SPOP",
          "ZRANK",
          "ZREVRANK",
          "BLPOP",
          "BRPOP",
          "BLMOVE",
          "BRPOPLPUSH",
          "BLMPOP",
          "BZPOPMIN",
          "BZPOPMAX",
          "BZMPOP");

  private static final double WRONG_ON_PURPOSE = 0.06;

  /** Keys of every type: k0, k1 … */
  private static final int KEYS = 8;

  /** Keys that mostly hold a list: those behind the keys of every type. */
  private static final int LISTS = 3;

  /** Keys that mostly hold a set, behind those. */
  private static final int SETS = 4;

  /** Keys that mostly hold a sorted set, behind those. */
  private static final int SORTED_SETS = 4;

  /** Keys that mostly hold a sorted set whose scores are all 0, behind those. */
  private static final int EQUAL_SCORES = 2;

  /** Keys that hold places, behind those. */
  private static final int PLACES = 3;

  /** Keys that mostly hold a stream, behind those. */
  private static final int STREAMS = 3;

  /** All keys, numbered from 0. */
  static final int ALL_KEYS = KEYS + LISTS + SETS + SORTED_SETS + EQUAL_SCORES + PLACES + STREAMS;

  private static final String[] IDS = {
    "0", "0-0", "0-*", "-", "+", "5-", "x", "18446744073709551615-1", "18446744073709551616",
  };

  private static final int FIELDS = 6;

  /** The stream whose ids are made from the clock. */
  static final String KEY_OF_CLOCK = "clock";

  /** Waits so long for what is not there; never for ever. */
  private static final String[] MOMENTS = {"0.001", "0.002", "0.001", "-1", "abc", ""};

  /** How often a command is one of the chosen families; the rest are of any. */
  private static final double CHOSEN = 0.75;

  /** What DUMP of redis-server 7.0 gave for a value of each type, and damaged ones. */
  private static final String[] PAYLOADS = {
    "000568656c6c6f0a006372df766534200a",
    "00c139300a009d94ea2793fc08b9",
    "1201020f0f00000003008161028162020301ff0a00dca1e67d50055048",
    "0b0e02000000030000000100020003000a00a5025ce26d6e4d1b",
    "02030161016301620a000d7e8a014cfe326c",
    "10151500000004008266310381760282663203817702ff0a001b9d909a5d122c59",
    "1114140000000400816102010181620283322e3504ff0a00d44c6ea4f644d9d7",
    "130110000000000000000500000000000000011e1e0000000a000101000101018266310300010201000100018176"
        + "020401ff010501050100000101026730000081ffffffffffffffff00000a006e1ebff9c476de42",
    "000568656c6c6f0a006372df766534200b",
    "00",
    "",
  };

  private static final String[] PARAMETERS = {
    "hash-max-listpack-entries",
    "hash-max-ziplist-value",
    "hash-max-listpack-value",
    "list-max-listpack-size",
    "set-max-intset-entries",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
    "stream-node-max-entries",
    "hll-sparse-max-bytes",
    "no-such-parameter",
  };

  /** Calls what its arguments say. */
  static final String WRAPPER = "return redis.call(unpack(ARGV))";

  private static final String PROTECTED =
      "local r = redis.pcall(unpack(ARGV)) if type(r) == 'table' and r.err then"
          + " return 'caught ' .. r.err end return r";

  private static final String WRAPPER_SHA = sha1(WRAPPER);

  private static final String[] LIBRARIES = {
    "#!lua name=lib1\nredis.register_function('f', function(keys, args)"
        + " return redis.call(unpack(args)) end)",
    "#!lua name=lib2\nredis.register_function{function_name='g', flags={'no-writes'},"
        + " callback=function(keys, args) return redis.call(unpack(args)) end}",
    "#!lua name=lib2\nredis.register_function('f', function() return 1 end)",
    "#!lua name=lib1\nreturn 1",
    "#!lua name=lib1\nredis.register_function('f'",
    "#!lua\nredis.register_function('f', function() return 1 end)",
    "#!java name=lib1\nclass f {}",
    "redis.register_function('f', function() return 1 end)",
  };

  private final Random random;
  private final List<String> chosen = new ArrayList<>();
  private final List<String> any = new ArrayList<>();
  private final LuaGenerator scripts;

  /** Commands of a template of several that are still to be sent. */
  private final Deque<List<String>> following = new ArrayDeque<>();

  /** Milliseconds of the newest id of a stream. */
  private long streamMs;

  /** Mostly of the first, now and then of the others. */
  CommandGenerator(long seed, Set<Family> chosen, Set<Family> others) {
    this.random = new Random(seed);
    this.scripts = new LuaGenerator(seed);
    chosen.forEach(family -> this.chosen.addAll(family.templates));
    others.forEach(family -> this.any.addAll(family.templates));
  }

  private static String sha1(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.ISO_8859_1));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** One command; the first word is its name. */
  List<String> next() {
    if (!following.isEmpty()) {
      return following.poll();
    }
    String template = pick(random.nextDouble() < CHOSEN ? chosen : any);
    if (template.contains(" ; ")) {
      for (String one : template.split(" ; ")) {
        following.add(expand(one));
      }
      return following.poll();
    }
    List<String> words = expand(template);
    if (random.nextDouble() < 0.2) {
      words.set(0, words.getFirst().toLowerCase(Locale.ROOT));
    }
    if (random.nextDouble() < WRONG_ON_PURPOSE
        && !NEVER_SPOILED.contains(words.getFirst().toUpperCase(Locale.ROOT))) {
      spoil(words);
    }
    return words;
  }

  private List<String> expand(String template) {
    List<String> words = new ArrayList<>();
    for (String part : template.split(" ")) {
      if (words.isEmpty()) {
        words.add(part);
      } else if (part.equals("WHOLE")) {
        words.addAll(whole());
      } else {
        expand(part, words);
      }
    }
    return words;
  }

  /** A command to be called by another one, so none that itself contains one. */
  private List<String> whole() {
    String template;
    do {
      template = pick(any);
    } while (template.contains("WHOLE") || template.contains(" ; "));
    return expand(template);
  }

  /** Whether that key holds places, and what is stored of them. */
  static boolean isPlaces(String key) {
    int first = ALL_KEYS - STREAMS - PLACES;
    return IntStream.range(first, first + PLACES).anyMatch(number -> key.equals("k" + number));
  }

  private void spoil(List<String> words) {
    int at = random.nextInt(words.size());
    switch (random.nextInt(4)) {
      case 0 -> {
        if (words.size() > 1) {
          words.removeLast();
        }
      }
      case 1 -> words.add(pick(VALUES));
      case 2 -> words.set(Math.max(1, at) % words.size(), "nonsense");
      default -> words.add(at == 0 ? 1 : at, words.get(at));
    }
  }

  private void expand(String part, List<String> words) {
    if (part.startsWith("[")) {
      if (random.nextInt(3) == 0) {
        expand(part.substring(1, part.length() - 1), words);
      }
    } else if (part.contains("|")) {
      expand(pick(part.split("\\|")), words);
    } else if (part.endsWith("...")) {
      int times = 1 + random.nextInt(3);
      for (int i = 0; i < times; i++) {
        expand(part.substring(0, part.length() - 3), words);
      }
    } else {
      for (String token : part.split("_")) {
        words.add(word(token));
      }
    }
  }

  private String word(String token) {
    return switch (token) {
      case "KEY" -> "k" + random.nextInt(random.nextInt(4) == 0 ? ALL_KEYS : KEYS);
      case "LIST" -> key(KEYS, LISTS);
      case "SET" -> key(KEYS + LISTS, SETS);
      case "ZSET" -> key(KEYS + LISTS + SETS, SORTED_SETS);
      case "LEX" -> "k" + (KEYS + LISTS + SETS + SORTED_SETS + random.nextInt(EQUAL_SCORES));
      case "GEO" -> "k" + (ALL_KEYS - STREAMS - PLACES + random.nextInt(PLACES));
      case "STREAMKEY" -> key(ALL_KEYS - STREAMS, STREAMS);
      case "ID" -> newId();
      case "ENTRY" -> entryId();
      case "EDGE" -> edge();
      case "GRP" -> "g" + random.nextInt(2);
      case "TOP" -> "" + (streamMs += 1 + random.nextInt(3));
      case "CONSUMER" -> "c" + random.nextInt(3);
      case "BITS" -> random.nextInt(20) == 0 ? pick(INTEGERS) : "" + random.nextInt(300);
      case "FIELDTYPE" -> (random.nextBoolean() ? "u" : "i") + random.nextInt(66);
      case "SCORE" -> random.nextInt(8) == 0 ? pick(FLOATS) : "" + score();
      case "LONGITUDE" -> "" + (random.nextInt(3600) - 1800) / 10.0;
      case "LATITUDE" -> "" + (random.nextInt(1720) - 860) / 10.0;
      case "METRES" -> "" + (1 << random.nextInt(16));
      case "BOUND" -> bound();
      case "BORDER" -> pick(BORDER_MARKS) + (random.nextInt(4) == 0 ? "" : element());
      case "ELEMENT" -> element();
      case "NUMBER" -> "" + random.nextInt(8);
      case "FIELD" -> random.nextInt(10) == 0 ? pick(VALUES) : "f" + random.nextInt(FIELDS);
      case "VALUE" -> pick(VALUES);
      case "INT" -> pick(INTEGERS);
      case "FLOAT" -> pick(FLOATS);
      case "OFFSET" -> pick(OFFSETS);
      case "TTL" -> pick(TIMES_TO_LIVE);
      case "AT" -> random.nextInt(6) == 0 ? pick(INTEGERS) : "" + (4_000_000_000L + ahead());
      case "ATMS" -> random.nextInt(6) == 0 ? pick(INTEGERS) : "" + (4_000_000_000_000L + ahead());
      case "PATTERN" -> pick(PATTERNS);
      case "HLL" -> "hll" + (1 + random.nextInt(3));
      case "MOMENT" -> pick(MOMENTS);
      case "NUMBER1" -> "" + (1 + random.nextInt(3));
      case "PAYLOAD" -> payload();
      case "PARAMETER" -> pick(PARAMETERS);
      case "LUA" -> scripts.next();
      case "WRAPPER" -> WRAPPER;
      case "PROTECTED" -> PROTECTED;
      case "WRAPPERSHA" -> WRAPPER_SHA;
      case "LIBRARY" -> LIBRARIES[random.nextInt(random.nextInt(4) == 0 ? LIBRARIES.length : 2)];
      default -> random.nextInt(8) == 0 ? token.toLowerCase(Locale.ROOT) : token;
    };
  }

  /** Small whole numbers and a few halves: they meet each other, and are exact. */
  private double score() {
    return (random.nextInt(40) - 10) / 2.0;
  }

  /** Rising, so that most entries can be added; never from the clock. */
  private String newId() {
    if (random.nextInt(12) == 0) {
      return pick(IDS);
    }
    streamMs += random.nextInt(3);
    return switch (random.nextInt(3)) {
      case 0 -> streamMs + "-*";
      case 1 -> streamMs + "-" + random.nextInt(4);
      default -> "" + ++streamMs;
    };
  }

  /** An id that may well be there. */
  private String entryId() {
    if (random.nextInt(20) == 0) {
      return pick(IDS);
    }
    long ms = Math.max(0, streamMs - random.nextInt(12));
    return random.nextBoolean() ? "" + ms : ms + "-" + random.nextInt(4);
  }

  private String edge() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> "-";
      case 2, 3 -> "+";
      case 4 -> "(" + entryId();
      default -> entryId();
    };
  }

  private String bound() {
    String value =
        switch (random.nextInt(8)) {
          case 0 -> pick(FLOATS);
          case 1 -> "+inf";
          case 2 -> "-inf";
          default -> "" + score();
        };
    return (random.nextInt(3) == 0 ? "(" : "") + value;
  }

  /** A key of those from that number on, now and then of any type. */
  private String key(int first, int count) {
    return "k" + (random.nextInt(12) == 0 ? random.nextInt(KEYS) : first + random.nextInt(count));
  }

  private String element() {
    return switch (random.nextInt(8)) {
      case 0 -> pick(VALUES);
      case 1, 2, 3 -> "" + random.nextInt(6);
      case 4 -> "" + (random.nextLong() >> random.nextInt(64));
      default -> "e" + random.nextInt(6);
    };
  }

  private long ahead() {
    return random.nextInt(5) * 1000L;
  }

  private String payload() {
    return new String(HexFormat.of().parseHex(pick(PAYLOADS)), StandardCharsets.ISO_8859_1);
  }

  private String pick(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String pick(String[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
