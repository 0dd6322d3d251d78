package io.engramdb.node.commands;

import static io.engramdb.node.command.CommandFlag.DENYOOM;
import static io.engramdb.node.command.CommandFlag.MOVABLE_KEYS;
import static io.engramdb.node.command.KeyFlag.ACCESS;
import static io.engramdb.node.command.KeyFlag.OW;
import static io.engramdb.node.command.KeyFlag.RO;
import static io.engramdb.node.command.KeyFlag.RW;
import static io.engramdb.node.command.KeyFlag.UPDATE;
import static io.engramdb.node.command.Replication.EFFECTS;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.command.CommandFamily;
import io.engramdb.node.command.CommandGroup;
import io.engramdb.node.command.CommandHandler;
import io.engramdb.node.command.CommandTable;
import io.engramdb.node.command.Doubles;
import io.engramdb.node.command.ExecutionContext;
import io.engramdb.node.command.KeySpec;
import io.engramdb.node.command.Numbers;
import io.engramdb.node.command.ReplyWriter;
import io.engramdb.node.commands.GeoQuery.Form;
import io.engramdb.node.engine.Entry;
import io.engramdb.node.engine.value.GeoHash;
import io.engramdb.node.engine.value.ScoreSum;
import io.engramdb.node.engine.value.SortedSetValue;
import io.engramdb.node.engine.value.ValueLimits;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Geo commands: places in sorted sets whose scores are {@link GeoHash} numbers.
 *
 * <p>Upstream behaviour: Redis {@code geo.c}, tests {@code unit/geo}.
 */
final class GeoCommands implements CommandFamily {

  /** Places behind the point of a coordinate. */
  private static final int COORDINATE_PLACES = 17;

  /** Places behind the point of a distance. */
  private static final int DISTANCE_PLACES = 4;

  private final ValueLimits limits;
  private final SortedSetCommands sortedSets;

  GeoCommands(ValueLimits limits) {
    this.limits = limits;
    this.sortedSets = new SortedSetCommands(limits);
  }

  @Override
  public void register(CommandTable.Builder table) {
    table.group(CommandGroup.GEO);
    KeySpec source = KeySpec.key(1).with(RO, ACCESS);
    List<KeySpec> read = List.of(source);
    table.read("geodist", "3.2.0", -4, read, GeoCommands::geoDist).add();
    table.read("geohash", "3.2.0", -2, read, GeoCommands::geoHash).add();
    table.read("geopos", "3.2.0", -2, read, GeoCommands::geoPos).add();
    table.read("geosearch", "6.2.0", -7, read, search(Form.SEARCH)).add();
    table.read("georadius_ro", "3.2.10", -6, read, search(Form.RADIUS_READ_ONLY)).add();
    table.read("georadiusbymember_ro", "3.2.10", -5, read, search(Form.MEMBER_READ_ONLY)).add();

    List<KeySpec> update = List.of(KeySpec.key(1).with(RW, UPDATE));
    table.write("geoadd", "3.2.0", -5, update, EFFECTS, this::geoAdd).flags(DENYOOM).add();
    List<KeySpec> stored =
        List.of(KeySpec.key(1).with(OW, UPDATE), KeySpec.key(2).with(RO, ACCESS));
    table
        .write("geosearchstore", "6.2.0", -8, stored, EFFECTS, search(Form.SEARCH_STORE))
        .flags(DENYOOM)
        .add();
    table
        .write("georadius", "3.2.0", -6, storing(source, 6), EFFECTS, search(Form.RADIUS))
        .flags(DENYOOM, MOVABLE_KEYS)
        .add();
    table
        .write("georadiusbymember", "3.2.0", -5, storing(source, 5), EFFECTS, search(Form.MEMBER))
        .flags(DENYOOM, MOVABLE_KEYS)
        .add();
  }

  private static List<KeySpec> storing(KeySpec source, int from) {
    return List.of(
        source,
        KeySpec.afterLastKeyword("STORE", from, Map.of("STOREDIST", 1)).with(OW, UPDATE),
        KeySpec.afterLastKeyword("STOREDIST", from, Map.of("STORE", 1)).with(OW, UPDATE));
  }

