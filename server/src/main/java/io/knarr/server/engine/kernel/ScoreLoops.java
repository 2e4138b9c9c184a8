package io.knarr.server.engine.kernel;

import static jdk.incubator.vector.VectorOperators.F2D;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sums in vectors. Lanes are the interleaved sums, so that the order of additions is that of the definition; multiplication and addition stay
 * two operations, because a fused one rounds once. Nobody uses this class by name.
 */
final class ScoreLoops extends SimdScoreKernel {
    private static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(
            double.class, VectorLoops.species(MethodHandles.lookup()).vectorShape());
    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));
    private static final int LANES = DOUBLES.length();

    @Override
    public String name() {
        return "double-" + DOUBLES.vectorBitSize();
    }

    @Override
    public void products(float[] query, float[] row, double[] sums) {
        int end = query.length / SUMS * SUMS;
        for (int first = 0; first < SUMS; first += LANES) {
            DoubleVector sum = DoubleVector.zero(DOUBLES);
            for (int i = first; i < end; i += SUMS) {
                DoubleVector q =
                        (DoubleVector) FloatVector.fromArray(FLOATS, query, i).convertShape(F2D, DOUBLES, 0);
                DoubleVector r =
                        (DoubleVector) FloatVector.fromArray(FLOATS, row, i).convertShape(F2D, DOUBLES, 0);
                sum = sum.add(q.mul(r));
            }
            sum.intoArray(sums, first);
        }
    }

    @Override
    public void squares(float[] query, float[] row, double[] sums) {
        int end = query.length / SUMS * SUMS;
        for (int first = 0; first < SUMS; first += LANES) {
            DoubleVector sum = DoubleVector.zero(DOUBLES);
            for (int i = first; i < end; i += SUMS) {
                DoubleVector q =
                        (DoubleVector) FloatVector.fromArray(FLOATS, query, i).convertShape(F2D, DOUBLES, 0);
                DoubleVector r =
                        (DoubleVector) FloatVector.fromArray(FLOATS, row, i).convertShape(F2D, DOUBLES, 0);
                DoubleVector difference = q.sub(r);
                sum = sum.add(difference.mul(difference));
            }
            sum.intoArray(sums, first);
        }
    }

    @Override
    public void magnitudes(float[] query, float[] row, double[] sums) {
        int end = query.length / SUMS * SUMS;
        for (int first = 0; first < SUMS; first += LANES) {
            DoubleVector sum = DoubleVector.zero(DOUBLES);
            for (int i = first; i < end; i += SUMS) {
                DoubleVector q =
                        (DoubleVector) FloatVector.fromArray(FLOATS, query, i).convertShape(F2D, DOUBLES, 0);
                DoubleVector r =
                        (DoubleVector) FloatVector.fromArray(FLOATS, row, i).convertShape(F2D, DOUBLES, 0);
                sum = sum.add(q.sub(r).abs());
            }
            sum.intoArray(sums, first);
        }
    }
}
