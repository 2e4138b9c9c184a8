package io.knarr.server.index;

import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.GeoPoint;

/** A part of the earth's surface, which is taken for a sphere. Immutable. */
@FunctionalInterface
interface GeoRegion {
    /** The mean radius of the earth. */
    double EARTH_RADIUS_METERS = 6_371_008.8;

    /** Returns whether a place is within it, or on its edge. */
    boolean contains(GeoPoint point);

    /** Returns the places within a distance along great circles. */
    static GeoRegion of(GeoRadius circle) {
        return point -> distanceMeters(circle.center(), point) <= circle.radiusMeters();
    }

    /** Returns the distance between two places along a great circle. Exact to a millimetre, from nothing to half around the earth. */
    static double distanceMeters(GeoPoint from, GeoPoint to) {
        double fromLatitude = Math.toRadians(from.latitude());
        double toLatitude = Math.toRadians(to.latitude());
        double longitudes = Math.toRadians(to.longitude() - from.longitude());
        double east = Math.cos(toLatitude) * Math.sin(longitudes);
        double north = Math.cos(fromLatitude) * Math.sin(toLatitude)
                - Math.sin(fromLatitude) * Math.cos(toLatitude) * Math.cos(longitudes);
        double along = Math.sin(fromLatitude) * Math.sin(toLatitude)
                + Math.cos(fromLatitude) * Math.cos(toLatitude) * Math.cos(longitudes);
        return EARTH_RADIUS_METERS * Math.atan2(Math.hypot(east, north), along);
    }

    /** Returns the places between two parallels and two meridians, from the western one eastwards, over the antimeridian if need be. */
    static GeoRegion of(GeoBox box) {
        return point -> point.latitude() >= box.southWest().latitude()
                && point.latitude() <= box.northEast().latitude()
                && (isPole(point) || isBetweenMeridians(box, point.longitude()));
    }

    /** A pole is on every meridian, whatever its longitude says. */
    private static boolean isPole(GeoPoint point) {
        return Math.abs(point.latitude()) == GeoPoint.MAX_LATITUDE;
    }

    private static boolean isBetweenMeridians(GeoBox box, double longitude) {
        // The antimeridian has two longitudes.
        return isEastOfWest(box, longitude)
                || (Math.abs(longitude) == GeoPoint.MAX_LONGITUDE && isEastOfWest(box, -longitude));
    }

    private static boolean isEastOfWest(GeoBox box, double longitude) {
        double west = box.southWest().longitude();
        double east = box.northEast().longitude();
        return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
    }
}