  private CommandHandler search(Form form) {
    return (cx, args, reply) -> search(cx, args, reply, form);
  }

  // --- adding

  /**
   * {@code GEOADD key [NX|XX] [CH] longitude latitude member ...} / as ZADD / effects: ZADD /
   * O(named * log n).
   */
  private void geoAdd(ExecutionContext cx, Args args, ReplyWriter reply) {
    int first = 2;
    boolean nx = false;
    boolean xx = false;
    while (first < args.count()) {
      if (args.is(first, "NX")) {
        nx = true;
      } else if (args.is(first, "XX")) {
        xx = true;
      } else if (!args.is(first, "CH")) {
        break;
      }
      first++;
    }
    if ((args.count() - first) % 3 != 0 || (nx && xx)) {
      throw CommandError.SYNTAX;
    }
    List<byte[]> words = new ArrayList<>();
    words.add(EffectWords.ZADD);
    for (int i = 1; i < first; i++) {
      words.add(args.copy(i));
    }
    for (int i = first; i < args.count(); i += 3) {
      double[] place = GeoQuery.place(args, i);
      words.add(Numbers.bytes(GeoHash.encode(place[0], place[1], GeoHash.STEPS)));
      words.add(args.copy(i + 2));
    }
    sortedSets.zAdd(cx, Args.of(words.toArray(byte[][]::new)), reply);
  }

  // --- reading

  private static @Nullable SortedSetValue read(ExecutionContext cx, Args args) {
    return Typed.sortedSet(Typed.read(cx, args, 1));
  }

  private static double score(@Nullable SortedSetValue set, Args args, int word) {
    return set == null ? Double.NaN : set.score(args.array(), args.offset(word), args.length(word));
  }

  /** {@code GEODIST key member member [M|KM|FT|MI]} / bulk or null / no effects / O(1). */
  private static void geoDist(ExecutionContext cx, Args args, ReplyWriter reply) {
    double unit = 1;
    if (args.count() == 5) {
      unit = GeoQuery.unit(args, 4);
    } else if (args.count() > 5) {
      throw CommandError.SYNTAX;
    }
    SortedSetValue set = read(cx, args);
    double first = score(set, args, 2);
    double second = score(set, args, 3);
    if (Double.isNaN(first) || Double.isNaN(second)) {
      reply.nil();
      return;
    }
    double metres =
        GeoHash.distanceM(
            GeoHash.longitude(first),
            GeoHash.latitude(first),
            GeoHash.longitude(second),
            GeoHash.latitude(second));
    reply.bulk(distance(metres / unit));
  }

  private static byte[] distance(double value) {
    return new BigDecimal(value)
        .setScale(DISTANCE_PLACES, RoundingMode.HALF_EVEN)
        .toPlainString()
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** {@code GEOHASH key [member ...]} / array of bulk or null / no effects / O(members). */
  private static void geoHash(ExecutionContext cx, Args args, ReplyWriter reply) {
    SortedSetValue set = read(cx, args);
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      double score = score(set, args, i);
      if (Double.isNaN(score)) {
        reply.nil();
      } else {
        reply.bulk(GeoHash.text(score));
      }
    }
  }

