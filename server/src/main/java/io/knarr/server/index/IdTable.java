package io.knarr.server.index;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Which rows of a segment have an id: a hash table of row numbers with linear probing. An id may have several rows, of which a view shows
 * one at most. Takes 6 to 12 bytes a row. Immutable.
 */
final class IdTable {
    // By slot, a row counted from the segment's first, plus one; 0 is free. At most two thirds are taken.
    private final int[] slots;

    private IdTable(int[] slots) {
        this.slots = slots;
    }

    /** Returns the table of so many rows from {@code from} on. */
    static IdTable of(IdColumn.Snapshot ids, int from, int rowCount) {
        int least = Math.ceilDiv(3 * Math.max(1, rowCount), 2);
        int[] slots = new int[Integer.highestOneBit(least) * 2];
        for (int row = 0; row < rowCount; row++) {
            int slot = home(ids.sortKey(from + row), slots.length);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = row + 1;
        }
        return new IdTable(slots);
    }

    /** Gives the rows of an id, counted from the segment's first. */
    void forEach(byte[] sortKey, IdColumn.Snapshot ids, int from, IntConsumer consumer) {
        for (int slot = home(sortKey, slots.length); slots[slot] != 0; slot = (slot + 1) & (slots.length - 1)) {
            int row = slots[slot] - 1;
            if (Arrays.equals(ids.sortKey(from + row), sortKey)) {
                consumer.accept(row);
            }
        }
    }

    private static int home(byte[] sortKey, int capacity) {
        return RowsById.hash(sortKey) & (capacity - 1);
    }

    long footprintBytes() {
        return 32 + (long) slots.length * Integer.BYTES;
    }
}
