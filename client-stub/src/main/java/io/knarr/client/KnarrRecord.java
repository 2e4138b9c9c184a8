package io.knarr.client;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One record: an id, fields, vectors. Immutable.
 *
 * <p>One that was read carries its version and times as well; writing it again ignores these.
 */
public final class KnarrRecord {
    /** The name of the vector that a schema declares without a name. */
    public static final String DEFAULT_VECTOR = "default";

    private final @Nullable RecordKey id;
    private final Fields fields;
    private final Map<String, float[]> vectors;
    private final Map<String, SparseVector> sparseVectors;
    private final Map<String, MultiVector> multiVectors;
    private final @Nullable Instant expireTime;
    private final long version;
    private final @Nullable Instant createTime;
    private final @Nullable Instant updateTime;

    private KnarrRecord(Builder builder) {
        this.id = builder.id;
        this.fields = Fields.of(builder.fields);
        this.vectors = Collections.unmodifiableMap(new TreeMap<>(builder.vectors));
        this.sparseVectors = Collections.unmodifiableMap(new TreeMap<>(builder.sparseVectors));
        this.multiVectors = Collections.unmodifiableMap(new TreeMap<>(builder.multiVectors));
        this.expireTime = builder.expireTime;
        this.version = builder.version;
        this.createTime = builder.createTime;
        this.updateTime = builder.updateTime;
    }

    /** Returns a builder of a record without anything. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts with everything this record has. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.id = id;
        builder.fields.putAll(fields.asMap());
        builder.vectors.putAll(vectors);
        builder.sparseVectors.putAll(sparseVectors);
        builder.multiVectors.putAll(multiVectors);
        builder.expireTime = expireTime;
        return builder.stored(version, createTime, updateTime);
    }

    /** Returns the id; empty in a record that is yet to be written and leaves the id to the client. */
    public Optional<RecordKey> id() {
        return Optional.ofNullable(id);
    }

    /** Returns the fields. */
    public Fields fields() {
        return fields;
    }

    /** Returns a copy of the default vector, if the record carries it. */
    public Optional<float[]> vector() {
        return vector(DEFAULT_VECTOR);
    }

    /** Returns a copy of a named vector, if the record carries it. */
    public Optional<float[]> vector(String name) {
        return Optional.ofNullable(vectors.get(name)).map(float[]::clone);
    }

    /** Returns a named sparse vector, if the record carries it. */
    public Optional<SparseVector> sparseVector(String name) {
        return Optional.ofNullable(sparseVectors.get(name));
    }

    /** Returns the sparse vectors by name. */
    Map<String, SparseVector> sparseVectors() {
        return sparseVectors;
    }

    /** Returns a named multi-vector, if the record carries it. */
    public Optional<MultiVector> multiVector(String name) {
        return Optional.ofNullable(multiVectors.get(name));
    }

    /** Returns the multi-vectors by name. */
    Map<String, MultiVector> multiVectors() {
        return multiVectors;
    }

    /** Returns from when on no read sees the record; empty where it lives for ever, or as long as its collection says. */
    public Optional<Instant> expireTime() {
        return Optional.ofNullable(expireTime);
    }

    /** Returns the dense vectors by name. The arrays are the record's own: read only. */
    Map<String, float[]> vectors() {
        return vectors;
    }

    /** Returns the version, which grows with every write of this id; 0 in a record that was not read. */
    public long version() {
        return version;
    }

    /** Returns when this id was first written; empty in a record that was not read. */
    public Optional<Instant> createTime() {
        return Optional.ofNullable(createTime);
    }

    /** Returns when this version was written; empty in a record that was not read. */
    public Optional<Instant> updateTime() {
        return Optional.ofNullable(updateTime);
    }

    /** Shows id, version and fields; a vector only by its name and the number of its values, or rows. */
    @Override
    public String toString() {
        Map<String, Integer> dimensions = new TreeMap<>();
        vectors.forEach((name, vector) -> dimensions.put(name, vector.length));
        sparseVectors.forEach(
                (name, vector) -> dimensions.put(name, vector.values().size()));
        multiVectors.forEach((name, vector) -> dimensions.put(name, vector.rowCount()));
        return "KnarrRecord[id=" + id + ", version=" + version + ", fields=" + fields + ", vectors=" + dimensions + "]";
    }

    /** Gathers a record. Not thread-safe. */
    public static final class Builder {
        private @Nullable RecordKey id;
        private final Map<String, @Nullable Object> fields = new HashMap<>();
        private final Map<String, float[]> vectors = new HashMap<>();
        private final Map<String, SparseVector> sparseVectors = new HashMap<>();
        private final Map<String, MultiVector> multiVectors = new HashMap<>();
        private @Nullable Instant expireTime;
        private long version;
        private @Nullable Instant createTime;
        private @Nullable Instant updateTime;

        private Builder() {}

        /** Names the record by a string, 1 to 512 bytes of UTF-8. */
        @CanIgnoreReturnValue
        public Builder id(String id) {
            return id(RecordKey.of(id));
        }

        /** Names the record by an unsigned 64-bit integer. */
        @CanIgnoreReturnValue
        public Builder id(long id) {
            return id(RecordKey.of(id));
        }

        /** Names the record. Without a name the client makes a UUID of version 7 when it is written. */
        @CanIgnoreReturnValue
        public Builder id(RecordKey id) {
            this.id = requireNonNull(id, "id is null");
            return this;
        }

        /** Sets the default vector, which is copied. */
        @CanIgnoreReturnValue
        public Builder vector(float... components) {
            return vector(DEFAULT_VECTOR, components);
        }

        /** Sets a named dense vector, which is copied. */
        @CanIgnoreReturnValue
        public Builder vector(String name, float... components) {
            vectors.put(requireNonNull(name, "name is null"), components.clone());
            sparseVectors.remove(name);
            multiVectors.remove(name);
            return this;
        }

        /** Sets a named sparse vector. */
        @CanIgnoreReturnValue
        public Builder vector(String name, SparseVector vector) {
            sparseVectors.put(requireNonNull(name, "name is null"), requireNonNull(vector, "vector is null"));
            vectors.remove(name);
            multiVectors.remove(name);
            return this;
        }

        /** Sets a named multi-vector. */
        @CanIgnoreReturnValue
        public Builder vector(String name, MultiVector vector) {
            multiVectors.put(requireNonNull(name, "name is null"), requireNonNull(vector, "vector is null"));
            vectors.remove(name);
            sparseVectors.remove(name);
            return this;
        }

        /** Lets the record expire: from that moment on no read sees it. Without one it lives as long as its collection says, or for ever. */
        @CanIgnoreReturnValue
        public Builder expireTime(Instant moment) {
            expireTime = requireNonNull(moment, "moment is null");
            return this;
        }

        /** Sets a field; see {@link Fields#of} for what it can hold. */
        @CanIgnoreReturnValue
        public Builder field(String name, @Nullable Object value) {
            fields.put(requireNonNull(name, "name is null"), value);
            return this;
        }

        /** Sets several fields. */
        @CanIgnoreReturnValue
        public Builder fields(Map<String, ? extends @Nullable Object> values) {
            fields.putAll(values);
            return this;
        }

        @CanIgnoreReturnValue
        Builder stored(long newVersion, @Nullable Instant created, @Nullable Instant updated) {
            this.version = newVersion;
            this.createTime = created;
            this.updateTime = updated;
            return this;
        }

        /**
         * Returns the record.
         *
         * @throws IllegalArgumentException if a field holds what no field can hold
         */
        public KnarrRecord build() {
            return new KnarrRecord(this);
        }
    }
}
