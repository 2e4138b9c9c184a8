package io.knarr.server.model;

import java.util.Optional;

/**
 * A search as a caller asks for it. Not checked against a schema yet.
 *
 * @param collection the collection's name
 * @param vectorName which vector to compare with; empty where the collection has one
 * @param vector the query, finite; must not change
 * @param filter only records that match
 * @param limit hits wanted, 1 or more
 * @param offset nearest records to pass over first, 0 or more
 * @param fields which fields to return
 * @param vectors which vectors to return
 * @param exact whether only an exact answer will do
 * @param explain whether the result says how it was found
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a query lives for one call
public record SearchQuery(
        String collection,
        Optional<String> vectorName,
        float[] vector,
        Optional<Filter> filter,
        int limit,
        int offset,
        Selection fields,
        Selection vectors,
        boolean exact,
        boolean explain) {}
