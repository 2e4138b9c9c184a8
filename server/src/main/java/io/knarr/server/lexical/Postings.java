package io.knarr.server.lexical;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Lists of postings by key. One writer appends; readers look at rows below a count that the writer published after it had appended them. */
final class Postings<K> {
    /** An entry of the map, and its place in the table. */
    private static final int ENTRY_BYTES = 40;

    private final Map<K, PostingList> lists = new ConcurrentHashMap<>();
    private final Summary summary;
    private final ToIntFunction<K> keyBytes;
    private long footprintBytes;

    Postings(Summary summary, ToIntFunction<K> keyBytes) {
        this.summary = summary;
        this.keyBytes = keyBytes;
    }

    /** Appends a posting. Writer only. */
    void append(K key, int row, int value) {
        PostingList list = lists.get(key);
        if (list == null) {
            list = new PostingList(summary);
            list.append(row, value);
            put(key, list);
        } else {
            footprintBytes -= list.footprintBytes();
            list.append(row, value);
            footprintBytes += list.footprintBytes();
        }
    }

    /** Takes a list over, in place of none. Writer only. */
    void put(K key, PostingList list) {
        lists.put(key, list);
        footprintBytes += ENTRY_BYTES + keyBytes.applyAsInt(key) + list.footprintBytes();
    }

    /** Returns the lists as far as they are of rows below a number, to be written. */
    List<PostingSections.Entry> entries(int rowCount, Function<K, byte[]> encoder) {
        List<PostingSections.Entry> entries = new ArrayList<>();
        lists.forEach((key, list) -> {
            int count = list.countBelow(rowCount);
            if (count > 0) {
                entries.add(new PostingSections.Entry(encoder.apply(key), list, count));
            }
        });
        return entries;
    }

    @Nullable
    PostingList get(K key) {
        return lists.get(key);
    }

    /**
     * Appends the postings of another table's rows under their new numbers, which ascend as the old ones do. Writer of this only; the other
     * must not change meanwhile, or only beyond its rows that are moved.
     *
     * @param firstRow the first row that may be moved
     * @param moved new numbers of the rows from {@code firstRow} on, negative where a row is left behind
     */
    void appendMoved(Postings<K> from, int firstRow, int[] moved) {
        from.lists.forEach((key, list) -> {
            int end = list.countBelow(firstRow + moved.length);
            if (end == 0 || list.row(end - 1) < firstRow) {
                return;
            }
            for (int at = list.find(firstRow, 0, end); at < end; at++) {
                int row = moved[list.row(at) - firstRow];
                if (row >= 0) {
                    append(key, row, list.value(at));
                }
            }
        });
    }

    /** Returns an estimate of the heap taken. Writer only. */
    long footprintBytes() {
        return footprintBytes;
    }
}
