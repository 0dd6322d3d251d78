package io.engramdb.node.commands;

import io.engramdb.node.command.Args;
import io.engramdb.node.command.CommandError;
import io.engramdb.node.engine.value.GeoHash;
import io.engramdb.node.engine.value.GeoShape;
import io.engramdb.node.engine.value.SortedSetValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shape and options of GEOSEARCH, GEORADIUS and relatives, read from a request. */
final class GeoQuery {

  private static final CommandError UNKNOWN_UNIT =
      CommandError.err("unsupported unit provided. please use M, KM, FT, MI");
  private static final CommandError NO_RADIUS = CommandError.err("need numeric radius");
  private static final CommandError NEGATIVE_RADIUS = CommandError.err("radius cannot be negative");
  private static final CommandError NO_WIDTH = CommandError.err("need numeric width");
  private static final CommandError NO_HEIGHT = CommandError.err("need numeric height");
  private static final CommandError NEGATIVE_BOX =
      CommandError.err("height or width cannot be negative");
  private static final CommandError NO_MEMBER =
      CommandError.err("could not decode requested zset member");
  private static final CommandError NO_COUNT = CommandError.err("COUNT must be > 0");
  private static final CommandError ANY_OF_ALL =
      CommandError.err("the ANY argument requires COUNT argument");

  /** Which command. */
  enum Form {
    RADIUS(6, true),
    RADIUS_READ_ONLY(6, false),
    MEMBER(5, true),
    MEMBER_READ_ONLY(5, false),
    SEARCH(2, false),
    SEARCH_STORE(3, false);

    final int firstOption;
    final boolean mayStore;

    Form(int firstOption, boolean mayStore) {
      this.firstOption = firstOption;
      this.mayStore = mayStore;
    }

    boolean isSearch() {
      return this == SEARCH || this == SEARCH_STORE;
    }
  }

  private final Args args;
  private final Form form;
  private final @Nullable SortedSetValue set;
  private double longitude;
  private double latitude;
  private double radiusM;
  private double widthM;
  private double heightM;
  private boolean fromMember;
  private boolean fromPlace;
  private boolean byRadius;
  private boolean byBox;

  /** Metres of the unit of the request. */
  double unit = 1;

  boolean withDistance;
  boolean withHash;
  boolean withPlace;
  boolean any;
  boolean ascending;
  boolean descending;
  long count;
  int storeWord;
  boolean storeDistance;

  /** Reads everything; a set that is absent has no members to start from, which is no error. */
  GeoQuery(Args args, Form form, @Nullable SortedSetValue set) {
    this.args = args;
    this.form = form;
    this.set = set;
    if (form == Form.SEARCH_STORE) {
      storeWord = 1;
    }
    if (form == Form.RADIUS || form == Form.RADIUS_READ_ONLY) {
      fromPlace(2);
      radius(4);
    } else if (!form.isSearch() && set != null) {
      fromMember(2);
      radius(3);
    }
    for (int i = form.firstOption; i < args.count(); i++) {
      i += option(i, args.count() - i - 1);
    }
    checkTogether();
    if (count > 0 && !ascending && !descending && !any) {
      // The nearest are wanted.
      ascending = true;
    }
  }

  /** Reads one option; returns how many words it has beside its name. */
  private int option(int at, int left) {
    if (args.is(at, "WITHDIST")) {
      withDistance = true;
    } else if (args.is(at, "WITHHASH")) {
      withHash = true;
    } else if (args.is(at, "WITHCOORD")) {
      withPlace = true;
    } else if (args.is(at, "ANY")) {
      any = true;
    } else if (args.is(at, "ASC") || args.is(at, "DESC")) {
      ascending = args.is(at, "ASC");
      descending = !ascending;
    } else if (args.is(at, "COUNT") && left >= 1) {
      count = args.longAt(at + 1);
      if (count <= 0) {
        throw NO_COUNT;
      }
      return 1;
    } else if (form.mayStore && left >= 1 && (args.is(at, "STORE") || args.is(at, "STOREDIST"))) {
      storeWord = at + 1;
      storeDistance = args.is(at, "STOREDIST");
      return 1;
    } else if (form == Form.SEARCH_STORE && args.is(at, "STOREDIST")) {
      storeDistance = true;
    } else if (form.isSearch()) {
      return shapeOption(at, left);
    } else {
      throw CommandError.SYNTAX;
    }
    return 0;
  }

