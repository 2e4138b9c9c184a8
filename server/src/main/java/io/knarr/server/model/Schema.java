package io.knarr.server.model;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the records of a collection look like.
 *
 * @param vectors at most {@value #MAX_VECTORS}, names distinct, in the order declared; none where there is a field
 * @param fields at most {@value #MAX_FIELDS}, those within objects included, names distinct, in the order declared
 * @param closed whether undeclared fields are refused; otherwise they are accepted and keep the type of their value
 */
public record Schema(List<VectorSpec> vectors, List<FieldSpec> fields, boolean closed) {
    /** The most vectors a schema may have. */
    public static final int MAX_VECTORS = 16;
    /** The most declared fields a schema may have. */
    public static final int MAX_FIELDS = 1_000;

    public Schema {
        vectors = List.copyOf(vectors);
        fields = List.copyOf(fields);
        if ((vectors.isEmpty() && fields.isEmpty())
                || vectors.size() > MAX_VECTORS
                || fields.stream().mapToInt(FieldSpec::count).sum() > MAX_FIELDS) {
            throw new IllegalArgumentException("Schema has too few or too many vectors or fields");
        }
        requireDistinct(vectors.stream().map(VectorSpec::name).toList());
        requireDistinct(fields.stream().map(FieldSpec::name).toList());
    }

    private static void requireDistinct(List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new IllegalArgumentException("Name declared twice: " + name);
            }
        }
    }

    /** Returns the place of the vector of that name in {@link #vectors}, or -1. */
    public int vectorIndex(String name) {
        for (int i = 0; i < vectors.size(); i++) {
            if (vectors.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** Returns the declared field at a path of names joined by dots. */
    public Optional<FieldSpec> fieldAt(String path) {
        List<FieldSpec> declared = fields;
        Optional<FieldSpec> found = Optional.empty();
        for (String name : path.split("\\.", -1)) {
            found = declared.stream().filter(field -> field.name().equals(name)).findFirst();
            declared = found.map(FieldSpec::fields).orElse(List.of());
        }
        return found;
    }

    /** Returns the declared field of that name. */
    public Optional<FieldSpec> field(String name) {
        return fields.stream().filter(field -> field.name().equals(name)).findFirst();
    }
}
