package io.knarr.server.index;

import io.knarr.server.engine.VectorIndex;
import io.knarr.server.lexical.BestRows;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecommendStrategy;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.VectorSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Ranks rows by the best of several examples, see {@link RecommendStrategy#BEST_SCORE}. Looks at every row, so it is always exact. */
final class BestScoreRanker implements Ranker {
    private static final int ROWS_PER_CHECK = 256;

    private final int place;
    private final VectorSpec spec;
    private final List<float[]> positives;
    private final List<float[]> negatives;
    private final Set<RecordId> excluded;

    /**
     * @param positives vectors as the engine compares them: of length one where the metric is the cosine
     * @param negatives the same; one of the two lists is not empty
     * @param excluded records that are not found
     */
    BestScoreRanker(
            int place, VectorSpec spec, List<float[]> positives, List<float[]> negatives, Set<RecordId> excluded) {
        this.place = place;
        this.spec = spec;
        this.positives = List.copyOf(positives);
        this.negatives = List.copyOf(negatives);
        this.excluded = Set.copyOf(excluded);
    }

    @Override
    public RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        RowTable.View view = moment.view();
        VectorIndex vectors = view.vectors(place);
        BestRows best = new BestRows(limit, view::compareIds);
        float[] vector = new float[spec.dimension()];
        long startedAt = System.nanoTime();
        long scored = 0;
        for (int row = 0; row < view.rowCount(); row++) {
            if (row % ROWS_PER_CHECK == 0) {
                moment.deadline().check();
            }
            boolean allowed = mask.isEmpty() ? view.isVisible(row) : mask.get().contains(row);
            if (!allowed || !view.hasVector(row, place) || excluded.contains(view.id(row))) {
                continue;
            }
            vectors.copyRow(row, vector);
            best.offer(row, score(nearest(positives, vector, vectors), nearest(negatives, vector, vectors)));
            scored++;
        }
        times.ended("scan", startedAt);
        return RankedRows.of(best, true, scored, "exact-examples", "every record is compared with every example");
    }

    private double nearest(List<float[]> examples, float[] vector, VectorIndex vectors) {
        double nearest = Double.NEGATIVE_INFINITY;
        for (float[] example : examples) {
            double score = DenseRanker.presented(spec.metric(), vectors.score(example, vector));
            nearest = Math.max(nearest, spec.metric().largerIsNearer() ? score : -score);
        }
        return nearest;
    }

    private static double score(double positive, double negative) {
        return positive > negative ? (1 + squashed(positive)) / 2 : -(1 + squashed(negative)) / 2;
    }

    private static double squashed(double similarity) {
        return similarity / (1 + Math.abs(similarity));
    }

    @Override
    public boolean largerIsNearer() {
        return true;
    }

    @Override
    public Optional<Metric> metric() {
        return Optional.empty();
    }
}
