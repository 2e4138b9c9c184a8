package io.knarr.client;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One record that a search found. Immutable. */
public final class Hit {
    private final RecordKey id;
    private final double score;
    private final long version;
    private final Fields fields;
    private final Map<String, float[]> vectors;
    private final Map<String, SparseVector> sparseVectors;
    private final Map<String, MultiVector> multiVectors;

    Hit(
            RecordKey id,
            double score,
            long version,
            Fields fields,
            Map<String, float[]> vectors,
            Map<String, SparseVector> sparseVectors,
            Map<String, MultiVector> multiVectors) {
        this.id = id;
        this.score = score;
        this.version = version;
        this.fields = fields;
        this.vectors = Collections.unmodifiableMap(new TreeMap<>(vectors));
        this.sparseVectors = Collections.unmodifiableMap(new TreeMap<>(sparseVectors));
        this.multiVectors = Collections.unmodifiableMap(new TreeMap<>(multiVectors));
    }

    /** Returns the record's id. */
    public RecordKey id() {
        return id;
    }

    /** Returns the score by the vector's metric; see {@link Metric} for which way is nearer. */
    public double score() {
        return score;
    }

    /** Returns the record's version. */
    public long version() {
        return version;
    }

    /** Returns the fields asked for. */
    public Fields fields() {
        return fields;
    }

    /** Returns a copy of the default vector, if it was asked for. */
    public Optional<float[]> vector() {
        return vector(KnarrRecord.DEFAULT_VECTOR);
    }

    /** Returns a copy of a named vector, if it was asked for. */
    public Optional<float[]> vector(String name) {
        return Optional.ofNullable(vectors.get(name)).map(float[]::clone);
    }

    /** Returns a named sparse vector, if it was asked for. */
    public Optional<SparseVector> sparseVector(String name) {
        return Optional.ofNullable(sparseVectors.get(name));
    }

    /** Returns a named multi-vector, if it was asked for. */
    public Optional<MultiVector> multiVector(String name) {
        return Optional.ofNullable(multiVectors.get(name));
    }

    @Override
    public String toString() {
        return "Hit[id=" + id + ", score=" + score + ", fields=" + fields + "]";
    }
}
