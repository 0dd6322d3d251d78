package io.engramdb.compat.oracle;

import java.util.List;
import java.util.Random;

/**
 * Random small Lua scripts, a function of a seed, for every corner where values change their form:
 * what a script returns, what commands answer it, what the libraries make of values, and errors.
 *
 * <p>Tables have one named field at most, because Lua promises no order; errors are texts or tables
 * with {@code err}, because redis-server 7.0 ends when a script raises another table.
 */
final class LuaGenerator {

  private static final int MAX_DEPTH = 3;

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "1",
          "-1",
          "3.99",
          "-3.99",
          "0.1",
          "1e15",
          "1e16",
          "2^31",
          "2^53",
          "-2^63",
          "2^64",
          "1e100",
          "123456789012",
          "1/3",
          "255",
          "256",
          "65536",
          "-129",
          "1e-7",
          "100000",
          "0.5");

  private static final List<String> TEXTS =
      List.of(
          "''",
          "'a'",
          "'hello world'",
          "'12'",
          "'0x10'",
          "' 7 '",
          "'3.0e2'",
          "'a\\0b'",
          "'\\255\\1'",
          "'line\\r\\nend'",
          "'k1'",
          "'\\\"q\\\\'",
          "('x'):rep(40)",
          "'nan'",
          "'{}'");

  private static final List<String> KEYS = List.of("'k1'", "'k2'", "'k3'", "'k4'");

  private static final List<String> JSON =
      List.of(
          "{}",
          "[]",
          "[1,2.5,-3e2]",
          "{\"a\":null}",
          "[true,false,null]",
          "\"\\u00e9\\n\"",
          "[[[]]]",
          "{\"a\":{\"b\":[1]}}",
          "nul",
          "[1,]",
          "{\"a\"}",
          "{\"a\":1,}",
          "01",
          "1e400",
          "\"\\ud83d\\ude00\"",
          "\"\\ud83d\"",
          "[1 2]",
          "",
          " 7 ",
          "\"a",
          "-",
          "[\"\\x\"]",
          "tru",
          "1.5.2",
          "{1:2}",
          "NaN",
          "[0x10]",
          "Infinity",
          "\"\\u12\"",
          "[1]x",
          "{\"\":1}");

  private static final List<String> FORMATS =
      List.of(
          "'b'", "'B'", "'h'", "'>H'", "'<i4'", "'>I8'", "'l'", "'f'", "'>d'", "'s'", "'c3'",
          "'c0'", "'x'", "'!4bi'", "'Bc0'", "'i3'", "'i33'", "'q'", "'>hI2'", "'='", "' b'", "'T'");

  private final Random random;

  LuaGenerator(long seed) {
    random = new Random(seed);
  }

  private String one(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String one(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** The next script. */
  String next() {
    String head = random.nextInt(3) == 0 ? "redis.setresp(3) " : "";
    return head
        + switch (random.nextInt(12)) {
          case 0, 1 -> "return " + value(0);
          case 2, 3, 4 -> commands();
          case 5 -> json();
          case 6 -> messagePack();
          case 7 -> structs();
          case 8 -> bits();
          case 9 -> texts();
          case 10 -> errors();
          default -> conversions();
        };
  }

  // --- values

  private String value(int depth) {
    if (depth >= MAX_DEPTH) {
      return one("nil", "true", "false", number(), text());
    }
    return switch (random.nextInt(16)) {
      case 0 -> "nil";
      case 1 -> one("true", "false");
      case 2, 3, 4 -> number();
      case 5, 6, 7 -> text();
      case 8, 9 -> list(depth);
      case 10 -> "{ok=" + one(text(), number()) + "}";
      case 11 -> "{err=" + one("'ERR x'", "'plain'", "'MY code here'", "'-ERR y'") + "}";
      case 12 -> "{double=" + one(number(), "1/0", "-1/0", text()) + "}";
      case 13 -> "{" + one("map", "set") + "={[" + text() + "]=" + value(depth + 1) + "}}";
      case 14 ->
          one(
              "{big_number='12345678901234567890'}",
              "{big_number=7}",
              "{verbatim_string={format='txt',string='hello'}}",
              "{verbatim_string={format='markdown',string='x'}}",
              "{verbatim_string={string='x'}}");
      default -> "{[" + text() + "]=" + value(depth + 1) + "}";
    };
  }

  private String list(int depth) {
    StringBuilder list = new StringBuilder("{");
    for (int i = random.nextInt(4); i > 0; i--) {
      list.append(value(depth + 1)).append(',');
    }
    return list.append('}').toString();
  }

  private String number() {
    return random.nextInt(4) == 0 ? "" + (random.nextInt(2001) - 1000) : one(NUMBERS);
  }

  private String text() {
    return one(TEXTS);
  }

  private String key() {
    return one(KEYS);
  }

  // --- commands

  private String commands() {
    StringBuilder script = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      script.append("redis.pcall(").append(command()).append(") ");
    }
    String call = one("redis.call(", "redis.pcall(") + command() + ")";
    return script
        + switch (random.nextInt(6)) {
          case 0 -> "local r = " + call + " return type(r)";
          case 1 -> "local r = " + call + " return type(r) == 'table' and (r.err or r.ok or #r)";
          case 2 -> "return {" + call + "," + value(1) + "}";
          case 3 -> "return {pcall(redis.call," + command() + ")}";
          default -> "return " + call;
        };
  }

  private String command() {
    String word = one(text(), number());
    return switch (random.nextInt(24)) {
      case 0 -> "'set'," + key() + "," + word;
      case 1 -> "'get'," + key();
      case 2 -> "'incr'," + key();
      case 3 -> "'incrbyfloat'," + key() + "," + number();
      case 4 -> "'append'," + key() + "," + word;
      case 5 -> "'rpush'," + key() + "," + word + "," + text();
      case 6 -> "'lrange'," + key() + ",0,-1";
      case 7 -> "'hset'," + key() + ",'f'," + word;
      case 8 -> "'hgetall'," + key();
      case 9 -> "'sadd'," + key() + "," + number();
      case 10 -> "'smembers'," + key();
      case 11 -> "'zadd'," + key() + "," + number() + ",'m'";
      case 12 -> "'zrange'," + key() + ",0,-1,'withscores'";
      case 13 -> "'zscore'," + key() + ",'m'";
      case 14 -> "'del'," + key();
      case 15 -> "'type'," + key();
      case 16 -> "'mget'," + key() + "," + key();
      case 17 -> "'xadd'," + key() + ",'*'".replace("*", "" + random.nextInt(9)) + ",'f','v'";
      case 18 -> "'xrange'," + key() + ",'-','+'";
      case 19 -> "'zmscore'," + key() + ",'m','n'";
      case 20 -> one("'nosuch'", "'get'", "'get','a','b'", "'blpop','q',0", "'multi'", "''");
      case 21 -> one("'object','encoding'," + key(), "'object','nosuch'", "'eval','return 1',0");
      case 22 -> one("'set'," + key() + ",nil", "'get',{}", "", "nil", "'get',true");
      default -> "'setrange'," + key() + "," + random.nextInt(5) + "," + text();
    };
  }

  // --- libraries

  private String json() {
    String text = "[==[" + one(JSON) + "]==]";
    return switch (random.nextInt(5)) {
      case 0 -> "return cjson.encode(" + value(0) + ")";
      case 1 -> "return cjson.encode(cjson.decode(" + text + "))";
      case 2 -> "return type(cjson.decode(" + text + "))";
      case 3 -> "return {pcall(cjson.encode," + value(0) + ")}";
      default -> "return cjson.decode(" + text + ")";
    };
  }

  private String messagePack() {
    return switch (random.nextInt(4)) {
      case 0 -> "return cmsgpack.pack(" + value(0) + ")";
      case 1 -> "return {cmsgpack.unpack(cmsgpack.pack(" + value(0) + "," + value(1) + "))}";
      case 2 -> "return {cmsgpack.unpack(" + text() + ")}";
      default ->
          "return {cmsgpack.unpack_"
              + one("one", "limit")
              + "(cmsgpack.pack("
              + list(1)
              + "),"
              + one("0", "1", "2", "9")
              + ")}";
    };
  }

  private String structs() {
    String format = one(FORMATS);
    return switch (random.nextInt(4)) {
      case 0 -> "return struct.pack(" + format + "," + one(number(), text()) + "," + number() + ")";
      case 1 -> "return struct.size(" + format + ")";
      case 2 -> "return {struct.unpack(" + format + "," + text() + ")}";
      default ->
          "return {struct.unpack("
              + format
              + ",struct.pack("
              + format
              + ","
              + number()
              + ","
              + text()
              + "))}";
    };
  }

  private String bits() {
    String operation = one("band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror");
    return switch (random.nextInt(3)) {
      case 0 -> "return bit." + operation + "(" + number() + "," + number() + ")";
      case 1 -> "return bit." + one("bnot", "tobit", "bswap") + "(" + one(number(), text()) + ")";
      default -> "return bit.tohex(" + number() + "," + one("8", "4", "-4", "0", "1") + ")";
    };
  }

  private String texts() {
    return switch (random.nextInt(8)) {
      case 0 -> "return tostring(" + number() + ")";
      case 1 ->
          "return string.format('%"
              + one("d", "s", "q", "5.2f", "x", "g")
              + "',"
              + one(number(), text())
              + ")";
      case 2 -> "return tonumber(" + text() + one(")", ",16)", ",2)");
      case 3 ->
          "return {string.gsub("
              + text()
              + ","
              + one("'[a-z]'", "'%d+'", "'(.)'", "'%'")
              + ","
              + one("'<%0>'", "'%1'", "''")
              + ")}";
      case 4 -> "return {string.find(" + text() + "," + text() + one(")", ",1,true)");
      case 5 ->
          "return {math." + one("floor", "ceil", "abs", "frexp", "modf") + "(" + number() + ")}";
      case 6 -> "return table.concat({" + text() + "," + number() + "}," + text() + ")";
      default -> "return redis.sha1hex(" + one(text(), number()) + ")";
    };
  }

  // --- errors

  private String errors() {
    return switch (random.nextInt(12)) {
      case 0 -> "error(" + text() + ")";
      case 1 -> "error({err=" + one("'ERR x'", "'boo'", "'My Err'") + "})";
      case 2 -> "return {pcall(error," + text() + ")}";
      case 3 -> "assert(false," + text() + ")";
      case 4 -> "return " + one("nosuch", "nosuch.x", "redis.nosuch", "_G.nosuch");
      case 5 -> "local a = " + value(1) + " return a.b.c";
      case 6 -> "return redis.error_reply(" + text() + ")";
      case 7 -> "return redis.status_reply(" + text() + ")";
      case 8 -> one("x = 1", "redis.x = 1", "string.x = 1", "rawset(_G,'x',1)", "return +");
      case 9 -> "return redis." + one("setresp(4)", "log(1)", "sha1hex()", "set_repl(9)", "log()");
      case 10 -> "return " + value(1) + " + " + value(1);
      default -> "local function f() error(" + text() + one(")", ",2)", ",0)") + " end\nf()";
    };
  }

  private String conversions() {
    return switch (random.nextInt(4)) {
      case 0 -> "return {" + number() + "," + number() + "," + text() + ",nil," + number() + "}";
      case 1 -> "return {KEYS[1],ARGV[1],#KEYS,#ARGV}";
      case 2 -> "return tostring(tonumber(" + text() + "))";
      default -> "local a," + "b = " + value(1) + "," + value(1) + " return a == b";
    };
  }
}
