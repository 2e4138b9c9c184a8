package io.knarr.server.index;

import io.knarr.server.engine.VectorIndex;
import io.knarr.server.model.Metric;
import io.knarr.server.model.Refinement;
import java.util.Arrays;

/** Chooses rows that are near a query and not near each other, see {@link Refinement.Diversity}. For one search. */
final class DiverseChoice {
    private final SearchMoment moment;
    private final VectorIndex vectors;
    private final int place;
    private final Metric metric;
    private final double lambda;

    DiverseChoice(SearchMoment moment, DenseRanker ranker, double lambda) {
        this.moment = moment;
        this.place = ranker.place();
        this.vectors = moment.view().vectors(place);
        this.metric = ranker.metric().orElseThrow();
        this.lambda = lambda;
    }

    /** Returns up to {@code count} of the nearest rows in the order they are chosen, each with the score it had. */
    RankedRows choose(RankedRows nearest, int count, StageTimes times) {
        long startedAt = System.nanoTime();
        float[][] candidates = new float[nearest.size()][vectors.dimension()];
        for (int rank = 0; rank < candidates.length; rank++) {
            vectors.copyRow(nearest.rows()[rank], candidates[rank]);
        }
        int chosenCount = Math.min(count, candidates.length);
        int[] rows = new int[chosenCount];
        double[] scores = new double[chosenCount];
        boolean[] taken = new boolean[candidates.length];
        double[] nearestChosen = new double[candidates.length];
        Arrays.fill(nearestChosen, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < chosenCount; i++) {
            moment.deadline().check();
            int next = best(nearest, taken, nearestChosen);
            taken[next] = true;
            rows[i] = nearest.rows()[next];
            scores[i] = nearest.scores()[next];
            for (int rank = 0; rank < candidates.length; rank++) {
                if (!taken[rank]) {
                    double score = DenseRanker.presented(metric, vectors.score(candidates[rank], candidates[next]));
                    nearestChosen[rank] = Math.max(nearestChosen[rank], similarity(score));
                }
            }
        }
        times.ended("diversify", startedAt);
        return nearest.with(rows, scores);
    }

    /** Returns the candidate that adds most; of equals the nearest to the query. */
    private int best(RankedRows nearest, boolean[] taken, double[] nearestChosen) {
        int best = -1;
        double bestWorth = 0;
        for (int rank = 0; rank < taken.length; rank++) {
            if (taken[rank]) {
                continue;
            }
            double likeness = nearestChosen[rank] == Double.NEGATIVE_INFINITY ? 0 : nearestChosen[rank];
            double worth = lambda * similarity(nearest.scores()[rank]) - (1 - lambda) * likeness;
            if (best < 0 || worth > bestWorth) {
                best = rank;
                bestWorth = worth;
            }
        }
        return best;
    }

    private double similarity(double score) {
        return metric.largerIsNearer() ? score : -score;
    }
}
