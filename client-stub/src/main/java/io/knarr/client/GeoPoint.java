package io.knarr.client;

/**
 * A place on the earth, as the value of a field.
 *
 * @param longitude degrees east of Greenwich, -180 to 180
 * @param latitude degrees north of the equator, -90 to 90
 */
public record GeoPoint(double longitude, double latitude) {
    public GeoPoint {
        if (!(Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90)) {
            throw new IllegalArgumentException(
                    "A longitude is -180 to 180 degrees, a latitude -90 to 90: " + longitude + ", " + latitude);
        }
    }

    /** Returns the place at a longitude and a latitude, in this order. */
    public static GeoPoint of(double longitude, double latitude) {
        return new GeoPoint(longitude, latitude);
    }
}
