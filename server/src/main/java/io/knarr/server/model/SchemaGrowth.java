package io.knarr.server.model;

import java.util.List;
import java.util.Optional;

/**
 * What is added to a schema, and what else becomes of its collection.
 *
 * @param fields declared fields, names distinct
 * @param vectors named vectors, names distinct
 * @param ttl what the default time to live becomes; empty where it stays
 */
public record SchemaGrowth(List<FieldSpec> fields, List<VectorSpec> vectors, Optional<TtlChange> ttl) {
    public SchemaGrowth {
        fields = List.copyOf(fields);
        vectors = List.copyOf(vectors);
    }

    /** Makes a growth that leaves the time to live as it is. */
    public SchemaGrowth(List<FieldSpec> fields, List<VectorSpec> vectors) {
        this(fields, vectors, Optional.empty());
    }
}
