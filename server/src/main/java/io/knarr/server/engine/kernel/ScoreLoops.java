package io.knarr.server.engine.kernel;

import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sums in vectors. Lanes are the interleaved sums, so that the order of additions is that of the definition; multiplication and addition stay
 * two operations, because a fused one rounds once. Nobody uses this class by name.
 *
 * <p>Floats are read in whole vectors, as everywhere: see {@link VectorLoops} for what became of it when these were half as wide. Each is
 * two vectors of doubles: the same sums' next two terms where a vector has all eight sums, otherwise the terms of two halves of them.
 */
final class ScoreLoops extends SimdScoreKernel {
    private static final VectorSpecies<Float> FLOATS = VectorLoops.species(MethodHandles.lookup());
    private static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, FLOATS.vectorShape());
    private static final int LANES = DOUBLES.length();
    private static final int STEP = Math.max(SUMS, FLOATS.length());

    @Override
    public String name() {
        return "double-" + DOUBLES.vectorBitSize();
    }

    @Override
    public void products(float[] query, float[] row, double[] sums) {
        int end = query.length / STEP * STEP;
        for (int first = 0; first < SUMS; first += FLOATS.length()) {
            DoubleVector low = DoubleVector.zero(DOUBLES);
            DoubleVector high = DoubleVector.zero(DOUBLES);
            for (int i = first; i < end; i += STEP) {
                FloatVector q = FloatVector.fromArray(FLOATS, query, i);
                FloatVector r = FloatVector.fromArray(FLOATS, row, i);
                DoubleVector q0 = (DoubleVector) q.convertShape(F2D, DOUBLES, 0);
                DoubleVector r0 = (DoubleVector) r.convertShape(F2D, DOUBLES, 0);
                DoubleVector q1 = (DoubleVector) q.convertShape(F2D, DOUBLES, 1);
                DoubleVector r1 = (DoubleVector) r.convertShape(F2D, DOUBLES, 1);
                low = low.add(q0.mul(r0));
                if (LANES == SUMS) {
                    low = low.add(q1.mul(r1));
                } else {
                    high = high.add(q1.mul(r1));
                }
            }
            low.intoArray(sums, first);
            if (LANES < SUMS) {
                high.intoArray(sums, first + LANES);
            }
        }
        if (query.length - end >= SUMS) {
            for (int s = 0; s < SUMS; s++) {
                sums[s] += (double) query[end + s] * row[end + s];
            }
        }
    }

    @Override
    public void squares(float[] query, float[] row, double[] sums) {
        int end = query.length / STEP * STEP;
        for (int first = 0; first < SUMS; first += FLOATS.length()) {
            DoubleVector low = DoubleVector.zero(DOUBLES);
            DoubleVector high = DoubleVector.zero(DOUBLES);
            for (int i = first; i < end; i += STEP) {
                FloatVector q = FloatVector.fromArray(FLOATS, query, i);
                FloatVector r = FloatVector.fromArray(FLOATS, row, i);
                DoubleVector q0 = (DoubleVector) q.convertShape(F2D, DOUBLES, 0);
                DoubleVector r0 = (DoubleVector) r.convertShape(F2D, DOUBLES, 0);
                DoubleVector q1 = (DoubleVector) q.convertShape(F2D, DOUBLES, 1);
                DoubleVector r1 = (DoubleVector) r.convertShape(F2D, DOUBLES, 1);
                DoubleVector d0 = q0.sub(r0);
                DoubleVector d1 = q1.sub(r1);
                low = low.add(d0.mul(d0));
                if (LANES == SUMS) {
                    low = low.add(d1.mul(d1));
                } else {
                    high = high.add(d1.mul(d1));
                }
            }
            low.intoArray(sums, first);
            if (LANES < SUMS) {
                high.intoArray(sums, first + LANES);
            }
        }
        if (query.length - end >= SUMS) {
            for (int s = 0; s < SUMS; s++) {
                double difference = (double) query[end + s] - row[end + s];
                sums[s] += difference * difference;
            }
        }
    }

    @Override
    public void magnitudes(float[] query, float[] row, double[] sums) {
        int end = query.length / STEP * STEP;
        for (int first = 0; first < SUMS; first += FLOATS.length()) {
            DoubleVector low = DoubleVector.zero(DOUBLES);
            DoubleVector high = DoubleVector.zero(DOUBLES);
            for (int i = first; i < end; i += STEP) {
                FloatVector q = FloatVector.fromArray(FLOATS, query, i);
                FloatVector r = FloatVector.fromArray(FLOATS, row, i);
                DoubleVector q0 = (DoubleVector) q.convertShape(F2D, DOUBLES, 0);
                DoubleVector r0 = (DoubleVector) r.convertShape(F2D, DOUBLES, 0);
                DoubleVector q1 = (DoubleVector) q.convertShape(F2D, DOUBLES, 1);
                DoubleVector r1 = (DoubleVector) r.convertShape(F2D, DOUBLES, 1);
                low = low.add(q0.sub(r0).abs());
                if (LANES == SUMS) {
                    low = low.add(q1.sub(r1).abs());
                } else {
                    high = high.add(q1.sub(r1).abs());
                }
            }
            low.intoArray(sums, first);
            if (LANES < SUMS) {
                high.intoArray(sums, first + LANES);
            }
        }
        if (query.length - end >= SUMS) {
            for (int s = 0; s < SUMS; s++) {
                sums[s] += Math.abs((double) query[end + s] - row[end + s]);
            }
        }
    }
}
