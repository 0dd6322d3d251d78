package io.engramdb.node.engine.value;

/**
 * A circle or a box on earth, and the cells in which its places can be.
 *
 * <p>Which cells, and in what order, is upstream's way: it shows in the order of unsorted results.
 * Immutable.
 */
public final class GeoShape {

  /** Half the length of the equator on the Mercator map, metres. */
  private static final double MERCATOR_MAX_M = 20037726.37;

  private static final double POLAR_LATITUDE = 66;
  private static final double INNER_POLAR_LATITUDE = 80;

  /** East and north of the cell in the middle: itself, N, S, E, W, NE, NW, SE, SW. */
  private static final int[][] DIRECTIONS = {
    {0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}
  };

  private final double longitude;
  private final double latitude;
  private final boolean circle;
  private final double widthM;
  private final double heightM;

  private GeoShape(
      double longitude, double latitude, boolean circle, double widthM, double heightM) {
    this.longitude = longitude;
    this.latitude = latitude;
    this.circle = circle;
    this.widthM = widthM;
    this.heightM = heightM;
  }

  public static GeoShape circle(double longitude, double latitude, double radiusM) {
    return new GeoShape(longitude, latitude, true, 2 * radiusM, 2 * radiusM);
  }

  public static GeoShape box(double longitude, double latitude, double widthM, double heightM) {
    return new GeoShape(longitude, latitude, false, widthM, heightM);
  }

  /** Metres from the middle to a place; NaN if the place is outside. */
  public double distanceM(double otherLongitude, double otherLatitude) {
    if (!circle) {
      if (GeoHash.latitudeDistanceM(otherLatitude, latitude) > heightM / 2
          || GeoHash.distanceM(otherLongitude, otherLatitude, longitude, otherLatitude)
              > widthM / 2) {
        return Double.NaN;
      }
      return GeoHash.distanceM(longitude, latitude, otherLongitude, otherLatitude);
    }
    double distance = GeoHash.distanceM(longitude, latitude, otherLongitude, otherLatitude);
    return distance > widthM / 2 ? Double.NaN : distance;
  }

  /** A range of scores. */
  @FunctionalInterface
  public interface ScoreRanges {

    /**
     * Scores from {@code least} up to but without {@code end}.
     *
     * @return whether to go on
     */
    boolean range(double least, double end);
  }

  /** Shows the ranges of scores that can hold places of this shape. */
  public void forEachRange(ScoreRanges ranges) {
    double latitudeDelta = GeoHash.latitudeDegrees(heightM / 2);
    double south = latitude - latitudeDelta;
    double north = latitude + latitudeDelta;
    // The side that is nearer to a pole is the wider one in degrees.
    double longitudeDelta = GeoHash.longitudeDegrees(widthM / 2, latitude < 0 ? south : north);
    double west = longitude - longitudeDelta;
    double east = longitude + longitudeDelta;
    int steps = steps();
    long cell = GeoHash.encode(longitude, latitude, steps);
    if (steps > 1 && !isCovered(cell, steps, west, south, east, north)) {
      steps--;
      cell = GeoHash.encode(longitude, latitude, steps);
    }
    boolean skips = steps >= 2;
    boolean noSouth = skips && GeoHash.latitudeOf(cell, steps, 0) < south;
    boolean noNorth = skips && GeoHash.latitudeOf(cell, steps, 1) > north;
    boolean noWest = skips && GeoHash.longitudeOf(cell, steps, 0) < west;
    boolean noEast = skips && GeoHash.longitudeOf(cell, steps, 1) > east;
    long previous = -1;
    for (int[] direction : DIRECTIONS) {
      int x = direction[0];
      int y = direction[1];
      if ((noSouth && y < 0) || (noNorth && y > 0) || (noWest && x < 0) || (noEast && x > 0)) {
        continue;
      }
      long neighbour = x == 0 ? cell : GeoHash.eastOf(cell, steps, x);
      neighbour = y == 0 ? neighbour : GeoHash.northOf(neighbour, steps, y);
      // Of a large shape neighbours may be the same cell, seen around the earth.
      if (neighbour == previous) {
        continue;
      }
      previous = neighbour;
      int shift = 2 * (GeoHash.STEPS - steps);
      if (!ranges.range(neighbour << shift, neighbour + 1 << shift)) {
        return;
      }
    }
  }

  private boolean isCovered(
      long cell, int steps, double west, double south, double east, double north) {
    return GeoHash.latitudeOf(GeoHash.northOf(cell, steps, 1), steps, 1) >= north
        && GeoHash.latitudeOf(GeoHash.northOf(cell, steps, -1), steps, 0) <= south
        && GeoHash.longitudeOf(GeoHash.eastOf(cell, steps, 1), steps, 1) >= east
        && GeoHash.longitudeOf(GeoHash.eastOf(cell, steps, -1), steps, 0) <= west;
  }

  /** Bits of cells so large that nine of them mostly cover the shape. */
  private int steps() {
    double radius =
        circle ? widthM / 2 : Math.sqrt(widthM / 2 * (widthM / 2) + heightM / 2 * (heightM / 2));
    if (radius == 0) {
      return GeoHash.STEPS;
    }
    int steps = 1;
    while (radius < MERCATOR_MAX_M) {
      radius *= 2;
      steps++;
    }
    steps -= 2;
    if (Math.abs(latitude) > POLAR_LATITUDE) {
      steps -= Math.abs(latitude) > INNER_POLAR_LATITUDE ? 2 : 1;
    }
    return Math.max(1, Math.min(GeoHash.STEPS, steps));
  }
}
