package io.knarr.server.index;

import io.knarr.server.engine.SearchOutcome;
import io.knarr.server.engine.UnitVectors;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** Ranks rows by MaxSim: the sum, over the rows of a query, of the greatest similarity of a record's rows to it. Always exact. */
final class MultiRanker implements Ranker {
    private static final int ROWS_PER_CHECK = 4_096;

    private final BlockingCalls blocking;
    private final int place;
    private final VectorSpec spec;
    private final float[][] target;
    private final Set<RecordId> excluded;

    /**
     * @param place the vector's place in the schema
     * @param vector of the vector's dimension; its rows are brought to length one here where the metric wants it
     * @param excluded records that are not found
     */
    MultiRanker(BlockingCalls blocking, int place, VectorSpec spec, VectorData.Multi vector, Set<RecordId> excluded) {
        this.blocking = blocking;
        this.place = place;
        this.spec = spec;
        this.target = new float[vector.rowCount()][];
        for (int row = 0; row < target.length; row++) {
            target[row] = spec.metric() == Metric.COSINE ? UnitVectors.of(vector.row(row)) : vector.row(row);
        }
        this.excluded = Set.copyOf(excluded);
    }

    @Override
    public RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        RowTable.View view = moment.view();
        long startedAt = System.nanoTime();
        SearchOutcome outcome = view.multi(place)
                .search(
                        target,
                        picked(moment, mask),
                        limit,
                        view::compareIds,
                        moment.deadline()::isOver,
                        blocking.helpers());
        if (outcome.stopped()) {
            moment.deadline().check();
            throw new IllegalStateException("Search stopped while its call goes on");
        }
        times.ended("scan", startedAt);
        int[] rows = new int[outcome.size()];
        double[] scores = new double[rows.length];
        for (int rank = 0; rank < rows.length; rank++) {
            rows[rank] = outcome.row(rank);
            scores[rank] = outcome.score(rank);
        }
        return new RankedRows(
                rows, scores, true, outcome.scoredCount(), outcome.plan(), outcome.reason(), outcome.expectedNanos());
    }

    /** Returns the rows that may be found and have the vector. */
    private int[] picked(SearchMoment moment, Optional<RowMask> mask) {
        RowTable.View view = moment.view();
        int[] picked = new int[mask.map(RowMask::count).orElse(view.liveCount())];
        int count = 0;
        for (int row = 0; row < view.rowCount(); row++) {
            if (row % ROWS_PER_CHECK == 0) {
                moment.deadline().check();
            }
            boolean allowed = mask.isEmpty() ? view.isVisible(row) : mask.get().contains(row);
            if (allowed && view.hasVector(row, place) && !(!excluded.isEmpty() && excluded.contains(view.id(row)))) {
                picked[count++] = row;
            }
        }
        return Arrays.copyOf(picked, count);
    }

    @Override
    public boolean largerIsNearer() {
        return true;
    }

    @Override
    public Optional<Metric> metric() {
        return Optional.of(spec.metric());
    }
}
