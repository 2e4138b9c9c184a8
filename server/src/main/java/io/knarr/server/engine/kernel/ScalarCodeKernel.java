package io.knarr.server.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The definition of the inner products of codes, written for reading; also for machines without vectors. */
public final class ScalarCodeKernel implements CodeKernel {
    ScalarCodeKernel() {}

    @Override
    public String name() {
        return "scalar";
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
        for (int i = 0; i < count; i++) {
            dots[i] = dot(even, odd, memory, start + rows[rowsFrom + i] * stride);
        }
    }

    @Override
    public void dotsOfRun(
            int[] even, int[] odd, MemorySegment memory, long start, long stride, int firstRow, int count, int[] dots) {
        for (int i = 0; i < count; i++) {
            dots[i] = dot(even, odd, memory, start + (firstRow + i) * stride);
        }
    }

    @Override
    public void load(MemorySegment memory, long offset, int[] even, int[] odd) {
        for (int j = 0; j < even.length; j++) {
            long at = offset + 4L * j;
            even[j] = (memory.get(ValueLayout.JAVA_BYTE, at) << 16) | memory.get(ValueLayout.JAVA_BYTE, at + 2);
            odd[j] = (memory.get(ValueLayout.JAVA_BYTE, at + 1) << 16) | memory.get(ValueLayout.JAVA_BYTE, at + 3);
        }
    }

    private static int dot(int[] even, int[] odd, MemorySegment memory, long row) {
        int sum = 0;
        for (int j = 0; j < even.length; j++) {
            long at = row + 4L * j;
            sum += (even[j] >>> 16) * memory.get(ValueLayout.JAVA_BYTE, at);
            sum += (odd[j] >>> 16) * memory.get(ValueLayout.JAVA_BYTE, at + 1);
            sum += (even[j] & 0xffff) * memory.get(ValueLayout.JAVA_BYTE, at + 2);
            sum += (odd[j] & 0xffff) * memory.get(ValueLayout.JAVA_BYTE, at + 3);
        }
        return sum;
    }
}
