package io.knarr.server.index;

import io.knarr.server.index.FieldIndex.KeyRange;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.GeoValue;
import io.knarr.server.model.GeoPoint;
import java.util.Arrays;

/**
 * The places among the keys of a {@link FieldIndex} in the order of a curve through the cells of a grid (Morton's): the places of any cell
 * are next to each other, and so are those of either half of it. What is inside of a region is found by halving cells as long as they
 * are on its border; single places are looked at only there. Immutable.
 */
final class GeoCells {
    private static final int LONGITUDE_BITS = 16;
    private static final int LATITUDE_BITS = 15;
    private static final int BITS = LONGITUDE_BITS + LATITUDE_BITS;
    private static final double CELL_DEGREES = 360.0 / (1 << LONGITUDE_BITS);

    /** Cells of so few places are not halved. */
    private static final int MIN_PLACES = 16;

    /** A place may be in the cell beside its own because of rounding, but not farther. */
    private static final double SLACK_DEGREES = 1e-9;

    private final FieldIndex index;

    /** Whether each key is that of one row, which is then what is kept of it. */
    private final boolean byRow;

    // By place on the curve: the cell, and which key it is, or whose.
    private final int[] codes;
    private final int[] keys;

    private GeoCells(FieldIndex index, boolean byRow, int[] codes, int[] keys) {
        this.index = index;
        this.byRow = byRow;
        this.codes = codes;
        this.keys = keys;
    }

    static GeoCells of(FieldIndex index) {
        KeyRange places = index.ofKind(FieldKeys.PLACE);
        boolean byRow = index.hasSingleRows();
        long[] order = new long[Math.max(0, places.to() - places.from())];
        for (int i = 0; i < order.length; i++) {
            int key = places.from() + i;
            order[i] = ((long) code(point(index.key(key))) << Integer.SIZE) | key;
        }
        Arrays.sort(order);
        int[] codes = new int[order.length];
        int[] keys = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            codes[i] = (int) (order[i] >>> Integer.SIZE);
            keys[i] = byRow ? index.placeOf((int) order[i]) : (int) order[i];
        }
        return new GeoCells(index, byRow, codes, keys);
    }

    private static GeoPoint point(FieldValue key) {
        if (key instanceof GeoValue(GeoPoint point)) {
            return point;
        }
        throw new IllegalStateException("Key is no place");
    }

    private static int code(GeoPoint point) {
        int x = cell(point.longitude() + GeoPoint.MAX_LONGITUDE, LONGITUDE_BITS);
        int y = cell(point.latitude() + GeoPoint.MAX_LATITUDE, LATITUDE_BITS);
        // From the highest: a bit of the longitude, a bit of the latitude, and so on.
        return spread(x) | (spread(y) << 1);
    }

    private static int cell(double degrees, int bits) {
        return Math.min((1 << bits) - 1, (int) (degrees / CELL_DEGREES));
    }

    /** Puts a zero before each of 16 bits. */
    private static int spread(int bits) {
        int spread = (bits | (bits << 8)) & 0x00ff_00ff;
        spread = (spread | (spread << 4)) & 0x0f0f_0f0f;
        spread = (spread | (spread << 2)) & 0x3333_3333;
        return (spread | (spread << 1)) & 0x5555_5555;
    }

    /** What a region has: places that are in it, and such that must be looked at, as ranges on the curve. For one thread. */
    final class Candidates {
        private final GeoRegion region;
        private final Runnable check;
        private int[] ranges = new int[16];
        private int size;
        private long count;

        private Candidates(GeoRegion region, Runnable check) {
            this.region = region;
            this.check = check;
            gather(GeoCell.EARTH, BITS, 0, 0, codes.length);
        }

        /**
         * Gathers the places of a cell.
         *
         * @param bits how many of a code are not yet known
         * @param code the least one in the cell
         */
        private void gather(GeoCell cell, int bits, int code, int from, int to) {
            if (from == to) {
                return;
            }
            check.run();
            switch (region.relation(cell)) {
                case INSIDE -> add(from, to, true);
                case OUTSIDE -> {}
                case BORDER -> {
                    if (bits == 0 || to - from <= MIN_PLACES) {
                        add(from, to, false);
                        return;
                    }
                    int half = code | (1 << (bits - 1));
                    int middle = firstAtLeast(half, from, to);
                    boolean byLongitude = bits % 2 == 1;
                    double across = byLongitude ? (cell.west() + cell.east()) / 2 : (cell.south() + cell.north()) / 2;
                    gather(lower(cell, byLongitude, across), bits - 1, code, from, middle);
                    gather(upper(cell, byLongitude, across), bits - 1, half, middle, to);
                }
            }
        }

        private static GeoCell lower(GeoCell cell, boolean byLongitude, double across) {
            return byLongitude
                    ? new GeoCell(cell.west(), cell.south(), across + SLACK_DEGREES, cell.north())
                    : new GeoCell(cell.west(), cell.south(), cell.east(), across + SLACK_DEGREES);
        }

        private static GeoCell upper(GeoCell cell, boolean byLongitude, double across) {
            return byLongitude
                    ? new GeoCell(across - SLACK_DEGREES, cell.south(), cell.east(), cell.north())
                    : new GeoCell(cell.west(), across - SLACK_DEGREES, cell.east(), cell.north());
        }

        private int firstAtLeast(int code, int from, int to) {
            int low = from;
            int high = to;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (codes[middle] < code) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private void add(int from, int to, boolean inside) {
            if (size + 3 > ranges.length) {
                ranges = Arrays.copyOf(ranges, 2 * ranges.length);
            }
            ranges[size++] = from;
            ranges[size++] = to;
            ranges[size++] = inside ? 1 : 0;
            count += to - from;
        }

        /** Returns at most how many places are in the region. */
        long count() {
            return count;
        }

        /** Gives the rows of the places that are in the region. */
        void collect(RowSet.Collector collector) {
            for (int range = 0; range < size; range += 3) {
                boolean inside = ranges[range + 2] == 1;
                for (int place = ranges[range]; place < ranges[range + 1]; place++) {
                    int key = keys[place];
                    if (!inside && !region.contains(point(byRow ? index.valueOf(key) : index.key(key)))) {
                        continue;
                    }
                    if (byRow) {
                        collector.add(key);
                    } else {
                        index.collect(new KeyRange(key, key + 1), collector);
                    }
                }
                check.run();
            }
        }
    }

    /**
     * Looks for the places in a region.
     *
     * @param check called from time to time
     */
    Candidates candidates(GeoRegion region, Runnable check) {
        return new Candidates(region, check);
    }

    long footprintBytes() {
        return 64 + 8L * codes.length;
    }
}
