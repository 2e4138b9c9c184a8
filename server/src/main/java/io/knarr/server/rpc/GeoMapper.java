package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.Filter;
import io.knarr.server.model.GeoPoint;
import io.knarr.v1.GeoBoxFilter;
import io.knarr.v1.GeoPolygonFilter;
import io.knarr.v1.GeoRadiusFilter;
import io.knarr.v1.GeoRing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Reads and writes places on the earth, and conditions on them. */
final class GeoMapper {
    private static final int MIN_CORNERS = 3;

    private GeoMapper() {}

    /**
     * Returns a place.
     *
     * @param malformed the code for coordinates out of range
     */
    static GeoPoint toPoint(io.knarr.v1.GeoPoint point, FieldPath path, ErrorCode malformed) {
        requireCoordinate(point.getLongitude(), GeoPoint.MAX_LONGITUDE, path.field("longitude"), malformed);
        requireCoordinate(point.getLatitude(), GeoPoint.MAX_LATITUDE, path.field("latitude"), malformed);
        return new GeoPoint(point.getLongitude(), point.getLatitude());
    }

    private static void requireCoordinate(double degrees, double most, FieldPath path, ErrorCode malformed) {
        requireFinite(degrees, path);
        if (Math.abs(degrees) > most) {
            throw Rejections.of(
                    malformed, path, "A longitude must be -180 to 180 degrees, and a latitude -90 to 90 degrees");
        }
    }

    private static void requireFinite(double number, FieldPath path) {
        if (!Double.isFinite(number)) {
            throw Rejections.of(ErrorCode.NOT_FINITE, path, "A number must not be NaN or infinite");
        }
    }

    /** Returns a place as protobuf. */
    static io.knarr.v1.GeoPoint toProto(GeoPoint point) {
        return io.knarr.v1.GeoPoint.newBuilder()
                .setLongitude(point.longitude())
                .setLatitude(point.latitude())
                .build();
    }

    /** Returns the condition of a circle on a field, whose name has been checked. */
    static Filter toFilter(GeoRadiusFilter circle, String field, FieldPath path) {
        GeoPoint center = corner(circle.hasCenter(), circle.getCenter(), path.field("center"));
        FieldPath radiusPath = path.field("radius_meters");
        requireFinite(circle.getRadiusMeters(), radiusPath);
        if (!(circle.getRadiusMeters() > 0)) {
            throw Rejections.of(ErrorCode.INVALID_FILTER, radiusPath, "A radius must be more than 0");
        }
        return new Filter.GeoRadius(field, center, circle.getRadiusMeters());
    }

    /** Returns the condition of a box on a field, whose name has been checked. */
    static Filter toFilter(GeoBoxFilter box, String field, FieldPath path) {
        GeoPoint southWest = corner(box.hasSouthWest(), box.getSouthWest(), path.field("south_west"));
        GeoPoint northEast = corner(box.hasNorthEast(), box.getNorthEast(), path.field("north_east"));
        if (southWest.latitude() > northEast.latitude()) {
            throw Rejections.of(ErrorCode.INVALID_FILTER, path, "A box's south-west corner is north of its other one");
        }
        return new Filter.GeoBox(field, southWest, northEast);
    }

    private static GeoPoint corner(boolean present, io.knarr.v1.GeoPoint point, FieldPath path) {
        if (!present) {
            throw Rejections.of(ErrorCode.INVALID_FILTER, path, "A condition on places needs this one");
        }
        return toPoint(point, path, ErrorCode.INVALID_FILTER);
    }

    /** Returns the condition of a polygon on a field, whose name has been checked. */
    static Filter toFilter(GeoPolygonFilter polygon, String field, FieldPath path, Limits limits) {
        long points = polygon.getExterior().getPointsCount();
        for (GeoRing hole : polygon.getHolesList()) {
            points += hole.getPointsCount();
        }
        if (points > limits.maxFilterValues()) {
            throw Rejections.limit(path, "A polygon has too many points", limits.maxFilterValues(), points);
        }
        List<GeoPoint> exterior = toRing(polygon.getExterior(), path.field("exterior"));
        List<List<GeoPoint>> holes = new ArrayList<>(polygon.getHolesCount());
        for (int i = 0; i < polygon.getHolesCount(); i++) {
            holes.add(toRing(polygon.getHoles(i), path.field("holes").index(i)));
        }
        return new Filter.GeoPolygon(field, exterior, holes);
    }

    private static List<GeoPoint> toRing(GeoRing ring, FieldPath path) {
        FieldPath pointsPath = path.field("points");
        List<GeoPoint> points = new ArrayList<>(ring.getPointsCount());
        for (int i = 0; i < ring.getPointsCount(); i++) {
            points.add(toPoint(ring.getPoints(i), pointsPath.index(i), ErrorCode.INVALID_FILTER));
        }
        if (new HashSet<>(points).size() < MIN_CORNERS) {
            throw Rejections.of(ErrorCode.INVALID_FILTER, pointsPath, "A ring needs at least 3 different points");
        }
        return points;
    }
}
