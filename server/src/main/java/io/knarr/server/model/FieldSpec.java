package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A declared field of a collection.
 *
 * @param name see {@link Names}
 * @param type the type of each value
 * @param list whether a record holds a list of such values
 * @param fields the fields within, of an object; empty: any
 * @param analyzer what makes words of a text, one of {@link TextAnalyzers}; empty for other types
 */
public record FieldSpec(String name, FieldType type, boolean list, List<FieldSpec> fields, String analyzer) {
    /** The most levels of declared fields. */
    public static final int MAX_DEPTH = 8;

    public FieldSpec {
        requireNonNull(type, "type is null");
        fields = List.copyOf(fields);
        if (!Names.isValid(name)) {
            throw new IllegalArgumentException("Not a field name");
        }
        if (!fields.isEmpty() && type != FieldType.OBJECT) {
            throw new IllegalArgumentException("Only an object has fields within");
        }
        if (type == FieldType.TEXT ? !TextAnalyzers.NAMES.contains(analyzer) : !analyzer.isEmpty()) {
            throw new IllegalArgumentException("Text has an analyzer, and nothing else has");
        }
        if (fields.stream().map(FieldSpec::name).distinct().count() < fields.size()) {
            throw new IllegalArgumentException("Name declared twice");
        }
    }

    /** Makes a field whose texts have the usual words. */
    public FieldSpec(String name, FieldType type, boolean list, List<FieldSpec> fields) {
        this(name, type, list, fields, type == FieldType.TEXT ? TextAnalyzers.DEFAULT : "");
    }

    /** Makes a field without others within. */
    public FieldSpec(String name, FieldType type, boolean list) {
        this(name, type, list, List.of());
    }

    /** Returns how many fields are declared: this one and those within. */
    public int count() {
        return 1 + fields.stream().mapToInt(FieldSpec::count).sum();
    }
}
