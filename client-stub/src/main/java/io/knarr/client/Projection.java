package io.knarr.client;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which fields and vectors a reply carries. Immutable.
 *
 * <p>{@link #STANDARD} is all fields and no vectors.
 */
public final class Projection {
    /** All fields, no vectors. */
    public static final Projection STANDARD = new Projection(false, List.of(), false, List.of());

    /** All fields and all vectors. */
    public static final Projection EVERYTHING = STANDARD.withVectors();

    /** Ids only. */
    public static final Projection IDS = STANDARD.withoutFields();

    private final boolean noFields;
    private final List<String> fieldNames;
    private final boolean allVectors;
    private final List<String> vectorNames;

    private Projection(boolean noFields, List<String> fieldNames, boolean allVectors, List<String> vectorNames) {
        this.noFields = noFields;
        this.fieldNames = fieldNames;
        this.allVectors = allVectors;
        this.vectorNames = vectorNames;
    }

    /** Returns this projection with those top-level fields only, at least one. */
    public Projection withFields(String first, String... others) {
        return new Projection(false, names(first, others), allVectors, vectorNames);
    }

    /** Returns this projection without any fields. */
    public Projection withoutFields() {
        return new Projection(true, List.of(), allVectors, vectorNames);
    }

    /** Returns this projection with all vectors. */
    public Projection withVectors() {
        return new Projection(noFields, fieldNames, true, List.of());
    }

    /** Returns this projection with those vectors only, at least one. */
    public Projection withVectors(String first, String... others) {
        return new Projection(noFields, fieldNames, false, names(first, others));
    }

    boolean noFields() {
        return noFields;
    }

    List<String> fieldNames() {
        return fieldNames;
    }

    boolean allVectors() {
        return allVectors;
    }

    List<String> vectorNames() {
        return vectorNames;
    }

    private static List<String> names(String first, String... others) {
        return Stream.concat(Stream.of(first), Stream.of(others)).toList();
    }
}
