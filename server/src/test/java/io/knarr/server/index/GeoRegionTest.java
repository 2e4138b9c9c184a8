package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoPolygon;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.GeoPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Circles, boxes and polygons on a sphere: far north, across the antimeridian and around the poles. */
class GeoRegionTest {
    private static final double DEGREE_METERS = Math.PI * GeoRegion.EARTH_RADIUS_METERS / 180;

    private static GeoPoint at(double longitude, double latitude) {
        return new GeoPoint(longitude, latitude);
    }

    private static GeoRegion circle(double longitude, double latitude, double meters) {
        return GeoRegion.of(new GeoRadius("f", at(longitude, latitude), meters));
    }

    private static GeoRegion box(double west, double south, double east, double north) {
        return GeoRegion.of(new GeoBox("f", at(west, south), at(east, north)));
    }

    private static GeoRegion polygon(double... coordinates) {
        return new GeoPolygonRegion(new GeoPolygon("f", ring(coordinates), List.of()), "filter.geo_polygon");
    }

    private static List<GeoPoint> ring(double... coordinates) {
        List<GeoPoint> ring = new ArrayList<>();
        for (int i = 0; i < coordinates.length; i += 2) {
            ring.add(at(coordinates[i], coordinates[i + 1]));
        }
        return ring;
    }

    @Test
    void aDegreeEastIsHalfAsFarAtSixtyNorth() {
        assertThat(GeoRegion.distanceMeters(at(10, 0), at(11, 0))).isCloseTo(DEGREE_METERS, within(1e-3));
        assertThat(GeoRegion.distanceMeters(at(10, 60), at(10, 61))).isCloseTo(DEGREE_METERS, within(1e-3));
        assertThat(GeoRegion.distanceMeters(at(10, 60), at(11, 60)))
                .isBetween(DEGREE_METERS / 2 - 5, DEGREE_METERS / 2);
        assertThat(circle(10, 60, 56_000).contains(at(11, 60))).isTrue();
        assertThat(circle(10, 60, 56_000).contains(at(10, 61))).isFalse();
        assertThat(circle(10, 60, 55_000).contains(at(11, 60))).isFalse();
    }

