package io.knarr.server.index;

import io.knarr.server.lexical.BestRows;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Fusion;
import io.knarr.server.model.Metric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Ranks rows by the answers to several questions together, see {@link Fusion}. */
final class HybridRanker implements Ranker {
    private final List<Part> parts;
    private final Fusion fusion;

    /**
     * One of the questions.
     *
     * @param ranker answers it
     * @param filter checked; beside that of the search
     * @param limit how many of its best rows take part
     * @param weight what its scores are multiplied by
     */
    record Part(Ranker ranker, Optional<Filter> filter, int limit, double weight) {}

    HybridRanker(List<Part> parts, Fusion fusion) {
        this.parts = List.copyOf(parts);
        this.fusion = fusion;
    }

    @Override
    public RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        List<RankedRows> answers = new ArrayList<>(parts.size());
        for (Part part : parts) {
            Optional<RowMask> own = moment.matching(part.filter(), Optional.empty(), times);
            Optional<RowMask> both =
                    mask.isPresent() && own.isPresent() ? Optional.of(mask.get().and(own.get())) : mask.or(() -> own);
            answers.add(part.ranker().rank(moment, both, part.limit(), times));
        }
        long startedAt = System.nanoTime();
        Map<Integer, Double> fused = new HashMap<>();
        for (int i = 0; i < answers.size(); i++) {
            RankedRows answer = answers.get(i);
            double[] shares = shares(answer, parts.get(i).ranker().largerIsNearer());
            for (int rank = 0; rank < shares.length; rank++) {
                fused.merge(answer.rows()[rank], parts.get(i).weight() * shares[rank], Double::sum);
            }
        }
        BestRows best = new BestRows(limit, moment.view()::compareIds);
        fused.forEach(best::offer);
        times.ended("fuse", startedAt);
        String plans = answers.stream().map(RankedRows::plan).collect(Collectors.joining(", "));
        return RankedRows.of(
                best,
                answers.stream().allMatch(RankedRows::exact),
                answers.stream().mapToLong(RankedRows::scoredCount).sum(),
                plan(),
                "answers of: " + plans);
    }

    private String plan() {
        return switch (fusion) {
            case Fusion.ReciprocalRank _ -> "hybrid-reciprocal-rank";
            case Fusion.DistributionBased _ -> "hybrid-distribution-based";
            case Fusion.Weighted _ -> "hybrid-weighted";
        };
    }

    /** Returns what each rank of an answer adds, before its weight. */
    private double[] shares(RankedRows answer, boolean largerIsNearer) {
        double[] similarities = new double[answer.size()];
        for (int rank = 0; rank < similarities.length; rank++) {
            similarities[rank] = largerIsNearer ? answer.scores()[rank] : -answer.scores()[rank];
        }
        return switch (fusion) {
            case Fusion.ReciprocalRank(int k) -> reciprocalRanks(similarities.length, k);
            case Fusion.DistributionBased _ -> byDistribution(similarities);
            case Fusion.Weighted _ -> betweenExtremes(similarities);
        };
    }

    private static double[] reciprocalRanks(int count, int k) {
        double[] shares = new double[count];
        for (int rank = 0; rank < count; rank++) {
            shares[rank] = 1.0 / ((double) k + rank + 1);
        }
        return shares;
    }

    private static double[] byDistribution(double[] similarities) {
        double mean = 0;
        for (double similarity : similarities) {
            mean += similarity / similarities.length;
        }
        double variance = 0;
        for (double similarity : similarities) {
            variance += (similarity - mean) * (similarity - mean) / similarities.length;
        }
        double deviation = Math.sqrt(variance);
        double[] shares = new double[similarities.length];
        for (int rank = 0; rank < shares.length; rank++) {
            // Not finite where scores are near the end of what a double holds: those are all alike, too.
            double share = (similarities[rank] - (mean - 3 * deviation)) / (6 * deviation);
            shares[rank] = Double.isFinite(share) ? Math.clamp(share, 0.0, 1.0) : 0.5;
        }
        return shares;
    }

    private static double[] betweenExtremes(double[] similarities) {
        double greatest = similarities.length == 0 ? 0 : similarities[0];
        double least = similarities.length == 0 ? 0 : similarities[similarities.length - 1];
        double[] shares = new double[similarities.length];
        for (int rank = 0; rank < shares.length; rank++) {
            double share = (similarities[rank] - least) / (greatest - least);
            shares[rank] = Double.isFinite(share) ? share : 1;
        }
        return shares;
    }

    @Override
    public boolean largerIsNearer() {
        return true;
    }

    @Override
    public Optional<Metric> metric() {
        return Optional.empty();
    }

    @Override
    public boolean isOpenEnded() {
        return false;
    }
}
