package io.engramdb.node.commands;

import static io.engramdb.node.command.AclCategory.DANGEROUS;
import static io.engramdb.node.command.AclCategory.LIST;
import static io.engramdb.node.command.AclCategory.SET;
import static io.engramdb.node.command.AclCategory.SORTEDSET;
import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.command.Account;
import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.ByteRange;
import io.engramdb.node.engine.value.ListValue;
import io.engramdb.node.engine.value.SetValue;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.Value;
import io.engramdb.node.engine.value.ValueLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * SORT and SORT_RO.
 *
 * <p>Upstream behaviour: Redis {@code sort.c}, tests {@code unit/sort}. Differences from upstream:
 * texts are compared byte by byte, whatever the locale.
 */
final class SortCommands implements CommandFamily {

  private static final CommandError NOT_NUMBERS =
      CommandError.err("One or more scores can't be converted into double");
  private static final CommandError BY_DENIED =
      CommandError.err("BY option of SORT denied due to insufficient ACL permissions.");
  private static final CommandError GET_DENIED =
      CommandError.err("GET option of SORT denied due to insufficient ACL permissions.");
  private static final CommandError NO_BY_IN_CLUSTER =
      CommandError.err("BY option of SORT denied in cluster mode.");
  private static final CommandError NO_GET_IN_CLUSTER =
      CommandError.err("GET option of SORT denied in cluster mode.");

  private static final byte[] EMPTY = new byte[0];

  private final ValueLimits limits;

