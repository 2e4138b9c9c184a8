package io.knarr.it;

import io.knarr.v1.GeoBoxFilter;
import io.knarr.v1.GeoPoint;
import io.knarr.v1.GeoRadiusFilter;
import io.knarr.v1.GeoRing;

/** Places as vectors from the middle of the earth; of polygons only triangles. */
final class ModelGeo {
    private static final double EARTH_RADIUS_METERS = 6_371_008.8;

    private ModelGeo() {}

    static boolean isWithin(GeoPoint point, GeoRadiusFilter circle) {
        double[] a = direction(point);
        double[] b = direction(circle.getCenter());
        double angle = Math.atan2(length(cross(a, b)), dot(a, b));
        return angle * EARTH_RADIUS_METERS <= circle.getRadiusMeters();
    }

    static boolean isWithin(GeoPoint point, GeoBoxFilter box) {
        double width =
                eastwards(box.getSouthWest().getLongitude(), box.getNorthEast().getLongitude());
        if (box.getSouthWest().getLongitude() == -180 && box.getNorthEast().getLongitude() == 180) {
            width = 360;
        }
        boolean pole = Math.abs(point.getLatitude()) == 90;
        return point.getLatitude() >= box.getSouthWest().getLatitude()
                && point.getLatitude() <= box.getNorthEast().getLatitude()
                && (pole || eastwards(box.getSouthWest().getLongitude(), point.getLongitude()) <= width);
    }

    /** Returns the degrees from one meridian eastwards to another, less than 360. */
    private static double eastwards(double from, double to) {
        double degrees = (to - from) % 360;
        return degrees < 0 ? degrees + 360 : degrees;
    }

    /** Returns whether a point is on the same side of all three edges as the triangle is. */
    static boolean isWithin(GeoPoint point, GeoRing triangle) {
        double[] place = direction(point);
        double[][] corners = new double[3][];
        for (int i = 0; i < 3; i++) {
            corners[i] = direction(triangle.getPoints(i));
        }
        for (int i = 0; i < 3; i++) {
            double[] edge = cross(corners[i], corners[(i + 1) % 3]);
            if (dot(edge, place) * dot(edge, corners[(i + 2) % 3]) < 0) {
                return false;
            }
        }
        return true;
    }

    private static double[] direction(GeoPoint point) {
        double longitude = Math.toRadians(point.getLongitude());
        double latitude = Math.toRadians(point.getLatitude());
        return new double[] {
            Math.cos(latitude) * Math.cos(longitude), Math.cos(latitude) * Math.sin(longitude), Math.sin(latitude)
        };
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static double[] cross(double[] a, double[] b) {
        return new double[] {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    }

    private static double length(double[] a) {
        return Math.sqrt(dot(a, a));
    }
}
