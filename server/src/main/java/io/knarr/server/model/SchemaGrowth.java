package io.knarr.server.model;

import java.util.List;

/**
 * What is added to a schema.
 *
 * @param fields declared fields, names distinct
 * @param vectors named vectors, names distinct
 */
public record SchemaGrowth(List<FieldSpec> fields, List<VectorSpec> vectors) {
    public SchemaGrowth {
        fields = List.copyOf(fields);
        vectors = List.copyOf(vectors);
    }
}