  private int shapeOption(int at, int left) {
    if (args.is(at, "FROMMEMBER") && left >= 1 && !fromPlace) {
      if (set != null) {
        fromMember(at + 1);
      }
      fromMember = true;
      return 1;
    }
    if (args.is(at, "FROMLONLAT") && left >= 2 && !fromMember) {
      fromPlace(at + 1);
      fromPlace = true;
      return 2;
    }
    if (args.is(at, "BYRADIUS") && left >= 2 && !byBox) {
      radius(at + 1);
      byRadius = true;
      return 2;
    }
    if (args.is(at, "BYBOX") && left >= 3 && !byRadius) {
      widthM = number(at + 1, NO_WIDTH);
      heightM = number(at + 2, NO_HEIGHT);
      if (heightM < 0 || widthM < 0) {
        throw NEGATIVE_BOX;
      }
      unit = unit(args, at + 3);
      widthM *= unit;
      heightM *= unit;
      byBox = true;
      return 3;
    }
    throw CommandError.SYNTAX;
  }

  private void checkTogether() {
    if (storeWord > 0 && (withDistance || withHash || withPlace)) {
      String what = form == Form.SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
      throw CommandError.err(
          what + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    }
    if (form.isSearch() && !fromMember && !fromPlace) {
      throw CommandError.err(
          "exactly one of FROMMEMBER or FROMLONLAT can be specified for " + args.textToZero(0));
    }
    if (form.isSearch() && !byRadius && !byBox) {
      throw CommandError.err(
          "exactly one of BYRADIUS and BYBOX can be specified for " + args.textToZero(0));
    }
    if (any && count == 0) {
      throw ANY_OF_ALL;
    }
  }

  private double number(int word, CommandError otherwise) {
    double value = ScoreText.score(args.array(), args.offset(word), args.length(word));
    if (Double.isNaN(value)) {
      throw otherwise;
    }
    return value;
  }

  private void radius(int word) {
    double radius = number(word, NO_RADIUS);
    if (radius < 0) {
      throw NEGATIVE_RADIUS;
    }
    unit = unit(args, word + 1);
    radiusM = radius * unit;
  }

  private void fromPlace(int word) {
    double[] place = place(args, word);
    longitude = place[0];
    latitude = place[1];
  }

  private void fromMember(int word) {
    double score =
        set == null ? Double.NaN : set.score(args.array(), args.offset(word), args.length(word));
    if (Double.isNaN(score)) {
      throw NO_MEMBER;
    }
    longitude = GeoHash.longitude(score);
    latitude = GeoHash.latitude(score);
  }

  GeoShape shape() {
    return byBox
        ? GeoShape.box(longitude, latitude, widthM, heightM)
        : GeoShape.circle(longitude, latitude, radiusM);
  }

  /** Metres of the unit that a word names. */
  static double unit(Args args, int word) {
    if (args.is(word, "M")) {
      return 1;
    }
    if (args.is(word, "KM")) {
      return 1000;
    }
    if (args.is(word, "FT")) {
      return 0.3048;
    }
    if (args.is(word, "MI")) {
      return 1609.34;
    }
    throw UNKNOWN_UNIT;
  }

  /** Longitude and latitude at two words. */
  static double[] place(Args args, int word) {
    double[] place = new double[2];
    for (int i = 0; i < 2; i++) {
      int at = word + i;
      place[i] = ScoreText.score(args.array(), args.offset(at), args.length(at));
      if (Double.isNaN(place[i])) {
        throw CommandError.NOT_A_FLOAT;
      }
    }
    if (Math.abs(place[0]) > GeoHash.MAX_LONGITUDE || Math.abs(place[1]) > GeoHash.MAX_LATITUDE) {
      String shown = String.format(Locale.ROOT, "%f,%f", place[0], place[1]);
      throw CommandError.err("invalid longitude,latitude pair " + shown.replace("Infinity", "inf"));
    }
    return place;
  }
}
