package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A question for the records nearest to a vector. Immutable: each method returns another search.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="search"}
 */
public final class Search {
    private static final int DEFAULT_LIMIT = 10;

    private final float[] vector;
    private final String vectorName;
    private final @Nullable Filter filter;
    private final int limit;
    private final int offset;
    private final Projection projection;
    private final boolean exact;
    private final boolean explain;

    private Search(
            float[] vector,
            String vectorName,
            @Nullable Filter filter,
            int limit,
            int offset,
            Projection projection,
            boolean exact,
            boolean explain) {
        this.vector = vector;
        this.vectorName = vectorName;
        this.filter = filter;
        this.limit = limit;
        this.offset = offset;
        this.projection = projection;
        this.exact = exact;
        this.explain = explain;
    }

    /** Returns a search for the {@value #DEFAULT_LIMIT} records nearest to a vector, which is copied. */
    public static Search nearest(float... vector) {
        return new Search(vector.clone(), "", null, DEFAULT_LIMIT, 0, Projection.STANDARD, false, false);
    }

    /** Returns this search on a named vector; needed only where the collection has several. */
    public Search on(String newVectorName) {
        return new Search(
                vector,
                requireNonNull(newVectorName, "vectorName is null"),
                filter,
                limit,
                offset,
                projection,
                exact,
                explain);
    }

    /** Returns this search among the records that match. */
    public Search filter(Filter newFilter) {
        return new Search(
                vector,
                vectorName,
                requireNonNull(newFilter, "filter is null"),
                limit,
                offset,
                projection,
                exact,
                explain);
    }

    /** Returns this search for that many records, 1 to 100,000 together with the offset. */
    public Search limit(int newLimit) {
        if (newLimit < 1) {
            throw new IllegalArgumentException("limit must be at least 1: " + newLimit);
        }
        return new Search(vector, vectorName, filter, newLimit, offset, projection, exact, explain);
    }

    /** Returns this search passing over that many of the nearest first. */
    public Search offset(int newOffset) {
        if (newOffset < 0) {
            throw new IllegalArgumentException("offset must not be negative: " + newOffset);
        }
        return new Search(vector, vectorName, filter, limit, newOffset, projection, exact, explain);
    }

    /** Returns this search with those fields and vectors in its hits; all fields and no vectors without this. */
    public Search returning(Projection newProjection) {
        return new Search(
                vector,
                vectorName,
                filter,
                limit,
                offset,
                requireNonNull(newProjection, "projection is null"),
                exact,
                explain);
    }

    /** Returns this search with an exact answer, whatever it costs. */
    public Search exact() {
        return new Search(vector, vectorName, filter, limit, offset, projection, true, explain);
    }

    /** Returns this search with a reply that says how it was found. */
    public Search explain() {
        return new Search(vector, vectorName, filter, limit, offset, projection, exact, true);
    }

    /** Returns the query. The array is this search's own: read only. */
    float[] vector() {
        return vector;
    }

    String vectorName() {
        return vectorName;
    }

    Optional<Filter> filter() {
        return Optional.ofNullable(filter);
    }

    int limit() {
        return limit;
    }

    int offset() {
        return offset;
    }

    Projection projection() {
        return projection;
    }

    boolean wantsExact() {
        return exact;
    }

    boolean wantsExplanation() {
        return explain;
    }
}
