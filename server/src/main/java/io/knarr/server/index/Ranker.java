package io.knarr.server.index;

import io.knarr.server.model.Metric;
import java.util.Optional;

/** Puts the rows of a collection in order for one question. Made of a question that was checked against the schema. Thread-safe. */
interface Ranker {
    /**
     * Returns the best rows, ties in the order of their ids.
     *
     * @param mask the rows that may be found; without one all visible rows
     * @param limit how many are wanted, 1 or more
     * @throws io.knarr.server.error.ServiceException if the call is over before that is done
     */
    RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times);

    /** Returns whether larger scores are better. */
    boolean largerIsNearer();

    /** Returns the metric that the scores are of. */
    Optional<Metric> metric();

    /** Returns whether more rows are found the more are asked for, as long as there are any. */
    default boolean isOpenEnded() {
        return true;
    }

    /** Returns about how many components of vectors it looks at; the greatest number where that is not known. */
    default long componentCount(RowTable.View view) {
        return Long.MAX_VALUE;
    }
}
