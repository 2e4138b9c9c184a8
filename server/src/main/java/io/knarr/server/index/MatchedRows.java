package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Walks the rows that a read is about. */
final class MatchedRows {
    /** Rows between two looks at the deadline: some milliseconds at most of whatever is done with them. */
    private static final int ROWS_PER_CHECK = 1_024;

    private MatchedRows() {}

    /**
     * Hands every visible row that matches to {@code action}, in the order of their numbers.
     *
     * @param filter a checked filter, empty for all
     * @throws io.knarr.server.error.ServiceException if the call is over before that is done
     */
    static void forEach(RowTable.View view, Optional<Filter> filter, CallDeadline deadline, IntConsumer action) {
        if (filter.isEmpty()) {
            for (int row = 0; row < view.rowCount(); row++) {
                if (row % ROWS_PER_CHECK == 0) {
                    deadline.check();
                }
                if (view.isVisible(row)) {
                    action.accept(row);
                }
            }
            return;
        }
        long[] bits = new FilterEvaluation(filter.get(), view, deadline).mask().bits();
        for (int word = 0; word < bits.length; word++) {
            if (word % (ROWS_PER_CHECK / Long.SIZE) == 0) {
                deadline.check();
            }
            for (long rest = bits[word]; rest != 0; rest &= rest - 1) {
                action.accept(word * Long.SIZE + Long.numberOfTrailingZeros(rest));
            }
        }
    }
}
