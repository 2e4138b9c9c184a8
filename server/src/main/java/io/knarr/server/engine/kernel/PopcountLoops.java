package io.knarr.server.engine.kernel;

import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Counts differing bits in 32-bit lanes: the form for machines that have an instruction for it. Nobody uses this class by name. */
final class PopcountLoops extends SimdSignKernel {
    private static final VectorSpecies<Float> FLOATS = VectorLoops.species(MethodHandles.lookup());
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final int LANES = INTS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    @Override
    public String name() {
        return "popcount-" + FLOATS.vectorBitSize();
    }

    @Override
    public void estimate(
            int[] planes,
            int words,
            float k0,
            float k1,
            MemorySegment memory,
            long offset,
            int blocks,
            float[] estimates,
            int first) {
        long factorsAt = (long) words * WORD_BYTES;
        long blockBytes = factorsAt + 2 * WORD_BYTES;
        for (int block = 0; block < blocks; block++) {
            long at = offset + block * blockBytes;
            for (int lane = 0; lane < ROWS_PER_BLOCK; lane += LANES) {
                long column = at + 4L * lane;
                FloatVector f = FloatVector.fromMemorySegment(FLOATS, memory, column + factorsAt, ORDER);
                FloatVector a = FloatVector.fromMemorySegment(FLOATS, memory, column + factorsAt + WORD_BYTES, ORDER);
                levels(difference(planes, words, memory, column), k0, k1)
                        .fma(f, a)
                        .intoArray(estimates, first + block * ROWS_PER_BLOCK + lane);
            }
        }
    }

    @Override
    public void estimateNeighbours(
            int[] planes,
            int words,
            float k0,
            float k1,
            float base,
            MemorySegment memory,
            long codes,
            long factors,
            float[] estimates) {
        for (int neighbour = 0; neighbour < 2 * ROWS_PER_BLOCK; neighbour += LANES) {
            long column = codes
                    + (long) (neighbour / ROWS_PER_BLOCK) * words * WORD_BYTES
                    + 4L * (neighbour % ROWS_PER_BLOCK);
            IntVector packed = IntVector.fromMemorySegment(INTS, memory, factors + 4L * neighbour, ORDER);
            FloatVector f = packed.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector a = packed.and(0xffff0000).reinterpretAsFloats();
            levels(difference(planes, words, memory, column), k0, k1)
                    .fma(f, a)
                    .add(base)
                    .intoArray(estimates, neighbour);
        }
    }

    private static FloatVector levels(IntVector difference, float k0, float k1) {
        FloatVector counted = (FloatVector) difference.convertShape(VectorOperators.I2F, FLOATS, 0);
        return counted.mul(-k1).add(k0);
    }

    private static IntVector difference(int[] planes, int words, MemorySegment memory, long column) {
        IntVector ones = IntVector.zero(INTS);
        IntVector twos = IntVector.zero(INTS);
        IntVector fours = IntVector.zero(INTS);
        IntVector eights = IntVector.zero(INTS);
        int second = 2 * words;
        int third = 3 * words;
        for (int word = 0; word < words; word++) {
            IntVector code = IntVector.fromMemorySegment(INTS, memory, column + (long) word * WORD_BYTES, ORDER);
            ones = ones.add(code.lanewise(XOR, planes[word]).lanewise(BIT_COUNT));
            twos = twos.add(code.lanewise(XOR, planes[words + word]).lanewise(BIT_COUNT));
            fours = fours.add(code.lanewise(XOR, planes[second + word]).lanewise(BIT_COUNT));
            eights = eights.add(code.lanewise(XOR, planes[third + word]).lanewise(BIT_COUNT));
        }
        return ones.add(twos.lanewise(LSHL, 1)).add(fours.lanewise(LSHL, 2)).add(eights.lanewise(LSHL, 3));
    }
}
