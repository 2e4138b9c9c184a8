package io.knarr.server.engine.kernel;

import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Four products of codes by two 32-bit multiplications, per lane. Bytes are numbered as on little-endian machines, which the vectors are
 * asked for. The product is written out wherever it is needed, because no vector may cross the border of a method. Nobody uses this class
 * by name.
 */
final class CodeLoops extends SimdCodeKernel {
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(
            int.class, VectorLoops.species(MethodHandles.lookup()).vectorShape());
    private static final int LANES = INTS.length();
    private static final int LOW_BYTES = 0x00ff00ff;

    @Override
    public String name() {
        return "multiply-" + INTS.vectorBitSize();
    }

    @Override
    public void dots(
            int[] even,
            int[] odd,
            MemorySegment memory,
            long start,
            long stride,
            int[] rows,
            int rowsFrom,
            int count,
            int[] dots) {
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            dotsOfFour(
                    even,
                    odd,
                    memory,
                    start + rows[rowsFrom + i] * stride,
                    start + rows[rowsFrom + i + 1] * stride,
                    start + rows[rowsFrom + i + 2] * stride,
                    start + rows[rowsFrom + i + 3] * stride,
                    dots,
                    i);
        }
        for (; i < count; i++) {
            dots[i] = dot(even, odd, memory, start + rows[rowsFrom + i] * stride);
        }
    }

    @Override
    public void dotsOfRun(
            int[] even, int[] odd, MemorySegment memory, long start, long stride, int firstRow, int count, int[] dots) {
        long row = start + firstRow * stride;
        int i = 0;
        for (; i + 4 <= count; i += 4, row += 4 * stride) {
            dotsOfFour(even, odd, memory, row, row + stride, row + 2 * stride, row + 3 * stride, dots, i);
        }
        for (; i < count; i++, row += stride) {
            dots[i] = dot(even, odd, memory, row);
        }
    }

    @Override
    public void load(MemorySegment memory, long offset, int[] even, int[] odd) {
        for (int j = 0; j < even.length; j += LANES) {
            IntVector codes = IntVector.fromMemorySegment(INTS, memory, offset + 4L * j, ByteOrder.LITTLE_ENDIAN);
            codes.and(LOW_BYTES).lanewise(VectorOperators.ROL, 16).intoArray(even, j);
            codes.lanewise(LSHR, 8)
                    .and(LOW_BYTES)
                    .lanewise(VectorOperators.ROL, 16)
                    .intoArray(odd, j);
        }
    }

    private static void dotsOfFour(
            int[] even,
            int[] odd,
            MemorySegment memory,
            long row0,
            long row1,
            long row2,
            long row3,
            int[] dots,
            int first) {
        IntVector sum0 = IntVector.zero(INTS);
        IntVector sum1 = IntVector.zero(INTS);
        IntVector sum2 = IntVector.zero(INTS);
        IntVector sum3 = IntVector.zero(INTS);
        for (int j = 0; j < even.length; j += LANES) {
            IntVector evens = IntVector.fromArray(INTS, even, j);
            IntVector odds = IntVector.fromArray(INTS, odd, j);
            IntVector codes0 = IntVector.fromMemorySegment(INTS, memory, row0 + 4L * j, ByteOrder.LITTLE_ENDIAN);
            sum0 = sum0.add(codes0.and(LOW_BYTES)
                    .mul(evens)
                    .add(codes0.lanewise(LSHR, 8).and(LOW_BYTES).mul(odds))
                    .lanewise(LSHR, 16));
            IntVector codes1 = IntVector.fromMemorySegment(INTS, memory, row1 + 4L * j, ByteOrder.LITTLE_ENDIAN);
            sum1 = sum1.add(codes1.and(LOW_BYTES)
                    .mul(evens)
                    .add(codes1.lanewise(LSHR, 8).and(LOW_BYTES).mul(odds))
                    .lanewise(LSHR, 16));
            IntVector codes2 = IntVector.fromMemorySegment(INTS, memory, row2 + 4L * j, ByteOrder.LITTLE_ENDIAN);
            sum2 = sum2.add(codes2.and(LOW_BYTES)
                    .mul(evens)
                    .add(codes2.lanewise(LSHR, 8).and(LOW_BYTES).mul(odds))
                    .lanewise(LSHR, 16));
            IntVector codes3 = IntVector.fromMemorySegment(INTS, memory, row3 + 4L * j, ByteOrder.LITTLE_ENDIAN);
            sum3 = sum3.add(codes3.and(LOW_BYTES)
                    .mul(evens)
                    .add(codes3.lanewise(LSHR, 8).and(LOW_BYTES).mul(odds))
                    .lanewise(LSHR, 16));
        }
        dots[first] = sum0.reduceLanes(VectorOperators.ADD);
        dots[first + 1] = sum1.reduceLanes(VectorOperators.ADD);
        dots[first + 2] = sum2.reduceLanes(VectorOperators.ADD);
        dots[first + 3] = sum3.reduceLanes(VectorOperators.ADD);
    }

    private static int dot(int[] even, int[] odd, MemorySegment memory, long row) {
        IntVector sum = IntVector.zero(INTS);
        for (int j = 0; j < even.length; j += LANES) {
            IntVector evens = IntVector.fromArray(INTS, even, j);
            IntVector odds = IntVector.fromArray(INTS, odd, j);
            IntVector codes = IntVector.fromMemorySegment(INTS, memory, row + 4L * j, ByteOrder.LITTLE_ENDIAN);
            sum = sum.add(codes.and(LOW_BYTES)
                    .mul(evens)
                    .add(codes.lanewise(LSHR, 8).and(LOW_BYTES).mul(odds))
                    .lanewise(LSHR, 16));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
