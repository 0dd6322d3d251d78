package io.engramdb.compat.oracle;

import io.engramdb.compat.oracle.OracleRound.Difference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Any number of random commands of each family to redis-server and to one Engram node: what {@code
 * client-compat/oracle} starts. Prints each kind of difference with the commands that lead to it
 * and the line that repeats it, then a table.
 *
 * <p>A round is a few hundred commands on empty keyspaces, and a function of seed, family, protocol
 * and number. Every {@value #RELOADS_EVERY}th makes Engram begin anew from what it has written
 * before its keyspace is compared.
 */
public final class OracleRun {
  private static final int COMMANDS_PER_ROUND = 400;
  private static final int RELOADS_EVERY = 25;

  /** A family is left after so many kinds of difference. */
  private static final int MOST_KINDS = 12;

  private static final String USAGE =
      """
      usage: client-compat/oracle [--commands N] [--seed N] [--protocol 2|3] [--round N] [FAMILY ...]
      N commands (10000) of each family under each protocol; --round repeats a single round.
      families: %s
      """
          .formatted(String.join(" ", names()));

  private long commands = 10_000;
  private long seed = 1;
  private List<Integer> protocols = List.of(2, 3);
  private @Nullable Long onlyRound;
  private final List<Family> families = new ArrayList<>();

  private record Result(Family family, int protocol, long commands, long elapsedMs, int kinds) {}

  private OracleRun(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--commands" -> commands = Long.parseLong(arguments[++i]);
        case "--seed" -> seed = Long.parseLong(arguments[++i]);
        case "--protocol" -> protocols = List.of(Integer.parseInt(arguments[++i]));
        case "--round" -> onlyRound = Long.parseLong(arguments[++i]);
        default -> families.add(family(arguments[i]));
      }
    }
    if (families.isEmpty()) {
      families.addAll(EnumSet.allOf(Family.class));
    }
  }

  private static List<String> names() {
    return EnumSet.allOf(Family.class).stream().map(OracleRun::nameOf).toList();
  }

  private static String nameOf(Family family) {
    return family.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Family family(String name) {
    return Family.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** Ends with 1 if there was a difference, with 64 if it was called wrongly. */
  public static void main(String[] arguments) throws IOException {
    OracleRun run;
    try {
      run = new OracleRun(arguments);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException wrong) {
      System.err.print(USAGE);
      System.exit(64);
      return;
    }
    System.exit(run.run() ? 0 : 1);
  }

  private boolean run() throws IOException {
    List<Result> results = new ArrayList<>();
    try (RedisServer redis = RedisServer.start();
        EngramNode engram = EngramNode.start()) {
      for (Family family : families) {
        for (int protocol : protocols) {
          results.add(compare(redis, engram, family, protocol));
        }
      }
    }
    System.out.printf(
        "%n%-15s %8s %11s %9s %12s%n", "family", "protocol", "commands", "seconds", "differences");
    for (Result result : results) {
      System.out.printf(
          "%-15s %8s %,11d %9.1f %12d%n",
          nameOf(result.family),
          "RESP" + result.protocol,
          result.commands,
          result.elapsedMs / 1e3,
          result.kinds);
    }
    System.out.printf("seed %d, compared with redis-server 7.0%n", seed);
    return results.stream().allMatch(result -> result.kinds == 0);
  }

  private Result compare(RedisServer redis, EngramNode engram, Family family, int protocol)
      throws IOException {
    long beganNs = System.nanoTime();
    Map<String, Integer> kinds = new LinkedHashMap<>();
    long done = 0;
    long number = onlyRound == null ? 0 : onlyRound;
    long rounds = onlyRound == null ? ceilDiv(commands) : onlyRound + 1;
    for (; number < rounds && kinds.size() < MOST_KINDS; number++) {
      OracleRound round =
          new OracleRound(
              redis::connect,
              engram::connect,
              protocol,
              number % 2 == 1,
              number % RELOADS_EVERY == RELOADS_EVERY - 1);
      long roundSeed = ((seed * 31 + family.ordinal()) * 31 + protocol) * 1_000_003 + number;
      CommandGenerator generator = new CommandGenerator(roundSeed, EnumSet.of(family), others());
      Difference difference;
      String again =
          "client-compat/oracle --seed %d --protocol %d --round %d %s"
              .formatted(seed, protocol, number, nameOf(family));
      try {
        difference = round.play(OracleRound.steps(generator, roundSeed, COMMANDS_PER_ROUND));
      } catch (IOException | AssertionError broken) {
        throw new AssertionError(again, broken);
      }
      done += difference == null ? COMMANDS_PER_ROUND : difference.before().size();
      if (difference != null && kinds.merge(difference.kind(), 1, Integer::sum) == 1) {
        System.out.printf("%s%n  again: %s%n", round.shortened(difference), again);
      }
    }
    return new Result(
        family, protocol, done, (System.nanoTime() - beganNs) / 1_000_000, kinds.size());
  }

  private static Set<Family> others() {
    return EnumSet.complementOf(EnumSet.of(Family.SERVER, Family.SCRIPTS));
  }

  private static long ceilDiv(long commands) {
    return Math.ceilDiv(commands, COMMANDS_PER_ROUND);
  }
}
