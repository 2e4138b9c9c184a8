package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which records are listed, in which order, and how much of them at once.
 *
 * @param collection the collection's name
 * @param filter only records that match
 * @param order by which field; empty: by id
 * @param slice only records of this part
 * @param pageSize records of a page; 1 or more
 * @param maxPageBytes where a page ends early, in stored bytes
 * @param fields which fields come with each record
 * @param vectors which vectors come with each record
 */
public record ListQuery(
        String collection,
        Optional<Filter> filter,
        Optional<RecordOrder> order,
        Slice slice,
        int pageSize,
        long maxPageBytes,
        Selection fields,
        Selection vectors) {
    public ListQuery {
        requireNonNull(collection, "collection is null");
        requireNonNull(filter, "filter is null");
        requireNonNull(order, "order is null");
        requireNonNull(slice, "slice is null");
        requireNonNull(fields, "fields is null");
        requireNonNull(vectors, "vectors is null");
        if (pageSize < 1) {
            throw new IllegalArgumentException("Page has no room");
        }
    }
}
