package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import io.knarr.server.model.RecordId;
import java.util.ArrayList;
import java.util.List;

/** The records that a filter matches when the turn of a deletion comes. They are looked for on a search thread, while the writer waits. */
final class MatchingRecords {
    /** The most records that one call deletes by a filter: they go in one batch. */
    static final int MAX_DELETED = 100_000;

    private final Filter filter;
    private final BlockingCalls blocking;
    private final CallDeadline deadline;

    /** @param filter checked */
    MatchingRecords(Filter filter, BlockingCalls blocking, CallDeadline deadline) {
        this.filter = filter;
        this.blocking = blocking;
        this.deadline = deadline;
    }

    /** Returns how many records a view shows that match. */
    int count(RowTable.View view) {
        return mask(view).count();
    }

    /** Returns the records that match. @throws ServiceException LIMIT_EXCEEDED where they are more than one call may delete */
    List<RecordId> ids(RowTable.View view) {
        RowMask mask = mask(view);
        if (mask.count() > MAX_DELETED) {
            throw ServiceException.atField(
                            ErrorCode.LIMIT_EXCEEDED, "filter", "More records match than one call may delete")
                    .with("limit", MAX_DELETED)
                    .with("actual", mask.count());
        }
        List<RecordId> ids = new ArrayList<>(mask.count());
        for (int row = 0; row < view.rowCount(); row++) {
            if (mask.contains(row)) {
                ids.add(view.id(row));
            }
        }
        return ids;
    }

    private RowMask mask(RowTable.View view) {
        return blocking.onSearch(
                () -> {
                    // Its own hold: a caller that has given up does not wait for the match to notice.
                    if (!view.table().tryHold()) {
                        throw new IndexClosedException();
                    }
                    try {
                        return new FilterEvaluation(filter, view, deadline).mask();
                    } finally {
                        view.table().release();
                    }
                },
                deadline);
    }
}
