package io.knarr.server.engine;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * The best rows seen so far, at most {@code limit} of them: by score, equal scores by the {@link RowOrder}. One scan or several in turn
 * may fill it. For one thread; the memory grows with what is kept, not with the limit.
 */
public final class TopRows {
    private static final int FIRST_CAPACITY = 16;

    private final int limit;
    private final boolean largerIsNearer;
    private final RowOrder order;

    // A heap with the worst at index 0. A key is the score, negated where smaller is nearer: a larger key is always
    // nearer.
    private float[] keys;
    private int[] rows;
    private int size;

    /** Keeps the {@code limit} nearest rows of a similarity; {@code limit} is at least 1. */
    public TopRows(int limit, Similarity similarity, RowOrder order) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a result is at least one; limit=" + limit);
        }
        this.limit = limit;
        this.largerIsNearer = similarity.largerIsNearer();
        this.order = requireNonNull(order, "order is null");
        this.keys = new float[Math.min(limit, FIRST_CAPACITY)];
        this.rows = new int[keys.length];
    }

    /** Returns how many rows are kept now. */
    public int size() {
        return size;
    }

    /** Returns the most rows that are kept. */
    public int limit() {
        return limit;
    }

    /** Keeps the row if it is nearer than the worst kept one, or if there is room. Returns whether it was kept. NaN is refused. */
    public boolean offer(float score, int row) {
        if (Float.isNaN(score)) {
            throw new IllegalArgumentException("a score is not a number; row=" + row);
        }
        float key = key(score);
        if (!wouldKeep(key, row)) {
            return false;
        }
        keep(key, row);
        return true;
    }

    /** Returns the kept rows, nearest first. What is kept stays. */
    public RankedRows ranked() {
        TopRows rest = new TopRows(this);
        int[] rankedRows = new int[size];
        float[] scores = new float[size];
        for (int rank = size - 1; rank >= 0; rank--) {
            rankedRows[rank] = rest.rows[0];
            scores[rank] = rest.score(rest.keys[0]);
            rest.dropWorst();
        }
        return new RankedRows(rankedRows, scores);
    }

    private TopRows(TopRows other) {
        this.limit = other.limit;
        this.largerIsNearer = other.largerIsNearer;
        this.order = other.order;
        this.keys = other.keys.clone();
        this.rows = other.rows.clone();
        this.size = other.size;
    }

    boolean largerIsNearer() {
        return largerIsNearer;
    }

    private float key(float score) {
        return largerIsNearer ? score : -score;
    }

    /** Returns the score of a key; adding to zero makes a negative zero positive, so that equal scores look equal outside as well. */
    private float score(float key) {
        return largerIsNearer ? 0f + key : 0f - key;
    }

    /** Returns the key below which no row can enter; an equal one may, by the order of rows. */
    float worstKey() {
        return size < limit ? Float.NEGATIVE_INFINITY : keys[0];
    }

    boolean wouldKeep(float key, int row) {
        return size < limit || comesBefore(key, row, 0);
    }

    /** Keeps a row that {@link #wouldKeep}. */
    void keep(float key, int row) {
        if (size == limit) {
            sinkFromTop(key, row);
            return;
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
    }

    private void dropWorst() {
        size--;
        sinkFromTop(keys[size], rows[size]);
    }

    private void sinkFromTop(float key, int row) {
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

    private boolean comesBefore(float key, int row, int slot) {
        return key > keys[slot] || (key == keys[slot] && order.compare(row, rows[slot]) < 0);
    }

    private void move(int from, int to) {
        put(keys[from], rows[from], to);
    }

    private void put(float key, int row, int slot) {
        keys[slot] = key;
        rows[slot] = row;
    }
}
