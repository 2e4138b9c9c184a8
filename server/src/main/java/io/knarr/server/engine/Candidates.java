package io.knarr.server.engine;

import io.knarr.server.engine.kernel.CodeKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Rows from which a row's neighbours are chosen, with their squared distances by 7-bit codes. For one thread; reused. */
final class Candidates {
    private int[] rows = new int[256];
    private int count;
    private float[] distances = new float[256];
    private boolean[] dropped = new boolean[256];
    private int[] asked = new int[256];
    private int[] places = new int[256];
    private int[] dots = new int[256];
    private long[] order = new long[256];

    /** Returns a key and a row in one number: greater keys are smaller numbers. */
    static long entry(float key, int row) {
        int bits = Float.floatToRawIntBits(-key);
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | (row & 0xffffffffL);
    }

    /** Returns the key of an {@link #entry}. */
    static float key(long entry) {
        int ordered = (int) (entry >> 32);
        return -Float.intBitsToFloat(ordered ^ ((ordered >> 31) & Integer.MAX_VALUE));
    }

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    int row(int place) {
        return rows[place];
    }

    boolean isDropped(int place) {
        return dropped[place];
    }

    void add(int row) {
        if (count == rows.length) {
            rows = Arrays.copyOf(rows, 2 * count);
            distances = new float[2 * count];
            dropped = new boolean[2 * count];
            asked = new int[2 * count];
            places = new int[2 * count];
            dots = new int[2 * count];
            order = new long[2 * count];
        }
        rows[count++] = row;
    }

    /** Leaves each row once, in ascending order. */
    void sortOutRepeated() {
        Arrays.sort(rows, 0, count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || rows[i] != rows[i - 1]) {
                rows[kept++] = rows[i];
            }
        }
        count = kept;
    }

    /** Finds the distances from a row whose codes are given, and sorts the candidates by them. */
    void score(
            MemorySegment codes,
            CodeLayout layout,
            CodeKernel kernel,
            int[] even,
            int[] odd,
            float scale,
            int sum,
            float norm) {
        kernel.dots(even, odd, codes, 0, layout.codeBytes(), rows, 0, count, dots);
        for (int i = 0; i < count; i++) {
            float distance = distance(codes, layout, rows[i], dots[i], scale, sum, norm);
            order[i] = entry(-distance, rows[i]);
        }
        Arrays.sort(order, 0, count);
        for (int i = 0; i < count; i++) {
            rows[i] = (int) order[i];
            distances[i] = -key(order[i]);
            dropped[i] = false;
        }
    }

    /** Drops the candidates after {@code place} that are nearer to the candidate there, whose codes are given, than to the row. */
    void dropNearerTo(
            int place,
            MemorySegment codes,
            CodeLayout layout,
            CodeKernel kernel,
            int[] even,
            int[] odd,
            float scale,
            int sum,
            float norm) {
        int left = 0;
        for (int i = place + 1; i < count; i++) {
            if (!dropped[i]) {
                asked[left] = rows[i];
                places[left++] = i;
            }
        }
        kernel.dots(even, odd, codes, 0, layout.codeBytes(), asked, 0, left, dots);
        for (int i = 0; i < left; i++) {
            if (distance(codes, layout, asked[i], dots[i], scale, sum, norm) <= distances[places[i]]) {
                dropped[places[i]] = true;
            }
        }
    }

    private static float distance(
            MemorySegment codes, CodeLayout layout, int row, int dot, float scale, int sum, float norm) {
        long trailer = row * layout.codeBytes() + layout.size();
        float otherNorm = codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.NORM);
        float otherScale = codes.get(ValueLayout.JAVA_FLOAT, trailer + CodeLayout.SCALE);
        int otherSum = codes.get(ValueLayout.JAVA_INT, trailer + CodeLayout.SUM);
        int centred = dot - 64 * (sum + otherSum) + 4096 * layout.size();
        return norm * norm + otherNorm * otherNorm - 2 * (scale * otherScale * centred);
    }
}
