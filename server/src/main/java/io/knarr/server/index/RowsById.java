package io.knarr.server.index;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Which row an id is in: a hash table of row numbers with linear probing; the ids themselves are those of an {@link IdColumn}. Takes 12
 * to 24 bytes an id. For one thread at a time.
 */
final class RowsById {
    /** What is returned where there is no row. */
    static final int NONE = -1;

    private static final int FIRST_CAPACITY = 16;

    // The hash in the high half, the row number plus one in the low half; 0 is free. At most two thirds are taken.
    private long[] slots;
    private int size;

    RowsById() {
        this(0);
    }

    private RowsById(int expected) {
        // The least power of two of which so many take at most two thirds, which is where it would grow.
        int least = Math.ceilDiv(3 * Math.max(1, expected), 2);
        slots = new long[Math.max(FIRST_CAPACITY, Integer.highestOneBit(least - 1) * 2)];
    }

    /** Returns the table of those rows below {@code rowCount} that are {@code wanted}; no two of them have the same id. */
    static RowsById of(IdColumn.Snapshot ids, int rowCount, int expected, IntPredicate wanted) {
        RowsById rows = new RowsById(expected);
        for (int row = 0; row < rowCount; row++) {
            if (wanted.test(row)) {
                rows.insert(hash(ids.sortKey(row)), row);
            }
        }
        return rows;
    }

    int size() {
        return size;
    }

    /** Returns the row of an id, or {@link #NONE}. */
    int find(byte[] sortKey, IdColumn.Snapshot ids) {
        int slot = slotOf(sortKey, ids);
        return slot < 0 ? NONE : rowAt(slot);
    }

    /** Adds an id that is not there. */
    void add(byte[] sortKey, int row) {
        insert(hash(sortKey), row);
    }

    /** Takes an id out. Returns its row, or {@link #NONE} where it was not there. */
    int remove(byte[] sortKey, IdColumn.Snapshot ids) {
        int slot = slotOf(sortKey, ids);
        if (slot < 0) {
            return NONE;
        }
        int row = rowAt(slot);
        closeGap(slot);
        size--;
        return row;
    }

    long footprintBytes() {
        return (long) slots.length * Long.BYTES;
    }

    private int slotOf(byte[] sortKey, IdColumn.Snapshot ids) {
        int hash = hash(sortKey);
        for (int slot = home(hash); slots[slot] != 0; slot = next(slot)) {
            if ((int) (slots[slot] >>> Integer.SIZE) == hash && Arrays.equals(ids.sortKey(rowAt(slot)), sortKey)) {
                return slot;
            }
        }
        return NONE;
    }

    private void insert(int hash, int row) {
        if (3L * (size + 1) > 2L * slots.length) {
            grow();
        }
        place(((long) hash << Integer.SIZE) | (row + 1L));
        size++;
    }

    private void place(long entry) {
        int slot = home((int) (entry >>> Integer.SIZE));
        while (slots[slot] != 0) {
            slot = next(slot);
        }
        slots[slot] = entry;
    }

    private void grow() {
        long[] old = slots;
        slots = new long[Math.multiplyExact(old.length, 2)];
        for (long entry : old) {
            if (entry != 0) {
                place(entry);
            }
        }
    }

    /** Moves later entries of the same run back, so that no search ends before them. */
    private void closeGap(int freed) {
        int gap = freed;
        for (int slot = next(gap); slots[slot] != 0; slot = next(slot)) {
            int home = home((int) (slots[slot] >>> Integer.SIZE));
            if (distance(home, slot) >= distance(gap, slot)) {
                slots[gap] = slots[slot];
                gap = slot;
            }
        }
        slots[gap] = 0;
    }

    private int distance(int from, int to) {
        return (to - from) & (slots.length - 1);
    }

    private int home(int hash) {
        return hash & (slots.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }

    private int rowAt(int slot) {
        return (int) slots[slot] - 1;
    }

    /** The finalizer of MurmurHash3 over the JDK's polynomial: the low bits decide the place, and must depend on all. */
    static int hash(byte[] sortKey) {
        int hash = Arrays.hashCode(sortKey);
        hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
        return hash ^ (hash >>> 16);
    }
}
