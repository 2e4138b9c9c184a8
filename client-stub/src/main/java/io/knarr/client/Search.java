package io.knarr.client;

import static java.util.Objects.requireNonNull;

import io.knarr.v1.GroupBy;
import io.knarr.v1.HybridPart;
import io.knarr.v1.Mmr;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.TextQuery;

/**
 * A question for records: those near to a vector, with certain words, like a record, like some and unlike others, or the answers to several such questions
 * fused into one. Immutable: each method returns another search.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="search"}
 */
public final class Search {
    /** What goes on the wire but for the collection. */
    private final SearchRequest request;

    private Search(SearchRequest.Builder request) {
        this.request = request.build();
    }

    /** Returns a search for the 10 records nearest to a vector, which is copied. */
    public static Search nearest(float... vector) {
        return new Search(SearchRequest.newBuilder().setVector(WireRecords.encode(vector)));
    }

    /** Returns a search for the 10 records that a sparse vector has the greatest inner product with. */
    public static Search nearest(SparseVector vector) {
        return new Search(SearchRequest.newBuilder().setVector(WireRecords.encode(vector)));
    }

    /** Returns a search for the 10 records whose rows answer those of a multi-vector best. */
    public static Search nearest(MultiVector vector) {
        return new Search(SearchRequest.newBuilder().setVector(WireRecords.encode(vector)));
    }

    /** Returns a search for the 10 records whose field, of type {@link FieldType#TEXT}, has the words of a text, ranked by BM25. */
    public static Search words(String field, String text) {
        return new Search(SearchRequest.newBuilder()
                .setText(TextQuery.newBuilder()
                        .setField(requireNonNull(field, "field is null"))
                        .setQuery(requireNonNull(text, "text is null"))));
    }

    /** Returns a search for the 10 records nearest to the stored vector of a record, which is itself left out. */
    public static Search like(RecordKey example) {
        return new Search(SearchRequest.newBuilder().setLikeId(WireRecords.encode(example)));
    }

    /** Returns a search for the 10 records nearest to the stored vector of a record, which is itself left out. */
    public static Search like(String example) {
        return like(RecordKey.of(example));
    }

    /** Returns a search for the 10 records that are like some examples and unlike others. */
    public static Search recommend(Recommendation recommendation) {
        return new Search(SearchRequest.newBuilder().setRecommend(recommendation.encode()));
    }

    /** Returns a search for the 10 records that several questions together find best. */
    public static Search hybrid(Hybrid hybrid) {
        return new Search(SearchRequest.newBuilder().setHybrid(hybrid.encode()));
    }

    /** Returns this search on a named vector; needed only where the collection has several. */
    public Search on(String vectorName) {
        return new Search(request.toBuilder().setVectorName(requireNonNull(vectorName, "vectorName is null")));
    }

    /** Returns this search among the records that match. */
    public Search filter(Filter filter) {
        return new Search(request.toBuilder().setFilter(WireFilters.encode(filter)));
    }

    /** Returns this search for that many records, or groups, 1 to 100,000 together with the offset. */
    public Search limit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1: " + limit);
        }
        return new Search(request.toBuilder().setLimit(limit));
    }

    /** Returns this search passing over that many of the nearest first. */
    public Search offset(int offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset must not be negative: " + offset);
        }
        return new Search(request.toBuilder().setOffset(offset));
    }

    /** Returns this search with those fields and vectors in its hits; all fields and no vectors without this. */
    public Search returning(Projection projection) {
        return new Search(request.toBuilder()
                .setFields(WireRecords.fields(projection))
                .setVectors(WireRecords.vectors(projection)));
    }

    /** Returns this search for hits of at least this score, or at most this one where smaller is nearer. Finite. */
    public Search threshold(double score) {
        if (!Double.isFinite(score)) {
            throw new IllegalArgumentException("threshold must be finite: " + score);
        }
        return new Search(request.toBuilder().setScoreThreshold(score));
    }

    /**
     * Returns this search for groups of hits that share a value of a field: the best few of each, that of the nearest hit first. The
     * limit then counts groups. Not together with {@link #diverse}.
     */
    public Search groupBy(String field, int hitsPerGroup) {
        if (hitsPerGroup < 1) {
            throw new IllegalArgumentException("hitsPerGroup must be at least 1: " + hitsPerGroup);
        }
        return new Search(request.toBuilder()
                .setGroupBy(GroupBy.newBuilder()
                        .setField(requireNonNull(field, "field is null"))
                        .setSize(hitsPerGroup)));
    }

    /**
     * Returns this search for hits that are near the question and not near each other (maximal marginal relevance).
     *
     * @param lambda 0 (only difference counts) to 1 (only nearness counts)
     */
    public Search diverse(double lambda) {
        if (!(lambda >= 0 && lambda <= 1)) {
            throw new IllegalArgumentException("lambda must be 0 to 1: " + lambda);
        }
        return new Search(request.toBuilder().setMmr(Mmr.newBuilder().setLambda(lambda)));
    }

    /** Returns this search with an exact answer, whatever it costs. */
    public Search exact() {
        return new Search(request.toBuilder().setExact(true));
    }

    /** Returns this search with a reply that says how it was found. */
    public Search explain() {
        return new Search(request.toBuilder().setExplain(true));
    }

    /** Returns what goes on the wire. */
    SearchRequest encode(String collection) {
        return request.toBuilder().setCollection(collection).build();
    }

    /**
     * Returns this search as one of several questions.
     *
     * @throws IllegalArgumentException if it says more than a question, a vector's name, a filter and a limit
     */
    HybridPart encodePart(double weight) {
        HybridPart.Builder part = HybridPart.newBuilder()
                .setVectorName(request.getVectorName())
                .setLimit(request.getLimit())
                .setWeight(weight);
        if (request.hasVector()) {
            part.setVector(request.getVector());
        }
        if (request.hasText()) {
            part.setText(request.getText());
        }
        if (request.hasLikeId()) {
            part.setLikeId(request.getLikeId());
        }
        if (request.hasRecommend()) {
            part.setRecommend(request.getRecommend());
        }
        if (request.hasFilter()) {
            part.setFilter(request.getFilter());
        }
        boolean more = request.hasHybrid()
                || request.getOffset() > 0
                || request.getExact()
                || request.getExplain()
                || request.hasScoreThreshold()
                || request.hasGroupBy()
                || request.hasMmr()
                || request.hasFields()
                || request.hasVectors();
        if (more) {
            throw new IllegalArgumentException(
                    "A part of a hybrid search has a question, a vector's name, a filter and a limit, and nothing else");
        }
        return part.build();
    }
}
