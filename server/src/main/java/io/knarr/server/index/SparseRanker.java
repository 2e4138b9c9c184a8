package io.knarr.server.index;

import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.VectorData;
import java.util.Optional;
import java.util.Set;

/** Ranks rows by the inner product of their sparse vectors with one, among those that share an index with it. Always exact. */
final class SparseRanker implements Ranker {
    private final int place;
    private final boolean idf;
    private final VectorData.Sparse vector;
    private final Set<RecordId> excluded;

    /**
     * @param place the vector's place in the schema
     * @param excluded records that are not found
     */
    SparseRanker(int place, boolean idf, VectorData.Sparse vector, Set<RecordId> excluded) {
        this.place = place;
        this.idf = idf;
        this.vector = vector;
        this.excluded = Set.copyOf(excluded);
    }

    @Override
    public RankedRows rank(SearchMoment moment, Optional<RowMask> mask, int limit, StageTimes times) {
        return LexicalAnswers.ranked(
                        moment,
                        mask,
                        limit + excluded.size(),
                        times,
                        scope -> moment.view().sparse(place).search(vector.indices(), vector.values(), idf, scope),
                        "sparse")
                .without(excluded, moment.view(), limit);
    }

    @Override
    public boolean largerIsNearer() {
        return true;
    }

    @Override
    public Optional<Metric> metric() {
        return Optional.of(Metric.DOT);
    }
}
