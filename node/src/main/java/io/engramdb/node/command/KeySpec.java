package io.engramdb.node.command;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where some keys of a command stand: how to find the first, how to find the rest. The same two
 * steps as Redis' key specifications.
 *
 * @param keyword word before the first key, or null if the first key has a fixed place
 * @param begin place of the first key; with a keyword, where the search for it starts (negative:
 *     from the end, backwards)
 * @param last last key, counted from the first one; negative: from the end of the request
 * @param step distance of one key to the next
 * @param limit if last is -1: only the first 1/limit of the rest are keys; 0 and 1 mean all
 * @param keyCountPlace with a count of keys in the request: where it stands, counted from begin
 *     (last is then unused); otherwise -1
 * @param optionArguments where the last of several keywords counts: words that are passed over with
 *     so many behind them, since those are no keywords; otherwise empty
 * @param firstKeyPlace with a count of keys: where the first key stands, counted from begin
 * @param choice where the keys stand at one of two places; otherwise null
 */
public record KeySpec(
    @Nullable String keyword,
    int begin,
    int last,
    int step,
    int limit,
    int keyCountPlace,
    int firstKeyPlace,
    Set<KeyFlag> flags,
    Map<String, Integer> optionArguments,
    @Nullable Choice choice) {

  private static final Set<KeyFlag> NO_FLAGS = EnumSet.noneOf(KeyFlag.class);

  /** One key at that place. */
  public static KeySpec key(int place) {
    return new KeySpec(null, place, 0, 1, 0, -1, 0, NO_FLAGS, Map.of(), null);
  }

  /** Keys from {@code first} to {@code last} of the request (negative: from its end). */
  public static KeySpec keys(int first, int last, int step) {
    int relative = last >= 0 ? last - first : last;
    return new KeySpec(null, first, relative, step, 0, -1, 0, NO_FLAGS, Map.of(), null);
  }

  /** A count at that place, then as many keys. */
  public static KeySpec countedAt(int place) {
    return new KeySpec(null, place, 0, 1, 0, 0, 1, NO_FLAGS, Map.of(), null);
  }

  /** Keys behind a word: the first {@code 1/limit} of what follows it. */
  public static KeySpec afterKeyword(
      String keyword, int searchFrom, int last, int step, int limit) {
    return new KeySpec(keyword, searchFrom, last, step, limit, -1, 0, NO_FLAGS, Map.of(), null);
  }

  /**
   * The one key behind the last of these words, as where an option is given twice.
   *
   * @param optionArguments words of options and how many words belong to them; not empty
   */
  public static KeySpec afterLastKeyword(
      String keyword, int searchFrom, Map<String, Integer> optionArguments) {
    return new KeySpec(keyword, searchFrom, 0, 1, 0, -1, 0, NO_FLAGS, optionArguments, null);
  }

  /**
   * One key at a place, or an empty word there and many keys behind another word: two
   * specifications, of which a request fills one. The single key's comes first.
   *
   * @param searchFrom where others are told to search for the word (negative: from the end,
   *     backwards)
   */
  public static List<KeySpec> either(Choice choice, int searchFrom) {
    Map<String, Integer> none = Map.of();
    int place = choice.singlePlace;
    return List.of(
        new KeySpec(null, place, 0, 1, 0, -1, 0, NO_FLAGS, none, choice),
        new KeySpec(choice.keyword, searchFrom, -1, 1, 0, -1, 0, NO_FLAGS, none, choice));
  }

  /**
   * One key, or many behind a word.
   *
   * @param singlePlace where the one key stands, or an empty word
   * @param optionsFrom where options begin; the first {@code keyword} from there on counts
   * @param optionArguments words of options and how many words belong to them
   */
  public record Choice(
      int singlePlace, String keyword, int optionsFrom, Map<String, Integer> optionArguments) {

    private void visit(Args args, boolean many, PlaceVisitor visitor) {
      int first = args.length(singlePlace) == 0 ? behindKeyword(args) : -1;
      if (!many && first < 0) {
        visitor.key(singlePlace);
      }
      for (int place = first; many && first >= 0 && place < args.count(); place++) {
        visitor.key(place);
      }
    }

    private int behindKeyword(Args args) {
      for (int at = optionsFrom; at < args.count(); at++) {
        if (args.is(at, keyword)) {
          return at + 1;
        }
        for (Map.Entry<String, Integer> option : optionArguments.entrySet()) {
          if (args.is(at, option.getKey())) {
            at += option.getValue();
            break;
          }
        }
      }
      return -1;
    }
  }

  /** The same places with these flags. */
  public KeySpec with(KeyFlag... added) {
    EnumSet<KeyFlag> all = EnumSet.noneOf(KeyFlag.class);
    all.addAll(flags);
    all.addAll(List.of(added));
    return new KeySpec(
        keyword,
        begin,
        last,
        step,
        limit,
        keyCountPlace,
        firstKeyPlace,
        all,
        optionArguments,
        choice);
  }

  /** Receives the places of keys. */
  @FunctionalInterface
  public interface PlaceVisitor {
    /** Place of one key in the request. */
    void key(int place);
  }

  /**
   * Visits the places of this specification's keys in a request.
   *
   * @return false if the request is malformed for it (a count that can't be right)
   */
  public boolean visit(Args args, PlaceVisitor visitor) {
    if (choice != null) {
      choice.visit(args, keyword != null, visitor);
      return true;
    }
    int first = firstPlace(args);
    if (first < 0) {
      return true;
    }
    if (keyCountPlace >= 0) {
      return visitCounted(args, first, visitor);
    }
    int end = lastPlace(args, first);
    for (int place = first; place <= end && place < args.count(); place += step) {
      visitor.key(place);
    }
    return true;
  }

  private int firstPlace(Args args) {
    if (keyword == null) {
      return begin < args.count() ? begin : -1;
    }
    if (!optionArguments.isEmpty()) {
      return behindLastKeyword(args, keyword);
    }
    int count = args.count();
    int at = begin > 0 ? begin : count + begin;
    int direction = begin > 0 ? 1 : -1;
    while (at > 0 && at < count) {
      if (args.is(at, keyword)) {
        return at + 1 < count ? at + 1 : -1;
      }
      at += direction;
    }
    return -1;
  }

  private int behindLastKeyword(Args args, String word) {
    int found = -1;
    for (int at = begin; at < args.count(); at++) {
      if (args.is(at, word) && at + 1 < args.count()) {
        found = ++at;
        continue;
      }
      for (Map.Entry<String, Integer> option : optionArguments.entrySet()) {
        if (args.is(at, option.getKey())) {
          at += option.getValue();
          break;
        }
      }
    }
    return found;
  }

  private int lastPlace(Args args, int first) {
    if (last >= 0) {
      return first + last;
    }
    int end = args.count() + last;
    if (last == -1 && limit > 1) {
      end = first + (end - first + 1) / limit - 1;
    }
    return end;
  }

  private boolean visitCounted(Args args, int first, PlaceVisitor visitor) {
    long count = args.longOr(first + keyCountPlace, -1);
    int place = first + firstKeyPlace;
    if (count < 0 || place + (count - 1) * step >= args.count()) {
      return false;
    }
    for (long i = 0; i < count; i++) {
      visitor.key(place);
      place += step;
    }
    return true;
  }
}
