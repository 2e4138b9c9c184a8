package io.knarr.server.index;

import io.knarr.server.model.Filter.GeoBox;
import io.knarr.server.model.GeoPoint;

/** The places between two parallels and two meridians, from the western one eastwards, over the antimeridian if need be. */
record GeoBoxRegion(GeoBox box) implements GeoRegion {
    @Override
    public boolean contains(GeoPoint point) {
        return point.latitude() >= box.southWest().latitude()
                && point.latitude() <= box.northEast().latitude()
                && (isPole(point) || isBetweenMeridians(point.longitude()));
    }

    @Override
    public GeoCell.Relation relation(GeoCell cell) {
        double south = box.southWest().latitude();
        double north = box.northEast().latitude();
        if (cell.north() < south || cell.south() > north) {
            return GeoCell.Relation.OUTSIDE;
        }
        double west = box.southWest().longitude();
        double east = box.northEast().longitude();
        boolean between;
        boolean apart;
        if (west <= east) {
            between = cell.west() >= west && cell.east() <= east;
            apart = cell.east() < west || cell.west() > east;
        } else {
            between = cell.west() >= west || cell.east() <= east;
            apart = cell.west() > east && cell.east() < west;
        }
        if (apart && !cell.hasTwins()) {
            return GeoCell.Relation.OUTSIDE;
        }
        return between && cell.south() >= south && cell.north() <= north
                ? GeoCell.Relation.INSIDE
                : GeoCell.Relation.BORDER;
    }

    /** A pole is on every meridian, whatever its longitude says. */
    private static boolean isPole(GeoPoint point) {
        return Math.abs(point.latitude()) == GeoPoint.MAX_LATITUDE;
    }

    private boolean isBetweenMeridians(double longitude) {
        // The antimeridian has two longitudes.
        return isEastOfWest(longitude) || (Math.abs(longitude) == GeoPoint.MAX_LONGITUDE && isEastOfWest(-longitude));
    }

    private boolean isEastOfWest(double longitude) {
        double west = box.southWest().longitude();
        double east = box.northEast().longitude();
        return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
    }
}
