package io.knarr.server.engine;

import io.knarr.server.engine.kernel.CodeKernel;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import io.knarr.server.engine.kernel.TransformKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A query made ready for the codes of rows that share a centre. Reused from query to query; for one thread at a time. Names are those of
 * {@code docs/exactness.md}.
 *
 * <p>All estimates are of a row's key, which is the larger the nearer the row is: the inner product, or minus half the squared distance.
 * An estimate plus {@link #offset()} is the key.
 */
final class QueryCode {
    private static final double MIN_NORM = 1e-12;
    private static final double MAX_NORM = 1e15;

    /** What float32 arithmetic may do to an estimate from signs, as a share of the row's factor times {@link #k0}. */
    private static final double SIGN_ARITHMETIC = 0x1p-18;

    private final Similarity similarity;
    private final Rotation rotation;
    private final TransformKernel kernel = Kernels.transform();
    private final float[] rotated;
    private final int[] codes;
    private final float[] measures = new float[TransformKernel.MEASURES];

    final int[] planes;
    final int[] even;
    final int[] odd;
    float k0;
    float k1;

    private boolean usable;
    private double offset;
    private double norm;
    private double queryNorm;
    private double charged;
    private double leastWidth;
    private double centreDistance;
    private float codeScale;
    private int codeSum;
    private double codeError;
    private double centreNorm;

    QueryCode(int dimension, Similarity similarity) {
        this.similarity = similarity;
        this.rotation = Rotation.of(dimension);
        int size = rotation.size();
        this.rotated = new float[size];
        this.codes = new int[size];
        this.planes = new int[SignKernel.PLANES * (size / Integer.SIZE)];
        this.even = new int[size / 4];
        this.odd = new int[size / 4];
    }

    /** Prepares a query of the dimension. Returns whether codes can say anything about it; otherwise rows are looked at in full. */
    boolean prepare(float[] query, Centre centre) {
        float[] point = centre.point();
        boolean dot = similarity == Similarity.DOT;
        for (int i = 0; i < query.length; i++) {
            rotated[i] = dot ? query[i] : query[i] - point[i];
        }
        Arrays.fill(rotated, query.length, rotated.length, 0f);
        double squares = PreciseScore.of(Similarity.DOT, query, query);
        double apartSquares = PreciseScore.of(Similarity.SQUARED_EUCLID, query, point);
        double withCentre = PreciseScore.of(Similarity.DOT, query, point);
        double apart = Math.sqrt(apartSquares);
        queryNorm = Math.sqrt(squares);
        norm = dot ? queryNorm : apart;
        offset = dot ? withCentre : -0.5 * apartSquares;
        centreNorm = centre.norm();
        usable = norm > MIN_NORM && norm < MAX_NORM && apart < MAX_NORM && centreNorm < MAX_NORM;
        if (!usable) {
            return false;
        }
        rotation.apply(rotated);
        kernel.measure(rotated, rotated, measures);
        float greatest = measures[TransformKernel.GREATEST];
        makePlanes(greatest, apart);
        makeCodes(greatest);
        return true;
    }

    /**
     * Prepares a coded row as the query for its own neighbours. Only estimates are ready then, and their order is right among rows of one
     * centre; bounds are not.
     *
     * @param offset of the row's codes and their trailer, in bytes
     */
    void prepareRow(MemorySegment memory, long offset) {
        long trailer = offset + rotated.length;
        codeScale = memory.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE);
        codeSum = memory.get(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM);
        Kernels.code().load(memory, offset, even, odd);
        kernel.restore(memory, offset, codeScale, rotated);
        makePlanes(
                Math.max(63 * codeScale, Float.MIN_NORMAL),
                memory.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM));
    }

    private void makePlanes(float greatest, double apart) {
        // Sixteen cells of two steps reach from minus the greatest to the greatest: nothing is cut off, which would be
        // a bias.
        float step = greatest / 16;
        double rounded =
                Math.sqrt(kernel.planes(rotated, 0.5f / step, planes, rotated.length / Integer.SIZE) * summing());
        k0 = 15 * rotated.length * step;
        k1 = 2 * step;
        // What is in proportion to a row's factor is charged to the width: every spread is at least that share of the
        // factor.
        double arithmetic =
                SIGN_ARITHMETIC * k0 + Math.sqrt(rotated.length) * norm * (rotation.relativeError() + 0x1p-21);
        // And what rows charge to their spreads in proportion to the distance, which the width may be less than.
        arithmetic += Math.sqrt(rotated.length) * apart * RowEncoder.arithmeticShare(rotation);
        charged = arithmetic / (ExactSearch.DEVIATIONS * RowEncoder.ROUNDING_SHARE);
        leastWidth = rounded / RowEncoder.ROUNDING_SHARE;
        centreDistance = apart;
    }

    private void makeCodes(float greatest) {
        codeScale = greatest / 63;
        codeSum = kernel.quantise(rotated, 1 / codeScale, codes);
        CodeKernel.pairs(codes, even, odd);
        double rounded = Math.sqrt(kernel.squaredError(rotated, codes, codeScale) * summing());
        codeError = rounded * (1 + 1e-6) + norm * (rotation.relativeError() + 0x1p-22);
    }

    /** Returns what brings a float32 sum of squares to the safe side. */
    private double summing() {
        return 1 + (rotated.length + 8) * 0x1p-23;
    }

    /** Returns what to add to an estimate to have the key. */
    double offset() {
        return offset;
    }

    /** Returns how many spreads of a row make one standard deviation of its estimate from signs, or more. */
    double width() {
        return width(centreDistance);
    }

    /**
     * Returns the same for rows within a distance of the query. The error of an estimate comes from the part of the query, from the centre,
     * that is orthogonal to the row, from the centre; it is short where the two are near each other. See {@code docs/exactness.md}.
     *
     * @param squaredDistance no less than that of such a row; may be infinite
     * @param minNorm of the rows, from the centre
     */
    double widthWithin(double squaredDistance, double minNorm) {
        double apartSquare = centreDistance * centreDistance;
        double beyond = apartSquare - squaredDistance;
        double rowNorm = Math.max(minNorm, Math.sqrt(Math.max(0, beyond)));
        double cosine = (beyond + rowNorm * rowNorm) / (2 * centreDistance * rowNorm);
        if (!(cosine > 0)) {
            return width();
        }
        double sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
        return width(centreDistance * Math.min(1, sine + 0x1p-20));
    }

    private double width(double orthogonal) {
        return (Math.max(orthogonal, leastWidth) + charged) * (1 + 0x1p-20);
    }

    /** Returns no less than the squared distance of a row that belongs above {@code threshold}, of rows that are no longer than {@code longest}. */
    double squaredDistanceAt(double threshold, double longest) {
        double terms = queryNorm * queryNorm + longest * longest;
        double square = similarity == Similarity.DOT ? terms - 2 * threshold : -2 * threshold;
        return square + 0x1p-20 * (similarity == Similarity.DOT ? terms : Math.abs(square));
    }

    /**
     * Returns what float64 rounding may do to the key of a row that belongs above {@code threshold}, to the offset, and to sums of these:
     * keys are by definition rounded, and rows that differ by less than that are equal.
     *
     * @param maxNorm of the rows, from the centre
     */
    double slack(double threshold, float maxNorm) {
        double terms = similarity == Similarity.DOT
                ? norm * (2 * centreNorm + maxNorm)
                : 2 * (Math.abs(threshold) + norm * norm);
        return (rotated.length + 64) * 0x1p-53 * terms;
    }

    /** Returns the estimate from 7-bit codes: {@code dot} is the inner product of the row's codes and the query's. */
    float codeEstimate(int dot, float scale, int sum, float rowNorm) {
        int centred = dot - 64 * (sum + codeSum) + 4096 * codes.length;
        float product = centred * (scale * codeScale);
        return similarity == Similarity.DOT ? product : product - 0.5f * rowNorm * rowNorm;
    }

    /** Returns six standard deviations, about, of the error of {@link #codeEstimate} for a row as far from the centre as the query. */
    double codeDeviation() {
        return 12 * codeError * Math.max(norm, 1e-30) / Math.sqrt(codes.length);
    }

    /** Returns a bound on the error of {@link #codeEstimate}, of every source; infinite where the codes say nothing. */
    float codeBound(float error, float rowNorm) {
        float bound = (float) norm * error + (float) codeError * (rowNorm + error);
        if (similarity == Similarity.SQUARED_EUCLID) {
            bound += 0x1p-20f * rowNorm * rowNorm;
        }
        return bound * (1 + 0x1p-20f);
    }
}
