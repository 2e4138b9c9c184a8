package io.knarr.server.index;

import io.knarr.server.engine.Accuracy;
import io.knarr.server.engine.MachineCosts;
import io.knarr.server.engine.SearchOutcome;
import io.knarr.server.engine.UnitVectors;
import io.knarr.server.engine.VectorQuery;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.VectorSpec;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ranks rows by how near their dense vectors are to one vector. */
final class DenseRanker implements Ranker {
    private static final Logger log = LoggerFactory.getLogger(DenseRanker.class);

    private final CollectionIndex index;
    private final BlockingCalls blocking;
    private final int place;
    private final VectorSpec spec;
    private final float[] target;
    private final boolean exact;
    private final Set<RecordId> excluded;

    /**
     * @param place the vector's place in the schema
     * @param vector of the vector's dimension; brought to length one here where the metric wants it
     * @param excluded records that are not found
     */
    DenseRanker(
            CollectionIndex index,
            BlockingCalls blocking,
            int place,
            float[] vector,
            boolean exact,
            Set<RecordId> excluded) {
        this.index = index;
        this.blocking = blocking;
        this.place = place;
        this.spec = index.collection().schema().vectors().get(place);
        this.target = spec.metric() == Metric.COSINE ? UnitVectors.of(vector) : vector;
        this.exact = exact;
        this.excluded = Set.copyOf(excluded);
    }

    int place() {
        return place;
    }

    @Override
    public RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        RowTable.View view = moment.view();
        int wantedCount = Math.max(1, (int) Math.min(view.rowCount(), (long) limit + excluded.size()));
        VectorQuery wanted = VectorQuery.of(target, view.rowCount(), wantedCount)
                .withOrder(view::compareIds)
                .withAccuracy(exact ? Accuracy.EXACT : Accuracy.APPROXIMATE)
                .withExactBudget(index.graphs().exactBudgetNanos())
                .withStop(moment.deadline()::isOver)
                .withHelpers(blocking.helpers());
        if (mask.isEmpty()) {
            wanted = wanted.withFilter(row -> view.isVisible(row) && view.hasVector(row, place));
        } else {
            RowMask scanned = mask.get().havingVector(view, place);
            wanted = wanted.withMask(scanned.bits(), scanned.count());
        }
        long startedAt = System.nanoTime();
        SearchOutcome outcome = view.vectors(place).search(wanted);
        if (outcome.stopped()) {
            moment.deadline().check();
            throw new IllegalStateException("Search stopped while its call goes on");
        }
        times.ended("scan", startedAt);
        announceCosts();
        return ranked(outcome, view, limit);
    }

    private static void announceCosts() {
        @Nullable String costs = MachineCosts.announcement();
        if (costs != null) {
            log.info("Costs of searches learned: {}", costs);
        }
    }

    private RankedRows ranked(SearchOutcome outcome, RowTable.View view, int limit) {
        int[] rows = new int[outcome.size()];
        double[] scores = new double[rows.length];
        for (int rank = 0; rank < rows.length; rank++) {
            rows[rank] = outcome.row(rank);
            scores[rank] = presented(spec.metric(), outcome.score(rank));
        }
        return new RankedRows(
                        rows,
                        scores,
                        outcome.exact(),
                        outcome.scoredCount(),
                        outcome.plan(),
                        outcome.reason(),
                        outcome.expectedNanos())
                .without(excluded, view, limit);
    }

    /** Returns an engine's score as callers see it. */
    static double presented(Metric metric, double engineScore) {
        return switch (metric) {
            case COSINE -> Math.clamp(engineScore, -1.0, 1.0);
            case DOT, MANHATTAN -> engineScore;
            case EUCLID -> Math.sqrt(engineScore);
        };
    }

    @Override
    public boolean largerIsNearer() {
        return spec.metric().largerIsNearer();
    }

    @Override
    public Optional<Metric> metric() {
        return Optional.of(spec.metric());
    }

    @Override
    public long componentCount(RowTable.View view) {
        return (long) view.rowCount() * spec.dimension();
    }
}
