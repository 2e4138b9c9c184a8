package io.knarr.server.index;

import io.knarr.server.model.GeoPoint;

/**
 * The places between two parallels and two meridians, all four included; never over the antimeridian.
 *
 * @param west least longitude
 * @param south least latitude
 * @param east greatest longitude
 * @param north greatest latitude
 */
record GeoCell(double west, double south, double east, double north) {
    static final GeoCell EARTH =
            new GeoCell(-GeoPoint.MAX_LONGITUDE, -GeoPoint.MAX_LATITUDE, GeoPoint.MAX_LONGITUDE, GeoPoint.MAX_LATITUDE);

    /** How the places of a cell lie to a region. */
    enum Relation {
        /** All are in the region. */
        INSIDE,
        /** None is. */
        OUTSIDE,
        /** Some may be. */
        BORDER
    }

    /** Returns whether it has places that are written in more than one way: poles, and the antimeridian. */
    boolean hasTwins() {
        return west == -GeoPoint.MAX_LONGITUDE
                || east == GeoPoint.MAX_LONGITUDE
                || south == -GeoPoint.MAX_LATITUDE
                || north == GeoPoint.MAX_LATITUDE;
    }

    GeoPoint middle() {
        return new GeoPoint((west + east) / 2, (south + north) / 2);
    }

    /** Returns an angle, in radians, that no place of the cell is farther from the middle than: along the meridian, then the parallel. */
    double radius() {
        double nearest = south > 0 ? south : north < 0 ? -north : 0;
        return Math.toRadians((north - south) / 2 + (east - west) / 2 * Math.cos(Math.toRadians(nearest)));
    }
}
