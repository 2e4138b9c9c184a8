package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Locale;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector loops, written for the machine; {@link VectorLoops} defines this class once per width, and nobody uses it by name.
 *
 * <p>Four rows go together, so that a piece of the query is loaded once for the four and independent sums hide the latency of the
 * fused multiply-add. What is left of the rows goes one by one with four sums each, what is left of the dimension element by element.
 */
final class SimdLoops extends SimdKernel {
    private static final VectorSpecies<Float> SPECIES = VectorLoops.species(MethodHandles.lookup());
    private static final ElementType TYPE = VectorLoops.variant(MethodHandles.lookup(), ElementType.class);
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));
    // There are no vectors of four bytes.
    private static final VectorSpecies<Byte> QUARTERS =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 4)));
    private static final int LANES = SPECIES.length();
    private static final int FOUR_LANES = 4 * LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final ValueLayout.OfInt FOUR_BYTES =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Brings byte i of a word to the top of lane i; lanes beyond four are never used. */
    private static final IntVector TO_TOP =
            IntVector.broadcast(INTS, 24).sub(IntVector.zero(INTS).addIndex(8));

    @Override
    public String name() {
        String width = "simd-" + SPECIES.vectorBitSize();
        return TYPE == ElementType.FLOAT32 ? width : width + "-" + TYPE.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void dot(float[] query, VectorBlock block, int[] rows, int count, float[] scores) {
        block.check(query.length, TYPE);
        MemorySegment memory = block.memory();
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            dotToFour(
                    query,
                    memory,
                    block.rowOffset(rows[i]),
                    block.rowOffset(rows[i + 1]),
                    block.rowOffset(rows[i + 2]),
                    block.rowOffset(rows[i + 3]),
                    scores,
                    i);
        }
        for (; i < count; i++) {
            scores[i] = dotToOne(query, memory, block.rowOffset(rows[i]));
        }
    }

    private static void dotToFour(
            float[] query,
            MemorySegment memory,
            long row0,
            long row1,
            long row2,
            long row3,
            float[] scores,
            int first) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int j = 0;
        for (int end = SPECIES.loopBound(query.length); j < end; j += LANES) {
            FloatVector piece = FloatVector.fromArray(SPECIES, query, j);
            sum0 = piece.fma(at(memory, row0, j), sum0);
            sum1 = piece.fma(at(memory, row1, j), sum1);
            sum2 = piece.fma(at(memory, row2, j), sum2);
            sum3 = piece.fma(at(memory, row3, j), sum3);
        }
        float total0 = sum0.reduceLanes(VectorOperators.ADD);
        float total1 = sum1.reduceLanes(VectorOperators.ADD);
        float total2 = sum2.reduceLanes(VectorOperators.ADD);
        float total3 = sum3.reduceLanes(VectorOperators.ADD);
        for (; j < query.length; j++) {
            total0 += query[j] * stored(memory, row0, j);
            total1 += query[j] * stored(memory, row1, j);
            total2 += query[j] * stored(memory, row2, j);
            total3 += query[j] * stored(memory, row3, j);
        }
        scores[first] = total0;
        scores[first + 1] = total1;
        scores[first + 2] = total2;
        scores[first + 3] = total3;
    }

    private static float dotToOne(float[] query, MemorySegment memory, long row) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int j = 0;
        for (int end = query.length - query.length % FOUR_LANES; j < end; j += FOUR_LANES) {
            sum0 = FloatVector.fromArray(SPECIES, query, j).fma(at(memory, row, j), sum0);
            sum1 = FloatVector.fromArray(SPECIES, query, j + LANES).fma(at(memory, row, j + LANES), sum1);
            sum2 = FloatVector.fromArray(SPECIES, query, j + 2 * LANES).fma(at(memory, row, j + 2 * LANES), sum2);
            sum3 = FloatVector.fromArray(SPECIES, query, j + 3 * LANES).fma(at(memory, row, j + 3 * LANES), sum3);
        }
        for (int end = SPECIES.loopBound(query.length); j < end; j += LANES) {
            sum0 = FloatVector.fromArray(SPECIES, query, j).fma(at(memory, row, j), sum0);
        }
        float total = sum0.add(sum1).add(sum2.add(sum3)).reduceLanes(VectorOperators.ADD);
        for (; j < query.length; j++) {
            total += query[j] * stored(memory, row, j);
        }
        return total;
    }

    @Override
    public void squaredDistance(float[] query, VectorBlock block, int[] rows, int count, float[] scores) {
        block.check(query.length, TYPE);
        MemorySegment memory = block.memory();
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            squaredDistanceToFour(
                    query,
                    memory,
                    block.rowOffset(rows[i]),
                    block.rowOffset(rows[i + 1]),
                    block.rowOffset(rows[i + 2]),
                    block.rowOffset(rows[i + 3]),
                    scores,
                    i);
        }
        for (; i < count; i++) {
            scores[i] = squaredDistanceToOne(query, memory, block.rowOffset(rows[i]));
        }
    }

    private static void squaredDistanceToFour(
            float[] query,
            MemorySegment memory,
            long row0,
            long row1,
            long row2,
            long row3,
            float[] scores,
            int first) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int j = 0;
        for (int end = SPECIES.loopBound(query.length); j < end; j += LANES) {
            FloatVector piece = FloatVector.fromArray(SPECIES, query, j);
            FloatVector apart0 = piece.sub(at(memory, row0, j));
            sum0 = apart0.fma(apart0, sum0);
            FloatVector apart1 = piece.sub(at(memory, row1, j));
            sum1 = apart1.fma(apart1, sum1);
            FloatVector apart2 = piece.sub(at(memory, row2, j));
            sum2 = apart2.fma(apart2, sum2);
            FloatVector apart3 = piece.sub(at(memory, row3, j));
            sum3 = apart3.fma(apart3, sum3);
        }
        float total0 = sum0.reduceLanes(VectorOperators.ADD);
        float total1 = sum1.reduceLanes(VectorOperators.ADD);
        float total2 = sum2.reduceLanes(VectorOperators.ADD);
        float total3 = sum3.reduceLanes(VectorOperators.ADD);
        for (; j < query.length; j++) {
            total0 += square(query[j] - stored(memory, row0, j));
            total1 += square(query[j] - stored(memory, row1, j));
            total2 += square(query[j] - stored(memory, row2, j));
            total3 += square(query[j] - stored(memory, row3, j));
        }
        scores[first] = total0;
        scores[first + 1] = total1;
        scores[first + 2] = total2;
        scores[first + 3] = total3;
    }

    private static float squaredDistanceToOne(float[] query, MemorySegment memory, long row) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int j = 0;
        for (int end = query.length - query.length % FOUR_LANES; j < end; j += FOUR_LANES) {
            FloatVector apart0 = FloatVector.fromArray(SPECIES, query, j).sub(at(memory, row, j));
            sum0 = apart0.fma(apart0, sum0);
            FloatVector apart1 =
                    FloatVector.fromArray(SPECIES, query, j + LANES).sub(at(memory, row, j + LANES));
            sum1 = apart1.fma(apart1, sum1);
            FloatVector apart2 =
                    FloatVector.fromArray(SPECIES, query, j + 2 * LANES).sub(at(memory, row, j + 2 * LANES));
            sum2 = apart2.fma(apart2, sum2);
            FloatVector apart3 =
                    FloatVector.fromArray(SPECIES, query, j + 3 * LANES).sub(at(memory, row, j + 3 * LANES));
            sum3 = apart3.fma(apart3, sum3);
        }
        for (int end = SPECIES.loopBound(query.length); j < end; j += LANES) {
            FloatVector apart0 = FloatVector.fromArray(SPECIES, query, j).sub(at(memory, row, j));
            sum0 = apart0.fma(apart0, sum0);
        }
        float total = sum0.add(sum1).add(sum2.add(sum3)).reduceLanes(VectorOperators.ADD);
        for (; j < query.length; j++) {
            total += square(query[j] - stored(memory, row, j));
        }
        return total;
    }

    @Override
    public void manhattanDistance(float[] query, VectorBlock block, int[] rows, int count, float[] scores) {
        block.check(query.length, TYPE);
        MemorySegment memory = block.memory();
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            manhattanDistanceToFour(
                    query,
                    memory,
                    block.rowOffset(rows[i]),
                    block.rowOffset(rows[i + 1]),
                    block.rowOffset(rows[i + 2]),
                    block.rowOffset(rows[i + 3]),
                    scores,
                    i);
        }
        for (; i < count; i++) {
            scores[i] = manhattanDistanceToOne(query, memory, block.rowOffset(rows[i]));
        }
    }

    private static void manhattanDistanceToFour(
            float[] query,
            MemorySegment memory,
            long row0,
            long row1,
            long row2,
            long row3,
            float[] scores,
            int first) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int j = 0;
        for (int end = SPECIES.loopBound(query.length); j < end; j += LANES) {
            FloatVector piece = FloatVector.fromArray(SPECIES, query, j);
            sum0 = sum0.add(piece.sub(at(memory, row0, j)).abs());
            sum1 = sum1.add(piece.sub(at(memory, row1, j)).abs());
            sum2 = sum2.add(piece.sub(at(memory, row2, j)).abs());
            sum3 = sum3.add(piece.sub(at(memory, row3, j)).abs());
        }
        float total0 = sum0.reduceLanes(VectorOperators.ADD);
        float total1 = sum1.reduceLanes(VectorOperators.ADD);
        float total2 = sum2.reduceLanes(VectorOperators.ADD);
        float total3 = sum3.reduceLanes(VectorOperators.ADD);
        for (; j < query.length; j++) {
            total0 += Math.abs(query[j] - stored(memory, row0, j));
            total1 += Math.abs(query[j] - stored(memory, row1, j));
            total2 += Math.abs(query[j] - stored(memory, row2, j));
            total3 += Math.abs(query[j] - stored(memory, row3, j));
        }
        scores[first] = total0;
        scores[first + 1] = total1;
        scores[first + 2] = total2;
        scores[first + 3] = total3;
    }

    private static float manhattanDistanceToOne(float[] query, MemorySegment memory, long row) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        int j = 0;
        for (int end = query.length - query.length % FOUR_LANES; j < end; j += FOUR_LANES) {
            sum0 = sum0.add(FloatVector.fromArray(SPECIES, query, j)
                    .sub(at(memory, row, j))
                    .abs());
            sum1 = sum1.add(FloatVector.fromArray(SPECIES, query, j + LANES)
                    .sub(at(memory, row, j + LANES))
                    .abs());
            sum2 = sum2.add(FloatVector.fromArray(SPECIES, query, j + 2 * LANES)
                    .sub(at(memory, row, j + 2 * LANES))
                    .abs());
            sum3 = sum3.add(FloatVector.fromArray(SPECIES, query, j + 3 * LANES)
                    .sub(at(memory, row, j + 3 * LANES))
                    .abs());
        }
        for (int end = SPECIES.loopBound(query.length); j < end; j += LANES) {
            sum0 = sum0.add(FloatVector.fromArray(SPECIES, query, j)
                    .sub(at(memory, row, j))
                    .abs());
        }
        float total = sum0.add(sum1).add(sum2.add(sum3)).reduceLanes(VectorOperators.ADD);
        for (; j < query.length; j++) {
            total += Math.abs(query[j] - stored(memory, row, j));
        }
        return total;
    }

    /** Loads components as float32. The type is a constant of the class, so that one way remains. */
    private static FloatVector at(MemorySegment memory, long row, int index) {
        if (TYPE == ElementType.FLOAT16) {
            return half(memory, row + 2L * index);
        }
        if (TYPE == ElementType.INT8) {
            return LANES == 4 ? fourBytes(memory, row + index) : bytes(memory, row + index);
        }
        return FloatVector.fromMemorySegment(SPECIES, memory, row + 4L * index, ORDER);
    }

    /** Moves sign, exponent and fraction to their places, and corrects the exponent by multiplying; subnormal numbers come out right. */
    private static FloatVector half(MemorySegment memory, long offset) {
        return ((IntVector) ShortVector.fromMemorySegment(HALVES, memory, offset, ORDER)
                        .convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(0x8fffe000)
                .reinterpretAsFloats()
                .mul(0x1p112f);
    }

    private static FloatVector bytes(MemorySegment memory, long offset) {
        return (FloatVector) ByteVector.fromMemorySegment(QUARTERS, memory, offset, ORDER)
                .convertShape(VectorOperators.B2F, SPECIES, 0);
    }

    private static FloatVector fourBytes(MemorySegment memory, long offset) {
        int four = memory.get(FOUR_BYTES, offset);
        return (FloatVector) IntVector.broadcast(INTS, four)
                .lanewise(VectorOperators.LSHL, TO_TOP)
                .lanewise(VectorOperators.ASHR, 24)
                .convertShape(VectorOperators.I2F, SPECIES, 0);
    }

    private static float stored(MemorySegment memory, long row, int index) {
        return VectorBlock.component(memory, TYPE, row, index);
    }

    private static float square(float value) {
        return value * value;
    }
}
