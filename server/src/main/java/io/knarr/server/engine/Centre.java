package io.knarr.server.engine;

/** The point from which rows are coded: codes say how a row differs from it, so the nearer it is to the rows the more they say. Immutable. */
final class Centre {
    private final float[] point;
    private final float[] rotated;
    private final double norm;

    /** Takes the point over; shape {@code [dimension]}. */
    Centre(float[] point) {
        Rotation rotation = Rotation.of(point.length);
        this.point = point;
        this.rotated = new float[rotation.size()];
        System.arraycopy(point, 0, rotated, 0, point.length);
        rotation.apply(rotated);
        double squares = 0;
        for (float component : point) {
            squares += (double) component * component;
        }
        this.norm = Math.sqrt(squares);
    }

    /** Returns the mean of rows {@code 0} to below {@code count}; the origin where it is not finite. */
    static Centre ofMean(VectorRows rows, int count) {
        double[] sums = new double[rows.dimension()];
        float[] row = new float[rows.dimension()];
        for (int i = 0; i < count; i++) {
            rows.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                sums[j] += row[j];
            }
        }
        float[] mean = new float[sums.length];
        for (int j = 0; j < mean.length; j++) {
            mean[j] = (float) (sums[j] / Math.max(1, count));
            if (!Float.isFinite(mean[j])) {
                return new Centre(new float[sums.length]);
            }
        }
        return new Centre(mean);
    }

    /** Returns the point, not to be changed. */
    float[] point() {
        return point;
    }

    /** Returns the rotated point, padded; not to be changed. */
    float[] rotated() {
        return rotated;
    }

    /** Returns the point's length. */
    double norm() {
        return norm;
    }
}