  /** {@code GEOPOS key [member ...]} / array of pairs or null / no effects / O(members). */
  private static void geoPos(ExecutionContext cx, Args args, ReplyWriter reply) {
    SortedSetValue set = read(cx, args);
    reply.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      double score = score(set, args, i);
      if (Double.isNaN(score)) {
        reply.nilArray();
      } else {
        place(GeoHash.longitude(score), GeoHash.latitude(score), reply);
      }
    }
  }

  private static void place(double longitude, double latitude, ReplyWriter reply) {
    reply.array(2);
    reply.decimal(coordinate(longitude));
    reply.decimal(coordinate(latitude));
  }

  private static byte[] coordinate(double value) {
    BigDecimal shown = new BigDecimal(value).setScale(COORDINATE_PLACES, RoundingMode.HALF_EVEN);
    String text = shown.signum() == 0 ? "0" : shown.stripTrailingZeros().toPlainString();
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // --- searching

  /** A place that was found. */
  private record Found(
      byte[] member, double score, double longitude, double latitude, double distanceM) {}

  /**
   * {@code GEOSEARCH key FROMMEMBER member|FROMLONLAT lon lat BYRADIUS r unit|BYBOX w h unit
   * [ASC|DESC] [COUNT n [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]}, {@code GEOSEARCHSTORE}, {@code
   * GEORADIUS}, {@code GEORADIUSBYMEMBER} and their {@code _RO} forms / array, of arrays if more
   * than members are wanted; stored: its size / effects: DEL and ZADD of what is stored / O(log n +
   * places in and around the shape).
   */
  private void search(ExecutionContext cx, Args args, ReplyWriter reply, Form form) {
    int sourceWord = form == Form.SEARCH_STORE ? 2 : 1;
    SortedSetValue set = Typed.sortedSet(Typed.read(cx, args, sourceWord));
    GeoQuery query = new GeoQuery(args, form, set);
    List<Found> found = set == null ? new ArrayList<>() : find(set, query);
    if (query.descending || query.ascending) {
      Comparator<Found> byDistance = Comparator.comparingDouble(Found::distanceM);
      found.sort(query.descending ? byDistance.reversed() : byDistance);
    }
    if (query.count > 0 && query.count < found.size()) {
      found = found.subList(0, (int) query.count);
    }
    if (query.storeWord > 0) {
      store(cx, args, query, found);
      reply.integer(found.size());
    } else {
      reply(found, query, reply);
    }
  }

  private static List<Found> find(SortedSetValue set, GeoQuery query) {
    List<Found> found = new ArrayList<>();
    long limit = query.any ? query.count : Long.MAX_VALUE;
    query
        .shape()
        .forEachRange(
            (least, end) -> {
              int from = set.countBelow((score, array, offset, length) -> score < least);
              set.visitRange(
                  from,
                  set.size() - from,
                  (array, offset, length, score) -> {
                    if (score >= end) {
                      return false;
                    }
                    double longitude = GeoHash.longitude(score);
                    double latitude = GeoHash.latitude(score);
                    double metres = query.shape().distanceM(longitude, latitude);
                    if (!Double.isNaN(metres)) {
                      byte[] member = Arrays.copyOfRange(array, offset, offset + length);
                      found.add(new Found(member, score, longitude, latitude, metres));
                    }
                    return found.size() < limit;
                  });
              return found.size() < limit;
            });
    return found;
  }

  private static void reply(List<Found> found, GeoQuery query, ReplyWriter reply) {
    reply.array(found.size());
    int extras =
        (query.withDistance ? 1 : 0) + (query.withHash ? 1 : 0) + (query.withPlace ? 1 : 0);
    for (Found one : found) {
      if (extras > 0) {
        reply.array(extras + 1);
      }
      reply.bulk(one.member);
      if (query.withDistance) {
        reply.bulk(distance(one.distanceM / query.unit));
      }
      if (query.withHash) {
        reply.integer((long) one.score);
      }
      if (query.withPlace) {
        place(one.longitude, one.latitude, reply);
      }
    }
  }

  private void store(ExecutionContext cx, Args args, GeoQuery query, List<Found> found) {
    int word = query.storeWord;
    Entry present = Typed.find(cx, args, word);
    if (present != null) {
      EffectWords.delete(cx, args, word);
      cx.db().remove(present);
    }
    if (found.isEmpty()) {
      return;
    }
    ScoreSum sum = new ScoreSum();
    var effects = cx.effects();
    effects.begin(cx.db().index(), EffectWords.ZADD, 1 + 2 * found.size());
    effects.argument(args, word);
    for (Found one : found) {
      double score = query.storeDistance ? one.distanceM / query.unit : one.score;
      sum.add(one.member, 0, one.member.length, score, (old, again) -> again);
      effects.argument(Doubles.bytes(score));
      effects.argument(one.member);
    }
    cx.db().add(args.array(), args.offset(word), args.length(word), sum.toSortedSet(limits));
  }
}
