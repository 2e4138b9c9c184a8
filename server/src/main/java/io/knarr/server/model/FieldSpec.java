package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

/**
 * A declared field of a collection.
 *
 * @param name see {@link Names}
 * @param type the type of each value
 * @param list whether a record holds a list of such values
 */
public record FieldSpec(String name, FieldType type, boolean list) {
    public FieldSpec {
        requireNonNull(type, "type is null");
        if (!Names.isValid(name)) {
            throw new IllegalArgumentException("Not a field name");
        }
    }
}
