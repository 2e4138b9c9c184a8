package io.knarr.server.index;

import io.knarr.server.lexical.LexicalOutcome;
import io.knarr.server.lexical.RowScope;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/** Asks inverted indexes for the rows of a moment. */
final class LexicalAnswers {
    private static final int ROWS_PER_CHECK = 65_536;
    private static final int[] NONE = new int[0];

    private LexicalAnswers() {}

    /** Returns what a search of an inverted index finds, exactly. */
    static RankedRows ranked(
            SearchMoment moment,
            Optional<RowMask> mask,
            int limit,
            StageTimes times,
            Function<RowScope, LexicalOutcome> search,
            String what) {
        RowTable.View view = moment.view();
        long startedAt = System.nanoTime();
        LexicalOutcome outcome = search.apply(new RowScope(
                view.rowCount(),
                view::isVisible,
                dead(moment),
                mask.map(RowMask::bits).orElse(null),
                mask.map(RowMask::count).orElse(0),
                Math.max(1, Math.min(limit, view.rowCount())),
                view::compareIds,
                moment.deadline()::isOver));
        if (outcome.stopped()) {
            moment.deadline().check();
            throw new IllegalStateException("Search stopped while its call goes on");
        }
        times.ended("scan", startedAt);
        return new RankedRows(
                outcome.rows(),
                outcome.scores(),
                true,
                outcome.scoredCount(),
                what + "-" + outcome.plan(),
                "postings are exact",
                0);
    }

    /** Returns the rows that the view does not show, for statistics of those that it does. */
    private static int[] dead(SearchMoment moment) {
        RowTable.View view = moment.view();
        if (view.visibleCount() == view.rowCount()) {
            return NONE;
        }
        int[] dead = new int[16];
        int count = 0;
        for (int row = 0; row < view.rowCount(); row++) {
            if (row % ROWS_PER_CHECK == 0) {
                moment.deadline().check();
            }
            if (!view.isVisible(row)) {
                dead = count == dead.length ? Arrays.copyOf(dead, 2 * count) : dead;
                dead[count++] = row;
            }
        }
        return Arrays.copyOf(dead, count);
    }
}
