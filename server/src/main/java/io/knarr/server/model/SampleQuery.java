package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which records are picked at random.
 *
 * @param collection the collection's name
 * @param filter only among records that match
 * @param size how many, at most; 1 or more
 * @param seed the same seed gives the same sample of the same records
 * @param fields which fields come with each record
 * @param vectors which vectors come with each record
 */
public record SampleQuery(
        String collection, Optional<Filter> filter, int size, long seed, Selection fields, Selection vectors) {
    public SampleQuery {
        requireNonNull(collection, "collection is null");
        requireNonNull(filter, "filter is null");
        requireNonNull(fields, "fields is null");
        requireNonNull(vectors, "vectors is null");
        if (size < 1) {
            throw new IllegalArgumentException("Sample has no room");
        }
    }
}
