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
                count(planes, words, memory, at + 4L * lane, estimates, first + block * ROWS_PER_BLOCK + lane);
            }
        }
        for (int block = 0; block < blocks; block++) {
            long at = offset + block * blockBytes + factorsAt;
            for (int lane = 0; lane < ROWS_PER_BLOCK; lane += LANES) {
                int row = first + block * ROWS_PER_BLOCK + lane;
                FloatVector f = FloatVector.fromMemorySegment(FLOATS, memory, at + 4L * lane, ORDER);
                FloatVector a = FloatVector.fromMemorySegment(FLOATS, memory, at + WORD_BYTES + 4L * lane, ORDER);
                FloatVector counted = FloatVector.fromArray(FLOATS, estimates, row);
                counted.mul(-k1).add(k0).fma(f, a).intoArray(estimates, row);
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
            long block = codes + (long) (neighbour / ROWS_PER_BLOCK) * words * WORD_BYTES;
            count(planes, words, memory, block + 4L * (neighbour % ROWS_PER_BLOCK), estimates, neighbour);
        }
        for (int neighbour = 0; neighbour < 2 * ROWS_PER_BLOCK; neighbour += LANES) {
            IntVector packed = IntVector.fromMemorySegment(INTS, memory, factors + 4L * neighbour, ORDER);
            FloatVector f = packed.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector a = packed.and(0xffff0000).reinterpretAsFloats();
            FloatVector counted = FloatVector.fromArray(FLOATS, estimates, neighbour);
            counted.mul(-k1).add(k0).fma(f, a).add(base).intoArray(estimates, neighbour);
        }
    }

    /** Writes S of as many rows as there are lanes. No vector leaves this method: where the compiler does not inline it, it would allocate. */
    private static void count(int[] planes, int words, MemorySegment memory, long column, float[] counts, int first) {
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
        IntVector sum =
                ones.add(twos.lanewise(LSHL, 1)).add(fours.lanewise(LSHL, 2)).add(eights.lanewise(LSHL, 3));
        ((FloatVector) sum.convertShape(VectorOperators.I2F, FLOATS, 0)).intoArray(counts, first);
    }
}