  SortCommands(ValueLimits limits) {
    this.limits = limits;
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.GENERIC);
    KeySpec source = KeySpec.key(1).with(RO, ACCESS);
    KeySpec stored =
        KeySpec.afterLastKeyword("STORE", 2, Map.of("BY", 1, "GET", 1, "LIMIT", 2))
            .with(OW, UPDATE);
    table
        .write("sort", "1.0.0", -2, List.of(source, stored), EFFECTS, this::sort)
        .flags(DENYOOM, MOVABLE_KEYS)
        .withoutGroupCategory()
        .categories(SET, SORTEDSET, LIST, DANGEROUS)
        .add();
    table
        .read("sort_ro", "7.0.0", -2, List.of(source), this::sortReadOnly)
        .flags(MOVABLE_KEYS)
        .withoutGroupCategory()
        .categories(SET, SORTEDSET, LIST, DANGEROUS)
        .add();
  }

  /** Options of a request. */
  private static final class Query {
    boolean descending;
    boolean alpha;
    boolean unsorted;
    long offset;
    long count = -1;
    @Nullable SortPattern by;
    final List<SortPattern> gets = new ArrayList<>();
    int storeWord;

    Query(ExecutionContext cx, Args args, boolean readOnly) {
      for (int i = 2; i < args.count(); i++) {
        int left = args.count() - i - 1;
        if (args.is(i, "ASC")) {
          descending = false;
        } else if (args.is(i, "DESC")) {
          descending = true;
        } else if (args.is(i, "ALPHA")) {
          alpha = true;
        } else if (args.is(i, "LIMIT") && left >= 2) {
          offset = args.longAt(i + 1);
          count = args.longAt(i + 2);
          i += 2;
        } else if (!readOnly && args.is(i, "STORE") && left >= 1) {
          storeWord = ++i;
        } else if (args.is(i, "BY") && left >= 1) {
          sortBy(cx, args, new SortPattern(args.copy(++i)));
        } else if (args.is(i, "GET") && left >= 1) {
          if (cx.keyspaces().hasSlots()) {
            throw NO_GET_IN_CLUSTER;
          }
          if (!readsEveryKey(cx, args)) {
            throw GET_DENIED;
          }
          gets.add(new SortPattern(args.copy(++i)));
        } else {
          throw CommandError.SYNTAX;
        }
      }
    }

    /** Patterns lead to keys that nobody can name beforehand. */
    private static boolean readsEveryKey(ExecutionContext cx, Args args) {
      Account account = cx.client().account;
      return account == null || account.readsEveryKey(args);
    }

    private void sortBy(ExecutionContext cx, Args args, SortPattern pattern) {
      by = pattern;
      if (!pattern.hasStar()) {
        unsorted = true;
      } else if (cx.keyspaces().hasSlots()) {
        throw NO_BY_IN_CLUSTER;
      } else if (!readsEveryKey(cx, args)) {
        throw BY_DENIED;
      }
    }
  }

  /**
   * One element with what it is sorted by.
   *
   * @param text null if a pattern led to nothing
   */
  private record Item(byte[] element, double score, byte @Nullable [] text) {}

  /**
   * {@code SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA] [STORE
   * destination]} / array, with STORE its size / effects: DEL and RPUSH of the result / O(n log n).
   */
  private void sort(ExecutionContext cx, Args args, ReplyWriter reply) {
    sort(cx, args, reply, new Query(cx, args, false));
  }

  /** {@code SORT_RO key ...} / as SORT without STORE / no effects / O(n log n). */
  private void sortReadOnly(ExecutionContext cx, Args args, ReplyWriter reply) {
    sort(cx, args, reply, new Query(cx, args, true));
  }

  private void sort(ExecutionContext cx, Args args, ReplyWriter reply, Query query) {
    Entry entry = Typed.read(cx, args, 1);
    Value value = entry == null ? null : entry.value();
    List<byte[]> elements = new ArrayList<>(elements(value, query));
    boolean stored = query.storeWord > 0;
    boolean sorts = !query.unsorted;
    SortPattern by = query.by;
    boolean alpha = query.alpha;
    if (query.unsorted && value instanceof SetValue && (stored || cx.inScript())) {
      // Neither what is stored nor a script must depend on the order in which a set happens to be.
      sorts = true;
      alpha = true;
      by = null;
    }
    List<byte[]> sorted = sorts ? sorted(cx, elements, by, alpha, query.descending) : elements;
    int size = sorted.size();
    int from = (int) Math.max(0, Math.min(query.offset, size));
    int to = query.count < 0 ? size : (int) Math.min((long) from + query.count, size);
    List<byte @Nullable []> result = new ArrayList<>();
    for (byte[] element : sorted.subList(from, to)) {
      if (query.gets.isEmpty()) {
        result.add(element);
      }
      for (SortPattern get : query.gets) {
        result.add(get.find(cx, element));
      }
    }
    if (stored) {
      store(cx, args, query.storeWord, result);
      reply.integer(result.size());
      return;
    }
    reply.array(result.size());
    for (byte[] element : result) {
      if (element == null) {
        reply.nil();
      } else {
        reply.bulk(element);
      }
    }
  }

  /** All elements; unsorted and descending, a list and a sorted set are read backwards. */
  private static List<byte[]> elements(@Nullable Value value, Query query) {
    ElementList elements = new ElementList();
    switch (value) {
      case null -> {}
      case ListValue list -> list.forEach(elements);
      case SetValue set -> set.forEach(elements);
      case SortedSetValue set ->
          set.forEach(
              (array, offset, length, score) -> {
                elements.add(Arrays.copyOfRange(array, offset, offset + length));
                return true;
              });
      default -> throw CommandError.WRONG_TYPE;
    }
    if (!(value instanceof SetValue) && query.unsorted && query.descending) {
      return elements.all().reversed();
    }
    return elements.all();
  }

  private static List<byte[]> sorted(
      ExecutionContext cx,
      List<byte[]> elements,
      @Nullable SortPattern by,
      boolean alpha,
      boolean descending) {
    List<Item> items = new ArrayList<>(elements.size());
    for (byte[] element : elements) {
      byte[] text = by == null ? element : by.find(cx, element);
      double score = 0;
      if (!alpha && text != null) {
        score = ScoreText.sortable(text);
        if (Double.isNaN(score)) {
          throw NOT_NUMBERS;
        }
      }
      items.add(new Item(element, score, text));
    }
    Comparator<Item> order =
        alpha
            ? Comparator.comparing(
                Item::text, Comparator.nullsFirst((a, b) -> Arrays.compareUnsigned(a, b)))
            : (a, b) ->
                a.score != b.score
                    ? (a.score < b.score ? -1 : 1)
                    : Arrays.compareUnsigned(a.element, b.element);
    items.sort(descending ? Collections.reverseOrder(order) : order);
    List<byte[]> sorted = new ArrayList<>(items.size());
    items.forEach(item -> sorted.add(item.element));
    return sorted;
  }

  private void store(ExecutionContext cx, Args args, int word, List<byte @Nullable []> result) {
    Entry present = Typed.find(cx, args, word);
    if (present != null) {
      EffectWords.delete(cx, args, word);
      cx.db().remove(present);
    }
    if (result.isEmpty()) {
      return;
    }
    ListValue list = new ListValue();
    long bytes = 0;
    for (byte[] element : result) {
      bytes += element == null ? 0 : element.length;
    }
    list.growing(bytes, result.size(), limits);
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.RPUSH, result.size() + 1);
    effects.argument(args, word);
    for (byte[] element : result) {
      byte[] kept = element == null ? EMPTY : element;
      list.pushTail(ByteRange.of(kept), limits);
      effects.argument(kept);
    }
    cx.db().add(args.array(), args.offset(word), args.length(word), list);
  }
}
