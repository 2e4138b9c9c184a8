package io.knarr.server.lexical;

import io.knarr.server.engine.RowFilter;
import io.knarr.server.engine.RowOrder;
import io.knarr.server.engine.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * The rows that one search may find, and how it does so.
 *
 * @param rowCount only rows below this are looked at; at most what the writer published
 * @param visible which of them are seen
 * @param dead those that are not, ascending
 * @param mask which rows may be found, row r being bit r % 64 of word r / 64, all of them seen; {@code null} for all that are seen
 * @param maskCount how many bits of the mask are set
 * @param limit how many are wanted, 1 or more
 * @param ties the order of rows whose scores are equal
 * @param stop asked from time to time whether to give up
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; lives for one search
public record RowScope(
        int rowCount,
        RowFilter visible,
        int[] dead,
        long @Nullable [] mask,
        int maskCount,
        int limit,
        RowOrder ties,
        StopSignal stop) {
    /** Returns how many of the first postings of a list are of rows that are seen. */
    int visibleCount(PostingList list, int end) {
        int count = end;
        if (dead.length > end) {
            for (int at = 0; at < end; at++) {
                count -= visible.accepts(list.row(at)) ? 0 : 1;
            }
            return count;
        }
        for (int row : dead) {
            count -= list.has(row, end) ? 1 : 0;
        }
        return count;
    }

    boolean allows(int row) {
        return mask == null ? visible.accepts(row) : (mask[row / Long.SIZE] & (1L << row)) != 0;
    }
}
