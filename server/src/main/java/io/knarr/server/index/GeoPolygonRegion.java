package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Filter.GeoPolygon;
import io.knarr.server.model.GeoPoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The inside of a polygon whose edges are great circles. All of it lies in one hemisphere, which tells its inside from its outside
 * whatever the order of its corners. Seen from the middle of the earth, through that hemisphere's centre, great circles are straight
 * lines (the gnomonic projection), so what is inside is told on a plane; neither the antimeridian nor the poles are special.
 */
final class GeoPolygonRegion implements GeoRegion {
    /** How far from the hemisphere's edge corners must be, as the sine of the angle: about half a degree. */
    private static final double MARGIN = 0.01;

    private static final int MAX_STEPS = 1_000;

    private final Direction centre;
    private final Direction right;
    private final Direction up;
    private final List<Ring> rings = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();

    /** Corners count as inside; whether another point of an edge does is up to rounding. */
    private final Set<GeoPoint> corners = new HashSet<>();

    /** A place as a vector of length one from the middle of the earth. */
    private record Direction(double x, double y, double z) {
        static Direction of(GeoPoint point) {
            double latitude = Math.toRadians(point.latitude());
            double longitude = Math.toRadians(point.longitude());
            return new Direction(
                    Math.cos(latitude) * Math.cos(longitude),
                    Math.cos(latitude) * Math.sin(longitude),
                    Math.sin(latitude));
        }

        double dot(Direction other) {
            return x * other.x + y * other.y + z * other.z;
        }

        Direction plus(Direction other) {
            return new Direction(x + other.x, y + other.y, z + other.z);
        }

        Direction cross(Direction other) {
            return new Direction(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x);
        }

        Direction normalised() {
            double length = Math.sqrt(dot(this));
            return length == 0 ? new Direction(0, 0, 1) : new Direction(x / length, y / length, z / length);
        }
    }

    /**
     * A part of a great circle, less than half of it.
     *
     * @param normal of length one, or shorter where the ends are the same
     */
    private record Edge(Direction from, Direction to, Direction normal) {
        static Edge of(Direction from, Direction to) {
            return new Edge(from, to, from.cross(to).normalised());
        }

        /** Returns whether some of it is nearer than an angle of less than a right one, given by its cosine and sine. */
        boolean isWithin(Direction direction, double cosine, double sine) {
            if (from.dot(direction) >= cosine || to.dot(direction) >= cosine) {
                return true;
            }
            boolean beside =
                    normal.cross(from).dot(direction) >= 0 && to.cross(normal).dot(direction) >= 0;
            return beside && Math.abs(normal.dot(direction)) <= sine;
        }
    }

    /** Corners on the plane. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Ring(double[] x, double[] y) {
        /** Returns whether a ray from the point crosses the ring's edges an odd number of times. */
        boolean surrounds(double pointX, double pointY) {
            boolean inside = false;
            for (int i = 0, before = x.length - 1; i < x.length; before = i++) {
                if ((y[i] > pointY) != (y[before] > pointY)
                        && pointX < (x[before] - x[i]) * (pointY - y[i]) / (y[before] - y[i]) + x[i]) {
                    inside = !inside;
                }
            }
            return inside;
        }
    }

    /**
     * Makes the region of a polygon.
     *
     * @param path where it is in the request
     * @throws ServiceException INVALID_FILTER if it does not fit into a hemisphere
     */
    GeoPolygonRegion(GeoPolygon polygon, String path) {
        List<Direction> exterior =
                polygon.exterior().stream().map(Direction::of).toList();
        centre = centreOf(exterior, path + ".exterior");
        Direction anyOther = Math.abs(centre.z()) < 0.5 ? new Direction(0, 0, 1) : new Direction(1, 0, 0);
        right = anyOther.cross(centre).normalised();
        up = centre.cross(right);
        rings.add(ring(exterior, path + ".exterior"));
        addCorners(polygon.exterior());
        for (int i = 0; i < polygon.holes().size(); i++) {
            List<GeoPoint> hole = polygon.holes().get(i);
            rings.add(ring(hole.stream().map(Direction::of).toList(), path + ".holes[" + i + "]"));
            addCorners(hole);
        }
    }

    private void addCorners(List<GeoPoint> ring) {
        ring.forEach(corner -> corners.add(canonical(corner)));
    }

    /** Finds a direction that all corners are less than a right angle from: the perceptron's way, from their middle. */
    private static Direction centreOf(List<Direction> corners, String path) {
        Direction sum = new Direction(0, 0, 0);
        for (Direction corner : corners) {
            sum = sum.plus(corner);
        }
        for (int step = 0; step < MAX_STEPS; step++) {
            Direction candidate = sum.normalised();
            Direction farthest = corners.getFirst();
            for (Direction corner : corners) {
                if (candidate.dot(corner) < candidate.dot(farthest)) {
                    farthest = corner;
                }
            }
            if (candidate.dot(farthest) > MARGIN) {
                return candidate;
            }
            sum = sum.plus(farthest);
        }
        throw tooLarge(path);
    }

    private Ring ring(List<Direction> ring, String path) {
        double[] x = new double[ring.size()];
        double[] y = new double[ring.size()];
        for (int i = 0; i < x.length; i++) {
            edges.add(Edge.of(ring.get(i), ring.get((i + 1) % x.length)));
            double depth = centre.dot(ring.get(i));
            if (depth <= MARGIN) {
                throw tooLarge(path);
            }
            x[i] = right.dot(ring.get(i)) / depth;
            y[i] = up.dot(ring.get(i)) / depth;
        }
        return new Ring(x, y);
    }

    private static ServiceException tooLarge(String path) {
        return ServiceException.atField(
                ErrorCode.INVALID_FILTER, path, "A polygon must fit into one half of the earth, holes included");
    }

    @Override
    public boolean contains(GeoPoint point) {
        if (corners.contains(canonical(point))) {
            return true;
        }
        Direction direction = Direction.of(point);
        double depth = centre.dot(direction);
        if (depth <= 0) {
            return false;
        }
        double x = right.dot(direction) / depth;
        double y = up.dot(direction) / depth;
        for (int i = 0; i < rings.size(); i++) {
            boolean exterior = i == 0;
            if (rings.get(i).surrounds(x, y) != exterior) {
                return false;
            }
        }
        return true;
    }

    /**
     * A circle around the cell that no edge comes into is on one side of all of them, as its middle is.
     */
    @Override
    public GeoCell.Relation relation(GeoCell cell) {
        GeoPoint middle = cell.middle();
        Direction direction = Direction.of(middle);
        double radius = cell.radius() + SLACK_METERS / EARTH_RADIUS_METERS;
        if (radius >= Math.PI / 2) {
            return GeoCell.Relation.BORDER;
        }
        double cosine = Math.cos(radius);
        double sine = Math.sin(radius);
        for (Edge edge : edges) {
            if (edge.isWithin(direction, cosine, sine)) {
                return GeoCell.Relation.BORDER;
            }
        }
        return contains(middle) ? GeoCell.Relation.INSIDE : GeoCell.Relation.OUTSIDE;
    }

    /** Returns the one way to write a place that has several. */
    private static GeoPoint canonical(GeoPoint point) {
        boolean pole = Math.abs(point.latitude()) == GeoPoint.MAX_LATITUDE;
        double longitude = pole || point.longitude() == 0
                ? 0
                : point.longitude() == -GeoPoint.MAX_LONGITUDE ? GeoPoint.MAX_LONGITUDE : point.longitude();
        return new GeoPoint(longitude, point.latitude() == 0 ? 0 : point.latitude());
    }
}
