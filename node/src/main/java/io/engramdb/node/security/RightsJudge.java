package io.engramdb.node.security;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandFlag;
import io.engramdb.node.command.CommandSpec;
import io.engramdb.node.command.GlobPattern;
import io.engramdb.node.command.KeyFlag;
import io.engramdb.node.command.KeySpec;
import java.util.List;
import java.util.Set;

/**
 * Holds a request against the rights of a user: the command, each of its keys with what is done to
 * it, each of its channels. Upstream: Redis 7.2 {@code ACLCheckAllUserCommandPerm}. Allocates
 * nothing. One thread.
 */
final class RightsJudge {

  // The request at hand, for the visitor below, which is made once and not for each request.
  private Selector selector = Selector.NONE;
  private Args args = new Args();
  private int access;
  private int deniedPlace;
  private boolean denied;
  private final KeySpec.PlaceVisitor visitor = this::visitKey;

  /** Place of the word that is to blame for the last verdict; 0 for the command. */
  int deniedPlace() {
    return deniedPlace;
  }

  /** Whether one of the user's selectors allows the request; if none, what comes closest. */
  Verdict judge(User user, CommandSpec spec, Args request) {
    Verdict closest = Verdict.COMMAND;
    int place = 0;
    List<Selector> selectors = user.selectors();
    for (int i = 0; i < selectors.size(); i++) {
      Verdict verdict = judge(selectors.get(i), spec, request);
      if (verdict == Verdict.ALLOWED) {
        return verdict;
      }
      int order = verdict.compareTo(closest);
      if (order > 0 || (order == 0 && deniedPlace > place)) {
        closest = verdict;
        place = deniedPlace;
      }
    }
    deniedPlace = place;
    return closest;
  }

  Verdict judge(Selector by, CommandSpec spec, Args request) {
    selector = by;
    args = request;
    deniedPlace = 0;
    if (!by.allows(spec.number())
        && !spec.has(CommandFlag.NO_AUTH)
        && !allowsFirstWord(by, spec, request)) {
      return Verdict.COMMAND;
    }
    if (!by.everyKey() && !mayTouchKeys(spec)) {
      return Verdict.KEY;
    }
    if (!by.everyChannel() && spec.has(CommandFlag.PUBSUB) && !mayUseChannels(spec)) {
      return Verdict.CHANNEL;
    }
    return Verdict.ALLOWED;
  }

  private static boolean allowsFirstWord(Selector selector, CommandSpec spec, Args request) {
    if (request.count() < 2 || selector.firstWords().isEmpty()) {
      return false;
    }
    List<String> words = selector.firstWords().get(spec.number());
    if (words != null) {
      for (int i = 0; i < words.size(); i++) {
        if (request.is(1, words.get(i))) {
          return true;
        }
      }
    }
    return false;
  }

  // --- keys

  private boolean mayTouchKeys(CommandSpec spec) {
    denied = false;
    List<KeySpec> specs = spec.keys();
    for (int i = 0; i < specs.size() && !denied; i++) {
      KeySpec keys = specs.get(i);
      if (!keys.flags().contains(KeyFlag.NOT_KEY)) {
        access = access(spec, keys.flags());
        keys.visit(args, visitor);
      }
    }
    return !denied;
  }

  private void visitKey(int place) {
    if (!denied && !mayTouch(place)) {
      denied = true;
      deniedPlace = place;
    }
  }

  private boolean mayTouch(int place) {
    List<KeyRule> rules = selector.keys();
    for (int i = 0; i < rules.size(); i++) {
      KeyRule rule = rules.get(i);
      if (rule.allows(access)
          && rule.glob().matches(args.array(), args.offset(place), args.length(place))) {
        return true;
      }
    }
    return false;
  }

  private int access(CommandSpec spec, Set<KeyFlag> flags) {
    if (flags.contains(KeyFlag.VARIABLE_FLAGS)) {
      return spec.name().equals("set") ? accessOfSet() : accessOfBitField();
    }
    int wanted = flags.contains(KeyFlag.ACCESS) ? KeyRule.READ : 0;
    boolean writes =
        flags.contains(KeyFlag.UPDATE)
            || flags.contains(KeyFlag.INSERT)
            || flags.contains(KeyFlag.DELETE);
    return writes ? wanted | KeyRule.WRITE : wanted;
  }

  /** SET reads only what it is asked to GET. */
  private int accessOfSet() {
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "GET")) {
        return KeyRule.BOTH;
      }
    }
    return KeyRule.WRITE;
  }

  /** BITFIELD writes unless it does nothing but GET. */
  private int accessOfBitField() {
    for (int i = 2; i < args.count(); i++) {
      int left = args.count() - i - 1;
      if (!args.is(i, "GET") || left < 2) {
        return KeyRule.BOTH;
      }
      i += 2;
    }
    return KeyRule.READ;
  }

  // --- channels

  private boolean mayUseChannels(CommandSpec spec) {
    return switch (spec.name()) {
      case "publish", "spublish" -> mayUse(1, 2, false);
      case "subscribe", "ssubscribe" -> mayUse(1, args.count(), false);
      case "psubscribe" -> mayUse(1, args.count(), true);
      default -> true;
    };
  }

  private boolean mayUse(int from, int to, boolean patterns) {
    for (int place = from; place < to && place < args.count(); place++) {
      if (!mayUse(selector, args.array(), args.offset(place), args.length(place), patterns)) {
        deniedPlace = place;
        return false;
      }
    }
    return true;
  }

  /** Whether a channel is allowed; a pattern must stand in the rules as it is. */
  static boolean mayUse(
      Selector selector, byte[] array, int offset, int length, boolean isPattern) {
    if (selector.everyChannel()) {
      return true;
    }
    for (int i = 0; i < selector.channels().size(); i++) {
      GlobPattern glob = selector.channelGlobs().get(i);
      boolean found =
          isPattern
              ? same(selector.channels().get(i), array, offset, length)
              : glob.matches(array, offset, length);
      if (found) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(String text, byte[] array, int offset, int length) {
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) != (array[offset + i] & 0xFF)) {
        return false;
      }
    }
    return true;
  }
}
