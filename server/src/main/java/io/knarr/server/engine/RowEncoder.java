package io.knarr.server.engine;

import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.engine.kernel.SignKernel;
import io.knarr.server.engine.kernel.TransformKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Makes the codes of rows. For one thread; holds scratch. What the figures mean, and why the bounds hold, is in {@code
 * docs/exactness.md}, by whose names they go here.
 */
final class RowEncoder {
    /** The query's rounding to sixteen levels that a spread allows for, as a share of its length from the centre. */
    static final double ROUNDING_SHARE = 0.15;

    /** What float32 arithmetic may do to the term of a row, as a share of it: the kernel 2^-20, rounding and the norm 2^-22. */
    private static final double TERM_SLACK = 0x1p-19;

    /** In place of a norm: the codes say nothing. */
    static final float UNKNOWN = -1;

    /** Outside of these squares of norms float32 sums lose their meaning; such rows are always looked at in full. */
    private static final double MIN_SQUARES = 1e-24;

    private static final double MAX_SQUARES = 1e30;

    private final Similarity similarity;
    private final Rotation rotation;
    private final CodeLayout layout;
    private final TransformKernel kernel = Kernels.transform();
    private final float[] rotated;
    private final int[] signs;
    private final int[] codes;
    private final byte[] bytes;
    private final float[] measures = new float[TransformKernel.MEASURES];

    /** A bound on the relative error of a float32 sum over the components. */
    private final double summing;

    RowEncoder(int dimension, Similarity similarity) {
        this.similarity = similarity;
        this.rotation = Rotation.of(dimension);
        this.layout = CodeLayout.of(dimension);
        this.rotated = new float[layout.size()];
        this.signs = new int[layout.words()];
        this.codes = new int[layout.size()];
        this.bytes = new byte[layout.size()];
        this.summing = summing(layout.size());
    }

    /**
     * Writes the codes of a row into its place in a block; {@code vector} has the dimension. Returns the norm from the centre, or {@link
     * #UNKNOWN}.
     */
    float encode(float[] vector, CodeBlock block, int row) {
        float[] centre = block.centre().point();
        double squares = 0;
        double withCentre = 0;
        for (int i = 0; i < vector.length; i++) {
            float difference = vector[i] - centre[i];
            rotated[i] = difference;
            squares += (double) difference * difference;
            withCentre += (double) difference * centre[i];
        }
        Arrays.fill(rotated, vector.length, rotated.length, 0f);
        int place = row - block.firstRow();
        if (!speaks(squares) || !(Math.abs(withCentre) < MAX_SQUARES)) {
            writeUnknown(block, place);
            return UNKNOWN;
        }
        rotation.apply(rotated);
        kernel.measure(rotated, block.centre().rotated(), measures);
        double norm = Math.sqrt(squares);
        kernel.signs(rotated, signs);
        writeEstimator(block, place, norm, withCentre);
        writeCodes(block, place, norm);
        return (float) norm;
    }

    private static double summing(int size) {
        return 1.01 * (size / 4 + 4) * 0x1p-24;
    }

    /** Returns what float32 arithmetic on a row may do to an estimate from its signs, as a share of both norms. */
    static double arithmeticShare(Rotation rotation) {
        return 3 * rotation.relativeError() + summing(rotation.size()) + 0x1p-20;
    }

    private static boolean speaks(double squares) {
        return squares == 0 || (squares > MIN_SQUARES && squares < MAX_SQUARES);
    }

    private void writeEstimator(CodeBlock block, int place, double norm, double withCentre) {
        double size = layout.size();
        double magnitudes = Math.max(measures[TransformKernel.MAGNITUDES], Float.MIN_NORMAL);
        float factor = (float) (norm * norm / magnitudes);
        double cosine = Math.min(1, magnitudes * (1 - summing) / (norm * Math.sqrt(size)));
        double deviation = norm == 0 ? 0 : norm * Math.sqrt((1 - cosine * cosine) / (cosine * cosine * (size - 1)));
        double rounding = factor * ROUNDING_SHARE;
        double arithmetic = arithmeticShare(rotation) / ExactSearch.DEVIATIONS;
        double spread = Math.sqrt(deviation * deviation + rounding * rounding) * (1 + 2 * summing) + arithmetic * norm;
        writeSigns(block, place, factor, term(norm, withCentre, factor, block.centre()));
        block.spreads().setAtIndex(ValueLayout.JAVA_FLOAT, place, up(spread));
    }

    /** Returns what to add to the estimate of the product, with all that float32 arithmetic may take from it. */
    private float term(double norm, double withCentre, float factor, Centre centre) {
        if (similarity == Similarity.SQUARED_EUCLID) {
            return (float) (-0.5 * norm * norm * (1 - TERM_SLACK));
        }
        double term = withCentre - factor * (double) measures[TransformKernel.SIGNED];
        double ofCentre = factor * Math.sqrt(layout.size()) * centre.norm();
        return (float) (term + TERM_SLACK * Math.abs(term) + ofCentre * (rotation.relativeError() + summing + 0x1p-22));
    }

    private void writeSigns(CodeBlock block, int place, float factor, float term) {
        MemorySegment memory = block.signs();
        long at = place / SignKernel.ROWS_PER_BLOCK * layout.signBlockBytes()
                + (long) place % SignKernel.ROWS_PER_BLOCK * Integer.BYTES;
        for (int word = 0; word < signs.length; word++) {
            memory.set(ValueLayout.JAVA_INT, at + (long) word * SignKernel.WORD_BYTES, signs[word]);
        }
        long factorsAt = at + (long) signs.length * SignKernel.WORD_BYTES;
        memory.set(ValueLayout.JAVA_FLOAT, factorsAt, factor);
        memory.set(ValueLayout.JAVA_FLOAT, factorsAt + SignKernel.WORD_BYTES, term);
    }

    private void writeCodes(CodeBlock block, int place, double norm) {
        float greatest = measures[TransformKernel.GREATEST];
        float scale = greatest / 63;
        int sum = kernel.quantise(rotated, scale > 0 ? 1 / scale : 0, codes);
        // Float32 sums of squares are off by at most the number of terms times 2^-24, relatively.
        double summing = 1 + (layout.size() + 8) * 0x1p-23;
        double rounded = Math.sqrt(kernel.squaredError(rotated, codes, scale) * summing);
        double error = rounded * (1 + 1e-6) + norm * (rotation.relativeError() + 0x1p-22) + norm * 0x1p-20;
        writeCodes(block, place, scale, sum, up(error), up(norm));
    }

    private void writeCodes(CodeBlock block, int place, float scale, int sum, float error, float norm) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) codes[i];
        }
        long at = place * layout.codeBytes();
        MemorySegment memory = block.codes();
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, bytes.length);
        long trailer = at + layout.size();
        memory.set(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE, scale);
        memory.set(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM, sum);
        memory.set(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.ERROR, error);
        memory.set(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM, norm);
    }

    /** Writes codes that say nothing: whatever the query, the row is looked at in full. */
    private void writeUnknown(CodeBlock block, int place) {
        Arrays.fill(signs, 0);
        Arrays.fill(codes, 64);
        writeSigns(block, place, 0f, 0f);
        block.spreads().setAtIndex(ValueLayout.JAVA_FLOAT, place, Float.POSITIVE_INFINITY);
        writeCodes(block, place, 0f, 64 * codes.length, Float.POSITIVE_INFINITY, 0f);
    }

    private static float up(double value) {
        return value == 0 ? 0f : Math.nextUp((float) value);
    }
}
