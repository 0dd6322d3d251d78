package io.engramdb.node.engine.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class GeoHashTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  private double longitude() {
    return random.nextDouble(-180, 180);
  }

  private double latitude() {
    return random.nextDouble(-GeoHash.MAX_LATITUDE, GeoHash.MAX_LATITUDE);
  }

  @Test
  void aPlaceIsKeptToLessThanAMetre() {
    for (int i = 0; i < 100_000; i++) {
      double longitude = longitude();
      double latitude = latitude();
      double score = GeoHash.encode(longitude, latitude, GeoHash.STEPS);
      double off =
          GeoHash.distanceM(longitude, latitude, GeoHash.longitude(score), GeoHash.latitude(score));
      assertTrue(off < 1, () -> off + " m at " + longitude + "," + latitude + " -Dseed=" + seed);
    }
  }

  @Test
  void aNeighbourIsNextDoorAndTheWayBackLeadsHome() {
    for (int i = 0; i < 100_000; i++) {
      int steps = 1 + random.nextInt(GeoHash.STEPS);
      long cell = GeoHash.encode(longitude(), latitude(), steps);
      long east = GeoHash.eastOf(cell, steps, 1);
      long north = GeoHash.northOf(cell, steps, 1);
      assertEquals(cell, GeoHash.eastOf(east, steps, -1), "-Dseed=" + seed);
      assertEquals(cell, GeoHash.northOf(north, steps, -1), "-Dseed=" + seed);
      double border = GeoHash.longitudeOf(cell, steps, 1);
      double wrapped = border >= 180 ? border - 360 : border;
      assertEquals(wrapped, GeoHash.longitudeOf(east, steps, 0), 1e-9, "-Dseed=" + seed);
      assertEquals(
          GeoHash.latitudeOf(cell, steps, 0), GeoHash.latitudeOf(east, steps, 0), 1e-9, "row");
    }
  }

  @Test
  void everyPlaceOfAShapeIsInOneOfItsRanges() {
    for (int i = 0; i < 20_000; i++) {
      double longitude = random.nextDouble(-170, 170);
      double latitude = random.nextDouble(-60, 60);
      double size = Math.pow(10, random.nextDouble(0, 5.5));
      GeoShape shape =
          random.nextBoolean()
              ? GeoShape.circle(longitude, latitude, size)
              : GeoShape.box(longitude, latitude, size, size / 2);
      double x = longitude + random.nextGaussian() * GeoHash.latitudeDegrees(size);
      double y = latitude + random.nextGaussian() * GeoHash.latitudeDegrees(size);
      if (Math.abs(x) > 180 || Math.abs(y) > GeoHash.MAX_LATITUDE) {
        continue;
      }
      double score = GeoHash.encode(x, y, GeoHash.STEPS);
      boolean inside =
          !Double.isNaN(shape.distanceM(GeoHash.longitude(score), GeoHash.latitude(score)));
      boolean[] found = {false};
      shape.forEachRange(
          (least, end) -> {
            found[0] |= score >= least && score < end;
            return true;
          });
      assertTrue(found[0] || !inside, () -> "a place is missed, -Dseed=" + seed);
    }
  }
}