    @Test
    void circlesGoAcrossTheAntimeridianAndOverThePoles() {
        assertThat(GeoRegion.distanceMeters(at(179.9, 0), at(-179.9, 0))).isCloseTo(0.2 * DEGREE_METERS, within(1e-3));
        assertThat(circle(179.9, 0, 23_000).contains(at(-179.9, 0))).isTrue();
        assertThat(circle(-179.9, 60, 11_200).contains(at(179.9, 60))).isTrue();
        assertThat(circle(-179.9, 60, 11_000).contains(at(179.9, 60))).isFalse();
        assertThat(GeoRegion.distanceMeters(at(180, 12), at(-180, 12))).isCloseTo(0, within(1e-6));
        assertThat(GeoRegion.distanceMeters(at(0, 90), at(137, 90))).isCloseTo(0, within(1e-6));
        assertThat(GeoRegion.distanceMeters(at(0, 89.5), at(180, 89.5))).isCloseTo(DEGREE_METERS, within(1e-3));
        assertThat(GeoRegion.distanceMeters(at(20, -30), at(-160, 30)))
                .as("half around the earth")
                .isCloseTo(180 * DEGREE_METERS, within(1e-3));
        assertThat(circle(0, 0, 1e-9).contains(at(0, 0))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void distancesAreThoseOfChords(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            GeoPoint from = anywhere(random);
            GeoPoint to = anywhere(random);
            double[] a = vector(from);
            double[] b = vector(to);
            double chord = Math.sqrt(square(a[0] - b[0]) + square(a[1] - b[1]) + square(a[2] - b[2]));
            assertThat(GeoRegion.distanceMeters(from, to))
                    .isCloseTo(2 * Math.asin(Math.min(1, chord / 2)) * GeoRegion.EARTH_RADIUS_METERS, within(1.0));
            assertThat(GeoRegion.distanceMeters(to, from)).isCloseTo(GeoRegion.distanceMeters(from, to), within(1e-3));
        }
    }

    private static GeoPoint anywhere(SplittableRandom random) {
        return at(random.nextDouble(-180, 180), Math.toDegrees(Math.asin(random.nextDouble(-1, 1))));
    }

    private static double square(double value) {
        return value * value;
    }

    private static double[] vector(GeoPoint point) {
        double latitude = Math.toRadians(point.latitude());
        double longitude = Math.toRadians(point.longitude());
        return new double[] {
            Math.cos(latitude) * Math.cos(longitude), Math.cos(latitude) * Math.sin(longitude), Math.sin(latitude)
        };
    }

    /** The longitudes of a box are walked one by one, from west to east, and the edges belong to it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void boxesHoldTheMeridiansOnTheWayEast(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 300; i++) {
            int west = random.nextInt(-180, 181);
            int width = random.nextInt(0, 360);
            int south = random.nextInt(-89, 89);
            int north = random.nextInt(south, 90);
            int east = west + width > 180 ? west + width - 360 : west + width;
            GeoRegion box = box(west, south, east, north);
            boolean[] inside = new boolean[360];
            for (int step = 0; step <= width; step++) {
                inside[Math.floorMod(west + step, 360)] = true;
            }
            for (int longitude = -180; longitude <= 180; longitude++) {
                for (int latitude : new int[] {-90, south - 1, south, north, north + 1, 90}) {
                    boolean expected = latitude >= south && latitude <= north && inside[Math.floorMod(longitude, 360)];
                    assertThat(box.contains(at(longitude, latitude)))
                            .as("box %d %d %d %d has %d %d", west, south, east, north, longitude, latitude)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void boxesHaveAllAroundThePolesAndTheAntimeridianByBothItsNames() {
        assertThat(box(-180, -90, 180, 90).contains(at(12, 34))).isTrue();
        assertThat(box(10, 80, 20, 90).contains(at(-170, 90)))
                .as("the pole, by another longitude")
                .isTrue();
        assertThat(box(10, 80, 20, 89).contains(at(15, 90))).isFalse();
        assertThat(box(-180, -1, -179, 1).contains(at(180, 0))).isTrue();
        assertThat(box(179, -1, 180, 1).contains(at(-180, 0))).isTrue();
        assertThat(box(179.9, -1, -179.9, 1).contains(at(0, 0))).isFalse();
    }

    @Test
    void polygonsHaveGreatCirclesForEdges() {
        // Along a great circle from (0, 60) to (90, 60) the middle is at 67.8 degrees north.
        GeoRegion triangle = polygon(0, 60, 90, 60, 45, 85);
        assertThat(triangle.contains(at(45, 67.9))).isTrue();
        assertThat(triangle.contains(at(45, 67.7))).isFalse();
        assertThat(triangle.contains(at(45, 84.9))).isTrue();
        assertThat(triangle.contains(at(45, 85.1))).isFalse();
        assertThat(triangle.contains(at(-135, -67.9)))
                .as("the other side of the earth")
                .isFalse();
    }

    @Test
    void polygonsGoAcrossTheAntimeridianAndAroundThePoles() {
        GeoRegion fiji = polygon(177, -19, -178, -19, -178, -15, 177, -15);
        assertThat(fiji.contains(at(180, -17))).isTrue();
        assertThat(fiji.contains(at(-180, -17))).isTrue();
        assertThat(fiji.contains(at(-178.1, -17))).isTrue();
        assertThat(fiji.contains(at(-177.9, -17))).isFalse();
        assertThat(fiji.contains(at(0, -17))).isFalse();
        GeoRegion arctic = polygon(0, 70, 90, 70, 180, 70, -90, 70);
        assertThat(arctic.contains(at(33, 90))).isTrue();
        assertThat(arctic.contains(at(-135, 81))).isTrue();
        assertThat(arctic.contains(at(-135, 65))).isFalse();
        assertThat(arctic.contains(at(0, -90))).isFalse();
    }

    @Test
    void holesAreOutsideAndCornersInside() {
        GeoRegion ring = new GeoPolygonRegion(
                new GeoPolygon("f", ring(0, 0, 10, 0, 10, 10, 0, 10, 0, 0), List.of(ring(4, 4, 6, 4, 6, 6, 4, 6))),
                "filter.geo_polygon");
        assertThat(ring.contains(at(2, 2))).isTrue();
        assertThat(ring.contains(at(5, 5))).isFalse();
        assertThat(ring.contains(at(11, 5))).isFalse();
        ring(0, 0, 10, 0, 10, 10, 0, 10, 4, 4, 6, 6)
                .forEach(corner -> assertThat(ring.contains(corner)).isTrue());
        assertThat(polygon(177, 0, 180, 0, 179, 5).contains(at(-180, 0))).isTrue();
    }

    /** A triangle's inside is the side of its three great circles that its middle is on, in whatever order its corners come. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void trianglesAreWhereTheirThreeGreatCirclesSay(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            GeoPoint centre = anywhere(random);
            List<GeoPoint> corners = new ArrayList<>();
            while (corners.size() < 3) {
                GeoPoint corner = anywhere(random);
                if (GeoRegion.distanceMeters(centre, corner) < 60 * DEGREE_METERS) {
                    corners.add(corner);
                }
            }
            double[][] v = {vector(corners.get(0)), vector(corners.get(1)), vector(corners.get(2))};
            double winding = triple(v[0], v[1], v[2]);
            if (Math.abs(winding) < 1e-3) {
                continue;
            }
            GeoRegion triangle = new GeoPolygonRegion(
                    new GeoPolygon("f", random.nextBoolean() ? corners : corners.reversed(), List.of()), "path");
            for (int j = 0; j < 50; j++) {
                GeoPoint point = anywhere(random);
                double[] p = vector(point);
                boolean expected = true;
                boolean onEdge = false;
                for (int k = 0; k < 3; k++) {
                    double side = triple(v[k], v[(k + 1) % 3], p) * Math.signum(winding);
                    onEdge |= Math.abs(side) < 1e-9;
                    expected &= side > 0;
                }
                if (!onEdge) {
                    assertThat(triangle.contains(point))
                            .as("%s has %s", corners, point)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static double triple(double[] a, double[] b, double[] c) {
        return a[0] * (b[1] * c[2] - b[2] * c[1])
                + a[1] * (b[2] * c[0] - b[0] * c[2])
                + a[2] * (b[0] * c[1] - b[1] * c[0]);
    }

    @Test
    void aPolygonThatFitsIntoNoHalfOfTheEarthIsRefused() {
        ServiceException refusal =
                catchThrowableOfType(ServiceException.class, () -> polygon(0, -10, 120, -10, -120, -10, 0, 80));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_FILTER);
        assertThat(refusal.field()).hasValue("filter.geo_polygon.exterior");
        ServiceException hole = catchThrowableOfType(
                ServiceException.class,
                () -> new GeoPolygonRegion(
                        new GeoPolygon("f", ring(0, 0, 10, 0, 10, 10), List.of(ring(170, 0, 175, 0, 172, 5))),
                        "filter.geo_polygon"));
        assertThat(hole.field()).hasValue("filter.geo_polygon.holes[0]");
        assertThat(polygon(0, -5, 85, -5, 170, -5, 85, 60).contains(at(85, 30)))
                .as("nearly a half, with its corners on one side")
                .isTrue();
    }

    /** What is said of a cell holds for each place in it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatIsSaidOfACellHoldsForItsPlaces(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int told = 0;
        for (int i = 0; i < 3_000; i++) {
            double west = random.nextInt(-180, 180);
            double south = random.nextInt(-90, 90);
            double size = Math.pow(2, random.nextInt(-6, 6));
            GeoCell cell = new GeoCell(west, south, Math.min(180, west + size), Math.min(90, south + size));
            int longitude = random.nextInt(-180, 181);
            int latitude = random.nextInt(-80, 81);
            int bottom = random.nextInt(-90, 90);
            for (GeoRegion region : List.of(
                    circle(longitude, latitude, random.nextDouble() * 2e7),
                    box(longitude, bottom, random.nextInt(-180, 181), random.nextInt(bottom, 91)),
                    polygon(longitude, latitude, (longitude + 210) % 360 - 180, latitude, longitude, latitude + 9))) {
                GeoCell.Relation relation = region.relation(cell);
                told += relation == GeoCell.Relation.BORDER ? 0 : 1;
                for (int place = 0; place < 12 && relation != GeoCell.Relation.BORDER; place++) {
                    double east = place % 3 / 2.0;
                    int line = place / 3;
                    double north = line / 3.0;
                    GeoPoint point = at(
                            cell.west() + (cell.east() - cell.west()) * east,
                            cell.south() + (cell.north() - cell.south()) * north);
                    assertThat(region.contains(point))
                            .as("%s of %s: %s", point, cell, region)
                            .isEqualTo(relation == GeoCell.Relation.INSIDE);
                }
            }
        }
        assertThat(told).isGreaterThan(3_000);
    }
}
