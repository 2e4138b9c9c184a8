package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which records a list holds, in which order, and what of them.
 *
 * @param filter only records that match; empty: all
 * @param order the order; empty: that of their ids
 * @param slice only this part of the collection; empty: all of it
 * @param projection which fields and vectors
 * @param pageSize records per page, 1 to 10,000; a page ends early where records are large
 */
public record ListQuery(
        Optional<Filter> filter, Optional<Order> order, Optional<Part> slice, Projection projection, int pageSize) {
    /** All records with all fields and no vectors, 500 to a page. */
    public static final ListQuery ALL =
            new ListQuery(Optional.empty(), Optional.empty(), Optional.empty(), Projection.STANDARD, 500);

    public ListQuery {
        requireNonNull(filter, "filter is null");
        requireNonNull(order, "order is null");
        requireNonNull(slice, "slice is null");
        requireNonNull(projection, "projection is null");
        if (pageSize < 1 || pageSize > 10_000) {
            throw new IllegalArgumentException("pageSize must be 1 to 10000: " + pageSize);
        }
    }

    /**
     * An order by the values of a field; ties in the order of ids, records without a value last.
     *
     * @param field its name, a path
     * @param descending whether the greatest value comes first
     */
    public record Order(String field, boolean descending) {
        public Order {
            requireNonNull(field, "field is null");
        }
    }

    /**
     * One of several parts of a collection that together hold every record once.
     *
     * @param index which part, from 0
     * @param count how many parts there are, 1 to 1,024
     */
    public record Part(int index, int count) {
        public Part {
            if (count < 1 || index < 0 || index >= count) {
                throw new IllegalArgumentException("index must be 0 to count - 1: " + index + " of " + count);
            }
        }
    }

    /** Returns this query for the records that match. */
    public ListQuery filter(Filter newFilter) {
        return new ListQuery(Optional.of(newFilter), order, slice, projection, pageSize);
    }

    /** Returns this query in the order of a field, the least value first. */
    public ListQuery orderBy(String field) {
        return new ListQuery(filter, Optional.of(new Order(field, false)), slice, projection, pageSize);
    }

    /** Returns this query in the order of a field, the greatest value first. */
    public ListQuery orderByDescending(String field) {
        return new ListQuery(filter, Optional.of(new Order(field, true)), slice, projection, pageSize);
    }

    /** Returns this query of one of several parts of the collection, from 0. */
    public ListQuery slice(int index, int count) {
        return new ListQuery(filter, order, Optional.of(new Part(index, count)), projection, pageSize);
    }

    /** Returns this query with those fields and vectors. */
    public ListQuery returning(Projection newProjection) {
        return new ListQuery(filter, order, slice, newProjection, pageSize);
    }

    /** Returns this query with pages of that size. */
    public ListQuery pageSize(int newPageSize) {
        return new ListQuery(filter, order, slice, projection, newPageSize);
    }
}
