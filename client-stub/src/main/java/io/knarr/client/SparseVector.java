package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A vector most of whose components are zero: a value at each of some indices, 0 to 2^32 - 1. Immutable. */
public final class SparseVector {
    private static final long MAX_INDEX = 0xffff_ffffL;

    private final SortedMap<Long, Float> values;

    private SparseVector(SortedMap<Long, Float> values) {
        this.values = values;
    }

    /**
     * Makes a vector of values by their indices.
     *
     * @throws IllegalArgumentException if an index is out of range, or a value is NaN or infinite
     */
    public static SparseVector of(Map<Long, Float> values) {
        TreeMap<Long, Float> checked = new TreeMap<>();
        values.forEach((index, value) -> {
            if (requireNonNull(index, "index is null") < 0 || index > MAX_INDEX) {
                throw new IllegalArgumentException("An index is 0 to 2^32 - 1: " + index);
            }
            if (!Float.isFinite(requireNonNull(value, "value is null"))) {
                throw new IllegalArgumentException("A value is NaN or infinite: index=" + index);
            }
            checked.put(index, value);
        });
        return new SparseVector(checked);
    }

    /** Makes a vector of parallel arrays: {@code values[i]} at {@code indices[i]}; each index once. */
    public static SparseVector of(int[] indices, float[] values) {
        if (indices.length != values.length) {
            throw new IllegalArgumentException(
                    "There are as many values as indices: " + values.length + ", " + indices.length);
        }
        TreeMap<Long, Float> entries = new TreeMap<>();
        for (int i = 0; i < indices.length; i++) {
            if (entries.put(Integer.toUnsignedLong(indices[i]), values[i]) != null) {
                throw new IllegalArgumentException("An index is given twice: " + Integer.toUnsignedString(indices[i]));
            }
        }
        return of(entries);
    }

    /** Returns the values by their indices, in the order of these. */
    public SortedMap<Long, Float> values() {
        return new TreeMap<>(values);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SparseVector vector && vector.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Shows how many values there are, and none of them. */
    @Override
    public String toString() {
        return "SparseVector[" + values.size() + "]";
    }
}
