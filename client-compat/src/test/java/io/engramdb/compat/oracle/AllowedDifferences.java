package io.engramdb.compat.oracle;

import io.engramdb.it.harness.Reply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * The explicit list of replies that may differ from redis-server's, each with its reason. Anything
 * else must be equal byte for byte.
 */
final class AllowedDifferences {
  private static final long CLOCK_TOLERANCE_MS = 3_000;
  private static final String DOUBLE = "-?[0-9.]+(e[-+][0-9]+)?";

  /** Of a distance, relative to it. */
  private static final double LAST_BITS = 1e-14;

  /** One tolerated difference. */
  record Rule(
      String reason, Predicate<List<String>> applies, BiPredicate<Reply, Reply> sameEnough) {}

  static final List<Rule> RULES =
      List.of(
          new Rule(
              "the two servers read the clock at different moments",
              command -> is(command, "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"),
              AllowedDifferences::nearInTime),
          new Rule(
              "Redis promises no order of fields and keys",
              command -> is(command, "HGETALL"),
              AllowedDifferences::samePairs),
          new Rule(
              "Redis promises no order of fields and keys",
              command ->
                  is(command, "HKEYS", "HVALS", "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF"),
              AllowedDifferences::sameElements),
          new Rule(
              "Redis promises no order, and cursors are the server's own",
              command -> is(command, "SCAN", "HSCAN", "SSCAN", "ZSCAN"),
              AllowedDifferences::samePage),
          new Rule(
              "the choice is random by definition",
              command -> is(command, "RANDOMKEY", "HRANDFIELD", "SRANDMEMBER", "ZRANDMEMBER"),
              AllowedDifferences::sameShape),
          new Rule(
              "Redis counts shared small integers as referenced for ever, but not their copies",
              command -> is(command, "OBJECT") && word(command, 1).equals("REFCOUNT"),
              (redis, ours) -> redis.type() == ':' && ours.type() == ':'),
          new Rule(
              "the choice is random, or all in any order",
              command -> is(command, "SPOP"),
              (redis, ours) ->
                  redis.type() == '$' ? sameShape(redis, ours) : sameElements(redis, ours)),
          new Rule(
              "a small set is a listpack since Redis 7.2, and was a hashtable before",
              command -> is(command, "OBJECT") && word(command, 1).equals("ENCODING"),
              (redis, ours) ->
                  redis.toString().contains("hashtable") && ours.toString().contains("listpack")),
          new Rule(
              "a wrong range is an error since Redis 7.2, whatever the key holds",
              command -> is(command, "BITCOUNT", "BITPOS"),
              (redis, ours) -> (redis.type() == ':' || redis.isError()) && ours.isError()),
          new Rule(
              "Redis makes a string growable when SETBIT or BITFIELD only look at it",
              command -> is(command, "OBJECT") && word(command, 1).equals("ENCODING"),
              (redis, ours) ->
                  redis.toString().contains("raw")
                      && (ours.toString().contains("int") || ours.toString().contains("embstr"))),
          new Rule(
              "an unsorted set has no order",
              command -> is(command, "SORT", "SORT_RO") && command.contains("nosort"),
              AllowedDifferences::bothLists),
          new Rule(
              "Redis unpacks a sorted set for good when SORT reads it; ours stays as it is",
              command -> is(command, "OBJECT") && word(command, 1).equals("ENCODING"),
              (redis, ours) ->
                  redis.toString().contains("skiplist") && ours.toString().contains("listpack")),
          new Rule(
              "doubles have their shortest form since Redis 7.2, and 17 digits before",
              command -> word(command, 0).startsWith("Z") || word(command, 0).startsWith("BZ"),
              AllowedDifferences::sameDoubles),
          new Rule(
              "a small list is a listpack since Redis 7.2, and has always been a quicklist before",
              command -> is(command, "OBJECT") && word(command, 1).equals("ENCODING"),
              (redis, ours) ->
                  redis.toString().contains("quicklist") && ours.toString().contains("listpack")),
          new Rule(
              "since Redis 7.2 a new set has the form for as many members as words come",
              command -> is(command, "OBJECT") && word(command, 1).equals("ENCODING"),
              (redis, ours) ->
                  redis.toString().contains("intset") && ours.toString().contains("listpack")),
          new Rule(
              "an error of an earlier conversion stays behind in Redis",
              command -> is(command, "SORT", "SORT_RO"),
              (redis, ours) ->
                  redis.isError()
                      && redis.text().contains("can't be converted into double")
                      && !ours.isError()),
          new Rule(
              "the last bits of a distance depend on the C library's sine",
              command -> command.stream().anyMatch(CommandGenerator::isPlaces),
              (redis, ours) -> sameDoubles(redis, ours, LAST_BITS)),
          new Rule(
              "what weighs the same has no order",
              command ->
                  is(command, "SORT", "SORT_RO") && has(command, "BY") && has(command, "ALPHA"),
              AllowedDifferences::bothLists),
          new Rule(
              "the least 64-bit number has no opposite: refused since Redis 7.2",
              command -> is(command, "LPOS") && command.contains("" + Long.MIN_VALUE),
              (redis, ours) -> ours.isError() && ours.text().contains("value must between")),
          new Rule(
              "worded otherwise since Redis 7.2",
              command -> is(command, "XREAD", "XREADGROUP"),
              (redis, ours) ->
                  redis.isError()
                      && redis.text().contains("Unbalanced XREAD")
                      && ours.isError()
                      && ours.text().contains("Unbalanced '")),
          new Rule(
              "since Redis 7.2 a claim makes its consumer even if there is nothing to claim",
              command -> is(command, "XGROUP") && word(command, 1).equals("CREATECONSUMER"),
              (redis, ours) -> redis.type() == ':' && ours.type() == ':'),
          new Rule(
              "since Redis 7.2 a claim makes its consumer even if there is nothing to claim",
              command -> is(command, "XINFO") && word(command, 1).equals("GROUPS"),
              AllowedDifferences::sameButConsumers),
          new Rule(
              "how long ago is measured from different moments",
              command -> is(command, "OBJECT") && word(command, 1).equals("IDLETIME"),
              (redis, ours) -> redis.type() == ':' && ours.type() == ':'),
          new Rule(
              "how long ago is measured from different moments",
              command -> is(command, "XPENDING") && command.size() > 3,
              StreamDifferences::samePending),
          new Rule(
              "times, what is new in 7.2, and consumers who own nothing",
              command -> is(command, "XINFO") && word(command, 1).equals("CONSUMERS"),
              StreamDifferences::sameConsumers),
          new Rule(
              "times, what is new in 7.2, and consumers who own nothing",
              command -> is(command, "XINFO") && word(command, 1).equals("STREAM"),
              StreamDifferences::sameInFull),
          new Rule(
              "what has expired counts until somebody meets it",
              command -> is(command, "DBSIZE"),
              (redis, ours) -> redis.type() == ':' && ours.type() == ':'),
          new Rule(
              "an id made from the clock",
              command -> is(command, "XADD") && command.contains("*"),
              AllowedDifferences::sameShape),
          new Rule(
              "the bytes depend on the version; that each loads the other's is tested elsewhere",
              command ->
                  is(command, "DUMP")
                      || (is(command, "FUNCTION") && word(command, 1).equals("DUMP")),
              AllowedDifferences::sameShape),
          new Rule(
              "what was slow is each server's own",
              command -> is(command, "SLOWLOG"),
              AllowedDifferences::sameType),
          new Rule(
              "random by definition",
              command -> is(command, "ACL") && word(command, 1).equals("GENPASS"),
              AllowedDifferences::sameShape),
          new Rule(
              "Redis promises no order of categories and libraries",
              command ->
                  (is(command, "ACL") && word(command, 1).equals("CAT"))
                      || (is(command, "FUNCTION") && word(command, 1).equals("LIST")),
              AllowedDifferences::sameElements),
          new Rule(
              "Redis promises no order of parameters",
              command -> is(command, "CONFIG") && word(command, 1).equals("GET"),
              AllowedDifferences::samePairs),
          new Rule(
              "doubles in their shortest form, and an error without text leaves a space upstream",
              command -> is(command, "EVAL", "EVAL_RO"),
              (redis, ours) ->
                  sameDoubles(redis, ours)
                      || (redis.isError()
                          && ours.isError()
                          && redis.text().strip().equals(ours.text().strip()))));

