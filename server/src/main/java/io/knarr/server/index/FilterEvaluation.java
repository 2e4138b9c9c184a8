package io.knarr.server.index;

import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Filter;
import java.util.ArrayList;
import java.util.List;

/** Finds the rows of a view that match a filter: segment by segment from their indexes, and one by one those that are in none yet. */
final class FilterEvaluation {
    /** A regular expression may take some tens of microseconds of a long text. */
    private static final int ROWS_PER_CHECK = 64;

    private final Filter filter;
    private final RowTable.View view;
    private final FieldColumns.Snapshot columns;
    private final CallDeadline deadline;

    /** Conditions of the filter, compiled once for all segments. */
    private final FilterConditions conditions = new FilterConditions();

    /** @param filter one that has been checked */
    FilterEvaluation(Filter filter, RowTable.View view, CallDeadline deadline) {
        this.filter = filter;
        this.view = view;
        this.columns = view.columns();
        this.deadline = deadline;
    }

    /** Returns the visible rows that match. @throws io.knarr.server.error.ServiceException if the call is over before that is done */
    RowMask mask() {
        RowMask.Builder mask = new RowMask.Builder(view.rowCount());
        for (FieldSegment segment : columns.segments()) {
            deadline.check();
            if (segment.from() < view.rowCount()) {
                SegmentFilter own = new SegmentFilter(segment, view, conditions, deadline);
                RowSet rows = own.rows(own.plan(filter));
                keepVisible(rows, segment);
                mask.add(rows, segment.from());
            }
        }
        deadline.check();
        RowMatcher matcher = RowMatcher.of(filter, view.sourceOf(columns::at));
        for (int row = columns.tailFrom(); row < view.rowCount(); row++) {
            if (row % ROWS_PER_CHECK == 0) {
                deadline.check();
            }
            if (view.isVisible(row) && matcher.matches(row)) {
                mask.add(row);
            }
        }
        return mask.build();
    }

    /** Returns what the filter has been looked up as in each segment. */
    List<FilterStep> plans() {
        List<FilterStep> plans = new ArrayList<>();
        for (FieldSegment segment : columns.segments()) {
            deadline.check();
            plans.add(new SegmentFilter(segment, view, conditions, deadline).plan(filter));
        }
        return plans;
    }

    /** Returns how many rows are in no segment yet, so that each is looked at. */
    int rowsWithoutIndex() {
        return Math.max(0, view.rowCount() - columns.tailFrom());
    }

    /** Drops the rows that the view does not show: those that died, and those that came after it. */
    private void keepVisible(RowSet rows, FieldSegment segment) {
        if (segment.end() > view.rowCount() || !view.showsAll()) {
            int from = segment.from();
            rows.retain(row -> from + row < view.rowCount() && view.isVisible(from + row));
        }
    }
}
