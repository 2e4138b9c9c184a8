package io.knarr.server.index;

import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.Filter.GeoRadius;
import io.knarr.server.model.GeoPoint;

/** A part of the earth's surface, which is taken for a sphere. Immutable. */
interface GeoRegion {
    /** The mean radius of the earth. */
    double EARTH_RADIUS_METERS = 6_371_008.8;

    /** Far more than what rounding makes of a distance. */
    double SLACK_METERS = 1;

    /** Returns whether a place is within it, or on its edge. */
    boolean contains(GeoPoint point);

    /** Returns how the places of a cell lie to it; {@code BORDER} is never wrong. */
    GeoCell.Relation relation(GeoCell cell);

    /** Returns the places within a distance along great circles. */
    static GeoRegion of(GeoRadius circle) {
        return new GeoRegion() {
            @Override
            public boolean contains(GeoPoint point) {
                return distanceMeters(circle.center(), point) <= circle.radiusMeters();
            }

            @Override
            public GeoCell.Relation relation(GeoCell cell) {
                double distance = distanceMeters(circle.center(), cell.middle());
                double radius = EARTH_RADIUS_METERS * cell.radius() + SLACK_METERS;
                return distance + radius <= circle.radiusMeters()
                        ? GeoCell.Relation.INSIDE
                        : distance - radius > circle.radiusMeters()
                                ? GeoCell.Relation.OUTSIDE
                                : GeoCell.Relation.BORDER;
            }
        };
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
        return new GeoBoxRegion(box);
    }
}