  /** Commands that call what their arguments say, if they name no keys. */
  private static final Set<String> CALLERS =
      Set.of("EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO");

  private static final int WORDS_OF_CALLER = 3;

  private AllowedDifferences() {}

  /** True if the replies are equal or their difference is on the list. */
  static boolean accepts(List<String> command, Reply redis, Reply ours) {
    if (redis.equals(ours) || isAllowed(command, redis, ours)) {
      return true;
    }
    boolean callsAnother =
        command.size() > WORDS_OF_CALLER
            && CALLERS.contains(word(command, 0))
            && word(command, 2).equals("0");
    return callsAnother && accepts(command.subList(WORDS_OF_CALLER, command.size()), redis, ours);
  }

  private static boolean isAllowed(List<String> command, Reply redis, Reply ours) {
    return RULES.stream()
        .anyMatch(rule -> rule.applies.test(command) && rule.sameEnough.test(redis, ours));
  }

  private static boolean is(List<String> command, String... names) {
    return Set.of(names).contains(word(command, 0));
  }

  private static String word(List<String> command, int index) {
    return index < command.size() ? command.get(index).toUpperCase(Locale.ROOT) : "";
  }

  private static boolean sameType(Reply redis, Reply ours) {
    return redis.type() == ours.type() && !redis.isError();
  }

