package io.knarr.client;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.List;

/**
 * What the records of a collection look like.
 *
 * @param vectors the named vectors, at most 16; none where there is a field
 * @param fields the declared fields, at most 1,000
 * @param closed true if records may only have declared fields; false if undeclared ones are accepted and can be filtered
 */
public record CollectionSchema(List<Vector> vectors, List<Field> fields, boolean closed) {
    public CollectionSchema {
        vectors = List.copyOf(vectors);
        fields = List.copyOf(fields);
    }

    /**
     * A named vector that every record may carry.
     *
     * @param name the name; empty means {@value KnarrRecord#DEFAULT_VECTOR}
     * @param dimension components, of a multi-vector those of each row, 1 to 65,536; 0 of a sparse one
     * @param metric how vectors are compared; {@link Metric#DOT} for a sparse one
     * @param element what each component of a stored vector is
     * @param kind what vectors are made of
     * @param idf of a sparse one: whether rare indices count for more
     */
    public record Vector(String name, int dimension, Metric metric, ElementType element, VectorKind kind, boolean idf) {
        /** Makes a dense vector. */
        public Vector(String name, int dimension, Metric metric, ElementType element) {
            this(name, dimension, metric, element, VectorKind.DENSE, false);
        }

        /** Returns a sparse vector. */
        public static Vector sparse(String name, boolean idf) {
            return new Vector(name, 0, Metric.DOT, ElementType.FLOAT32, VectorKind.SPARSE, idf);
        }

        /** Returns a multi-vector, compared by {@link Metric#COSINE} or {@link Metric#DOT} of its rows. */
        public static Vector multi(String name, int dimension, Metric metric, ElementType element) {
            return new Vector(name, dimension, metric, element, VectorKind.MULTI, false);
        }

        /** Makes a vector of float32. */
        public Vector(String name, int dimension, Metric metric) {
            this(name, dimension, metric, ElementType.FLOAT32);
        }
    }

    /**
     * A declared field.
     *
     * @param name the name
     * @param type the type of each value
     * @param list true if a record holds a list of such values
     * @param fields the fields within, of an object; none: any
     * @param analyzer how words are made of a text, a language for example; empty: the standard words
     */
    public record Field(String name, FieldType type, boolean list, List<Field> fields, String analyzer) {
        public Field {
            fields = List.copyOf(fields);
        }

        /** Makes a field with others within. */
        public Field(String name, FieldType type, boolean list, List<Field> fields) {
            this(name, type, list, fields, "");
        }

        /** Makes a field without others within. */
        public Field(String name, FieldType type, boolean list) {
            this(name, type, list, List.of());
        }
    }

    /** Returns the schema of one default vector and no declared fields. */
    public static CollectionSchema of(int dimension, Metric metric) {
        return builder().vector(dimension, metric).build();
    }

    /** Returns a builder of an open schema without anything. */
    public static Builder builder() {
        return new Builder();
    }

    /** Gathers a schema. Not thread-safe. */
    public static final class Builder {
        private final List<Vector> vectors = new ArrayList<>();
        private final List<Field> fields = new ArrayList<>();
        private boolean closed;

        private Builder() {}

        /** Adds the default vector. */
        @CanIgnoreReturnValue
        public Builder vector(int dimension, Metric metric) {
            return vector(KnarrRecord.DEFAULT_VECTOR, dimension, metric);
        }

        /** Adds a named vector. */
        @CanIgnoreReturnValue
        public Builder vector(String name, int dimension, Metric metric) {
            return vector(name, dimension, metric, ElementType.FLOAT32);
        }

        /** Adds a named vector whose components are stored in a smaller form. */
        @CanIgnoreReturnValue
        public Builder vector(String name, int dimension, Metric metric, ElementType element) {
            vectors.add(new Vector(name, dimension, metric, element));
            return this;
        }

        /** Adds a named sparse vector, with or without rare indices counting for more. */
        @CanIgnoreReturnValue
        public Builder sparseVector(String name, boolean idf) {
            vectors.add(Vector.sparse(name, idf));
            return this;
        }

        /** Adds a named multi-vector, compared by {@link Metric#COSINE} or {@link Metric#DOT} of its rows. */
        @CanIgnoreReturnValue
        public Builder multiVector(String name, int dimension, Metric metric, ElementType element) {
            vectors.add(Vector.multi(name, dimension, metric, element));
            return this;
        }

        /** Declares a field of text that is looked for by its words, which are made as a language needs it: "norwegian", for example. */
        @CanIgnoreReturnValue
        public Builder textField(String name, String analyzer) {
            fields.add(new Field(name, FieldType.TEXT, false, List.of(), analyzer));
            return this;
        }

        /** Declares a field of one value. */
        @CanIgnoreReturnValue
        public Builder field(String name, FieldType type) {
            fields.add(new Field(name, type, false));
            return this;
        }

        /** Declares a field of a list of values. */
        @CanIgnoreReturnValue
        public Builder listField(String name, FieldType type) {
            fields.add(new Field(name, type, true));
            return this;
        }

        /** Declares a field, possibly with others within. */
        @CanIgnoreReturnValue
        public Builder field(Field field) {
            fields.add(field);
            return this;
        }

        /** Closes the schema: records may only have declared fields, and filters may only name these. */
        @CanIgnoreReturnValue
        public Builder closed() {
            closed = true;
            return this;
        }

        /** Returns the schema. */
        public CollectionSchema build() {
            return new CollectionSchema(vectors, fields, closed);
        }
    }
}
