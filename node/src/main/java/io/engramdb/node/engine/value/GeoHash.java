package io.engramdb.node.engine.value;

import java.nio.charset.StandardCharsets;

/**
 * Places on earth as numbers: the bits of latitude and longitude interleaved, so that near places
 * mostly have near numbers.
 *
 * <p>Geohash after G. M. Niemeyer, 2008, with 26 bits each, within the latitudes of the Mercator
 * map, as in Redis {@code geohash.c}. A cell is a number together with its bits for each of the
 * two. All arithmetic is that of {@link StrictMath}: every machine gets the same digits.
 */
public final class GeoHash {

  public static final double MAX_LONGITUDE = 180;
  public static final double MAX_LATITUDE = 85.05112878;

  /** Bits of a score for each of the two. */
  public static final int STEPS = 26;

  private static final double EARTH_RADIUS_M = 6372797.560856;
  private static final double STANDARD_MAX_LATITUDE = 90;
  private static final int STANDARD_CHARS = 11;
  private static final byte[] BASE_32 =
      "0123456789bcdefghjkmnpqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);
  private static final long LATITUDE_BITS = 0x5555555555555555L;
  private static final long LONGITUDE_BITS = 0xAAAAAAAAAAAAAAAAL;

  private GeoHash() {}

  /** The number of a place, with that many bits for each of the two. */
  public static long encode(double longitude, double latitude, int steps) {
    return encode(longitude, latitude, steps, MAX_LATITUDE);
  }

  private static long encode(double longitude, double latitude, int steps, double maxLatitude) {
    double y = (latitude + maxLatitude) / (2 * maxLatitude) * (1L << steps);
    double x = (longitude + MAX_LONGITUDE) / (2 * MAX_LONGITUDE) * (1L << steps);
    return spread((long) y) | spread((long) x) << 1;
  }

  /** Bits 0 to 31 at the even places. */
  private static long spread(long bits) {
    long x = bits & 0xFFFFFFFFL;
    x = (x | x << 16) & 0x0000FFFF0000FFFFL;
    x = (x | x << 8) & 0x00FF00FF00FF00FFL;
    x = (x | x << 4) & 0x0F0F0F0F0F0F0F0FL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & LATITUDE_BITS;
  }

  /** The bits at the even places, side by side. */
  private static long gather(long bits) {
    long x = bits & LATITUDE_BITS;
    x = (x | x >>> 1) & 0x3333333333333333L;
    x = (x | x >>> 2) & 0x0F0F0F0F0F0F0F0FL;
    x = (x | x >>> 4) & 0x00FF00FF00FF00FFL;
    x = (x | x >>> 8) & 0x0000FFFF0000FFFFL;
    return (x | x >>> 16) & 0xFFFFFFFFL;
  }

  /** Western border of a cell, or the eastern one with {@code side} 1. */
  static double longitudeOf(long cell, int steps, int side) {
    return -MAX_LONGITUDE + (gather(cell >>> 1) + side) * 1.0 / (1L << steps) * (2 * MAX_LONGITUDE);
  }

  /** Southern border of a cell, or the northern one with {@code side} 1. */
  static double latitudeOf(long cell, int steps, int side) {
    return -MAX_LATITUDE + (gather(cell) + side) * 1.0 / (1L << steps) * (2 * MAX_LATITUDE);
  }

  /** Longitude of the place with that score. */
  public static double longitude(double score) {
    long cell = (long) score;
    double middle = (longitudeOf(cell, STEPS, 0) + longitudeOf(cell, STEPS, 1)) / 2;
    return Math.max(-MAX_LONGITUDE, Math.min(MAX_LONGITUDE, middle));
  }

  /** Latitude of the place with that score. */
  public static double latitude(double score) {
    long cell = (long) score;
    double middle = (latitudeOf(cell, STEPS, 0) + latitudeOf(cell, STEPS, 1)) / 2;
    return Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, middle));
  }

  /** The eleven letters that other systems know the place with that score by. */
  public static byte[] text(double score) {
    long bits = encode(longitude(score), latitude(score), STEPS, STANDARD_MAX_LATITUDE);
    byte[] text = new byte[STANDARD_CHARS];
    for (int i = 0; i < STANDARD_CHARS; i++) {
      // 52 bits make ten letters and a half; upstream leaves the last one empty.
      int shift = 2 * STEPS - (i + 1) * 5;
      text[i] = BASE_32[shift < 0 ? 0 : (int) (bits >>> shift & 0x1F)];
    }
    return text;
  }

  /** The cell beside a cell to the east (1) or west (-1), around the earth if need be. */
  static long eastOf(long cell, int steps, int direction) {
    return moved(cell, steps, direction, LONGITUDE_BITS, LATITUDE_BITS);
  }

  /** The cell beside a cell to the north (1) or south (-1). */
  static long northOf(long cell, int steps, int direction) {
    return moved(cell, steps, direction, LATITUDE_BITS, LONGITUDE_BITS);
  }

  /** Adds to the bits of one kind; those of the other are set meanwhile, so that carries pass. */
  private static long moved(long cell, int steps, int direction, long moving, long resting) {
    int unused = 64 - 2 * steps;
    long bits = cell & moving;
    long filled = resting >>> unused;
    bits = direction > 0 ? bits + (filled + 1) : (bits | filled) - (filled + 1);
    return bits & moving >>> unused | cell & resting;
  }

  /** Metres between two places (haversine, on a ball). */
  public static double distanceM(
      double longitude, double latitude, double otherLongitude, double otherLatitude) {
    double v = StrictMath.sin((Math.toRadians(otherLongitude) - Math.toRadians(longitude)) / 2);
    if (v == 0) {
      return latitudeDistanceM(latitude, otherLatitude);
    }
    double first = Math.toRadians(latitude);
    double second = Math.toRadians(otherLatitude);
    double u = StrictMath.sin((second - first) / 2);
    double a = u * u + StrictMath.cos(first) * StrictMath.cos(second) * v * v;
    return 2 * EARTH_RADIUS_M * StrictMath.asin(StrictMath.sqrt(a));
  }

  /** Metres between two latitudes. */
  static double latitudeDistanceM(double latitude, double otherLatitude) {
    return EARTH_RADIUS_M * Math.abs(Math.toRadians(otherLatitude) - Math.toRadians(latitude));
  }

  /** Degrees of latitude that so many metres are. */
  static double latitudeDegrees(double metres) {
    return Math.toDegrees(metres / EARTH_RADIUS_M);
  }

  /** Degrees of longitude that so many metres are at a latitude. */
  static double longitudeDegrees(double metres, double latitude) {
    return Math.toDegrees(metres / EARTH_RADIUS_M / StrictMath.cos(Math.toRadians(latitude)));
  }
}