  private static boolean has(List<String> command, String option) {
    return command.stream().anyMatch(option::equalsIgnoreCase);
  }

  private static boolean nearInTime(Reply redis, Reply ours) {
    return redis.type() == ':'
        && ours.type() == ':'
        && Math.signum(redis.number()) == Math.signum(ours.number())
        && Math.abs(redis.number() - ours.number()) <= CLOCK_TOLERANCE_MS;
  }

  /** Equal but for the text of doubles that are equal as such; 7.2 writes the shortest one. */
  static boolean sameDoubles(Reply redis, Reply ours) {
    return sameDoubles(redis, ours, 0);
  }

  private static boolean sameDoubles(Reply redis, Reply ours, double tolerance) {
    if (redis.type() != ours.type()) {
      return false;
    }
    if (redis instanceof Reply.Many) {
      if (!bothLists(redis, ours)) {
        return false;
      }
      for (int i = 0; i < redis.items().size(); i++) {
        if (!sameDoubles(redis.items().get(i), ours.items().get(i), tolerance)) {
          return false;
        }
      }
      return true;
    }
    if (redis.isNil() || ours.isNil() || redis.isError() || redis.text().equals(ours.text())) {
      return redis.equals(ours);
    }
    if (!redis.text().matches(DOUBLE) || !ours.text().matches(DOUBLE)) {
      return false;
    }
    double their = Double.parseDouble(redis.text());
    return Math.abs(their - Double.parseDouble(ours.text())) <= Math.abs(their) * tolerance;
  }

  static boolean bothLists(Reply redis, Reply ours) {
    return redis.type() == ours.type()
        && redis instanceof Reply.Many
        && !redis.isNil()
        && !ours.isNil()
        && redis.items().size() == ours.items().size();
  }

  private static boolean sameElements(Reply redis, Reply ours) {
    return bothLists(redis, ours) && sorted(redis.items()).equals(sorted(ours.items()));
  }

  private static boolean samePairs(Reply redis, Reply ours) {
    return bothLists(redis, ours) && pairs(redis.items()).equals(pairs(ours.items()));
  }

  /** Groups of a stream that differ in how many consumers they have, if at all. */
  private static boolean sameButConsumers(Reply redis, Reply ours) {
    String count = "(\"?consumers\"?[ ,=]+):?[0-9]+";
    return redis.toString().replaceAll(count, "$1").equals(ours.toString().replaceAll(count, "$1"));
  }

  private static boolean samePage(Reply redis, Reply ours) {
    if (!bothLists(redis, ours) || redis.items().size() != 2) {
      return false;
    }
    Reply theirPage = redis.items().get(1);
    Reply ourPage = ours.items().get(1);
    // Only a complete walk is comparable; the generator asks for large counts.
    boolean complete = redis.items().get(0).text().equals("0");
    return !complete || sameElements(theirPage, ourPage) || samePairs(theirPage, ourPage);
  }

  private static boolean sameShape(Reply redis, Reply ours) {
    if (redis.type() != ours.type() || redis.isNil() != ours.isNil() || redis.isError()) {
      return false;
    }
    return !(redis instanceof Reply.Many) || bothLists(redis, ours);
  }

  private static List<String> sorted(List<Reply> items) {
    return items.stream().map(Reply::toString).sorted().toList();
  }

  private static List<String> pairs(List<Reply> items) {
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i + 1 < items.size(); i += 2) {
      pairs.add(items.get(i) + "=" + items.get(i + 1));
    }
    pairs.sort(Comparator.naturalOrder());
    return pairs;
  }
}
