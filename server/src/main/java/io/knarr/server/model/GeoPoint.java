package io.knarr.server.model;

/**
 * A place on the earth.
 *
 * @param longitude degrees east of Greenwich, -180 to 180; both ends are the same meridian
 * @param latitude degrees north of the equator, -90 to 90
 */
public record GeoPoint(double longitude, double latitude) {
    /** The greatest longitude. */
    public static final double MAX_LONGITUDE = 180;
    /** The greatest latitude. */
    public static final double MAX_LATITUDE = 90;

    public GeoPoint {
        if (!(Math.abs(longitude) <= MAX_LONGITUDE && Math.abs(latitude) <= MAX_LATITUDE)) {
            throw new IllegalArgumentException("Not a place on the earth");
        }
    }
}
