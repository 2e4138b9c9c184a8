package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * The best rows seen so far, at most {@code limit} of them: by key, the larger the better, equal keys by the {@link RowOrder}. For one
 * thread; the memory grows with what is kept, not with the limit.
 */
final class TopRows {
    private static final int FIRST_CAPACITY = 32;

    private final int limit;
    private final RowOrder order;

    // A heap with the worst at index 0.
    private double[] keys;
    private int[] rows;
    private int size;

    /** Keeps the {@code limit} rows with the greatest keys; {@code limit} is at least 1. */
    TopRows(int limit, RowOrder order) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a result is at least one; limit=" + limit);
        }
        this.limit = limit;
        this.order = requireNonNull(order, "order is null");
        this.keys = new double[Math.min(limit, FIRST_CAPACITY)];
        this.rows = new int[keys.length];
    }

    int size() {
        return size;
    }

    /** Returns how many rows there is room for. */
    int limit() {
        return limit;
    }

    /** Returns whether there is no more room: a row enters only in place of another. */
    boolean isFull() {
        return size == limit;
    }

    /** Returns the key below which no row can enter; an equal one may, by the order of rows. */
    double worstKey() {
        return size < limit ? Double.NEGATIVE_INFINITY : keys[0];
    }

    /** Returns the row kept at a place, in no order. */
    int row(int place) {
        return rows[place];
    }

    /** Keeps the row if it is better than the worst kept one, or if there is room. Returns whether it was kept. */
    boolean offer(double key, int row) {
        if (Double.isNaN(key)) {
            throw new IllegalArgumentException("a key is not a number; row=" + row);
        }
        if (size == limit) {
            if (!comesBefore(key, row, 0)) {
                return false;
            }
            sinkFromTop(key, row);
            return true;
        }
        if (size == keys.length) {
            int capacity = (int) Math.min(limit, 2L * size);
            keys = Arrays.copyOf(keys, capacity);
            rows = Arrays.copyOf(rows, capacity);
        }
        int child = size++;
        while (child > 0) {
            int parent = (child - 1) >>> 1;
            if (comesBefore(key, row, parent)) {
                break;
            }
            move(parent, child);
            child = parent;
        }
        put(key, row, child);
        return true;
    }

    /** Takes all rows out, best first, into arrays of {@link #size} places. */
    void drain(int[] rankedRows, double[] rankedKeys) {
        for (int rank = size - 1; rank >= 0; rank--) {
            rankedRows[rank] = rows[0];
            rankedKeys[rank] = keys[0];
            size--;
            sinkFromTop(keys[size], rows[size]);
        }
    }

    private void sinkFromTop(double key, int row) {
        int parent = 0;
        while (true) {
            int child = 2 * parent + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && comesBefore(keys[child], rows[child], child + 1)) {
                child++;
            }
            if (!comesBefore(key, row, child)) {
                break;
            }
            move(child, parent);
            parent = child;
        }
        put(key, row, parent);
    }

    private boolean comesBefore(double key, int row, int slot) {
        return key > keys[slot] || (key == keys[slot] && order.compare(row, rows[slot]) < 0);
    }

    private void move(int from, int to) {
        put(keys[from], rows[from], to);
    }

    private void put(double key, int row, int slot) {
        keys[slot] = key;
        rows[slot] = row;
    }
}
