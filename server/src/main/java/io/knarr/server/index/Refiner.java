package io.knarr.server.index;

import io.knarr.server.model.Refinement;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.SearchResult;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Makes the hits of a search of the order that its question gives: a part of it, groups, or diverse ones. */
final class Refiner {
    private final Ranker ranker;
    private final SearchQuery query;

    /**
     * What is left of an order.
     *
     * @param rows the hits
     * @param groups which of them belong together; empty where no groups were asked for
     */
    record Refined(RankedRows rows, List<SearchResult.Group> groups) {}

    Refiner(Ranker ranker, SearchQuery query) {
        this.ranker = ranker;
        this.query = query;
    }

    Refined refine(SearchMoment moment, Optional<RowMask> mask, StageTimes times) {
        Refinement wanted = query.refinement();
        if (wanted.groupBy().isPresent()) {
            return new Grouping(this::reaching, ranker, wanted.groupBy().get(), query.limit(), query.offset())
                    .group(moment, mask, times);
        }
        int end = query.offset() + query.limit();
        if (wanted.diversity().isPresent() && ranker instanceof DenseRanker dense) {
            Refinement.Diversity diversity = wanted.diversity().get();
            RankedRows nearest = reaching(ranker.rank(moment, mask, diversity.candidates(), times));
            return new Refined(
                    new DiverseChoice(moment, dense, diversity.lambda())
                            .choose(nearest, end, times)
                            .slice(query.offset(), end),
                    List.of());
        }
        return new Refined(reaching(ranker.rank(moment, mask, end, times)).slice(query.offset(), end), List.of());
    }

    private RankedRows reaching(RankedRows ranked) {
        OptionalDouble threshold = query.refinement().scoreThreshold();
        return threshold.isEmpty() ? ranked : ranked.reaching(threshold.getAsDouble(), ranker.largerIsNearer());
    }
}
