package io.knarr.server.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A short list of rows for each row, in native memory; what does not fit is left out. Many threads add, then many read. */
final class RowLists {
    private static final int LOCKS = 1_024;

    private final int capacity;
    private final MemorySegment rows;
    private final int[] sizes;
    private final Object[] locks = new Object[LOCKS];

    RowLists(int rowCount, int capacity, NativeMemory memory) {
        this.capacity = capacity;
        this.rows = memory.allocate((long) rowCount * capacity * Integer.BYTES);
        this.sizes = new int[rowCount];
        Arrays.setAll(locks, _ -> new Object());
    }

    void add(int row, int value) {
        synchronized (locks[row % LOCKS]) {
            if (sizes[row] < capacity) {
                rows.set(ValueLayout.JAVA_INT, at(row, sizes[row]), value);
                sizes[row]++;
            }
        }
    }

    /** Returns how many are in a row's list; for when adding is done. */
    int size(int row) {
        return sizes[row];
    }

    int get(int row, int place) {
        return rows.get(ValueLayout.JAVA_INT, at(row, place));
    }

    private long at(int row, int place) {
        return ((long) row * capacity + place) * Integer.BYTES;
    }
}
