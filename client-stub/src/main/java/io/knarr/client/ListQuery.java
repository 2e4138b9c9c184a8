package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which records a list holds, and what of them.
 *
 * @param filter only records that match; empty: all
 * @param projection which fields and vectors
 * @param pageSize records per page, 1 to 10,000; a page ends early where records are large
 */
public record ListQuery(Optional<Filter> filter, Projection projection, int pageSize) {
    /** All records with all fields and no vectors, 500 to a page. */
    public static final ListQuery ALL = new ListQuery(Optional.empty(), Projection.STANDARD, 500);

    public ListQuery {
        requireNonNull(filter, "filter is null");
        requireNonNull(projection, "projection is null");
        if (pageSize < 1 || pageSize > 10_000) {
            throw new IllegalArgumentException("pageSize must be 1 to 10000: " + pageSize);
        }
    }

    /** Returns this query for the records that match. */
    public ListQuery filter(Filter newFilter) {
        return new ListQuery(Optional.of(newFilter), projection, pageSize);
    }

    /** Returns this query with those fields and vectors. */
    public ListQuery returning(Projection newProjection) {
        return new ListQuery(filter, newProjection, pageSize);
    }

    /** Returns this query with pages of that size. */
    public ListQuery pageSize(int newPageSize) {
        return new ListQuery(filter, projection, newPageSize);
    }
}
