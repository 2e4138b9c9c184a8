package io.knarr.server.index;

import io.knarr.server.model.RecordId;
import java.util.Arrays;

/** Ids in an order of somebody's choice, packed: what a cursor keeps of a sorted listing. Immutable. */
final class SortedIds {
    private static final int OBJECT_BYTES = 64;

    private final byte[] sortKeys;
    private final int[] ends;

    private SortedIds(byte[] sortKeys, int[] ends) {
        this.sortKeys = sortKeys;
        this.ends = ends;
    }

    /** Takes over packed sort keys, and where each ends. */
    static SortedIds packed(byte[] sortKeys, int[] ends) {
        return new SortedIds(sortKeys, ends);
    }

    /** Returns how many bytes so many ids take whose sort keys take so many together. */
    static long footprintBytes(int count, long sortKeyBytes) {
        return OBJECT_BYTES + sortKeyBytes + (long) count * Integer.BYTES;
    }

    /**
     * Packs the ids of rows.
     *
     * @param sortKeyBytes what their sort keys take together; fits into an array
     */
    static SortedIds of(IdColumn.Snapshot ids, int[] rows, int sortKeyBytes) {
        byte[] packed = new byte[sortKeyBytes];
        int[] ends = new int[rows.length];
        int end = 0;
        for (int rank = 0; rank < rows.length; rank++) {
            byte[] sortKey = ids.sortKey(rows[rank]);
            System.arraycopy(sortKey, 0, packed, end, sortKey.length);
            end += sortKey.length;
            ends[rank] = end;
        }
        return packed(packed, ends);
    }

    int size() {
        return ends.length;
    }

    RecordId id(int rank) {
        return RecordId.fromSortKey(Arrays.copyOfRange(sortKeys, rank == 0 ? 0 : ends[rank - 1], ends[rank]));
    }

    long footprintBytes() {
        return footprintBytes(ends.length, sortKeys.length);
    }
}
