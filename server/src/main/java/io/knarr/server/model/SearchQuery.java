package io.knarr.server.model;

import java.util.Optional;

/**
 * A search as a caller asks for it. Not checked against a schema yet.
 *
 * @param collection the collection's name
 * @param question what is asked
 * @param filter only records that match
 * @param limit hits wanted, 1 or more
 * @param offset nearest records to pass over first, 0 or more
 * @param fields which fields to return
 * @param vectors which vectors to return
 * @param exact whether only an exact answer will do
 * @param explain whether the result says how it was found
 * @param refinement what is done with the order that the question gives
 */
public record SearchQuery(
        String collection,
        Question question,
        Optional<Filter> filter,
        int limit,
        int offset,
        Selection fields,
        Selection vectors,
        boolean exact,
        boolean explain,
        Refinement refinement) {
    /** Makes a search for what is nearest to a dense vector, with nothing done to it. */
    public SearchQuery(
            String collection,
            Optional<String> vectorName,
            float[] vector,
            Optional<Filter> filter,
            int limit,
            int offset,
            Selection fields,
            Selection vectors,
            boolean exact,
            boolean explain) {
        this(
                collection,
                new Question.Nearest(vectorName, VectorData.of(vector)),
                filter,
                limit,
                offset,
                fields,
                vectors,
                exact,
                explain,
                Refinement.NONE);
    }
}
