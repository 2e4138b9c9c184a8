package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldSpec;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.Refinement;
import io.knarr.server.model.Schema;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorKind;
import io.knarr.server.model.VectorSpec;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Checks what callers send against a collection's schema. Immutable. */
final class RecordChecker {
    private final Schema schema;
    private final Map<String, FieldSpec> declared = new HashMap<>();

    RecordChecker(Schema schema) {
        this.schema = schema;
        schema.fields().forEach(field -> declared.put(field.name(), field));
    }

    /**
     * Returns the fields as they are stored.
     *
     * @throws ServiceException TYPE_MISMATCH or UNKNOWN_FIELD, at a path that starts with {@code path}
     */
    SequencedMap<String, FieldValue> fields(RecordDraft draft, String path) {
        if (declared.isEmpty() && !schema.closed()) {
            return draft.fields();
        }
        return FieldRules.conformAll(draft.fields(), declared, path, schema.closed());
    }

    /**
     * Returns the vectors as they are stored, by place in the schema, {@code null} where the record has none.
     *
     * @throws ServiceException UNKNOWN_FIELD, DIMENSION_MISMATCH or INVALID_FIELD, at a path that starts with {@code path}
     */
    @Nullable
    VectorData[] vectors(RecordDraft draft, String path) {
        if (draft.vectors().isEmpty() && !schema.vectors().isEmpty()) {
            throw ServiceException.atField(
                    ErrorCode.INVALID_FIELD, path + ".vectors", "A record needs at least one vector");
        }
        return vectorsIfAny(draft, path);
    }

    /** Returns the same of a record that need not have any: it was written before its collection had vectors. */
    @Nullable
    VectorData[] vectorsIfAny(RecordDraft draft, String path) {
        @Nullable VectorData[] vectors = new VectorData[schema.vectors().size()];
        draft.vectors().forEach((name, vector) -> {
            String vectorPath = path + ".vectors[\"" + name + "\"]";
            int place = schema.vectorIndex(name);
            if (place < 0) {
                throw ServiceException.atField(
                        ErrorCode.UNKNOWN_FIELD, vectorPath, "The collection's schema declares no such vector");
            }
            requireShape(schema.vectors().get(place), vector, vectorPath);
            vectors[place] = VectorElements.stored(schema.vectors().get(place), vector, vectorPath);
        });
        return vectors;
    }

    /**
     * Returns the place of the vector a search means.
     *
     * @param question where the search asks for vectors
     * @throws ServiceException UNKNOWN_FIELD at {@code question} where the collection has none; UNKNOWN_FIELD or INVALID_FIELD at
     *     {@code vector_name}
     */
    int searchedVector(Optional<String> name, String question) {
        return requireVector(schema, name, schema.vectors().isEmpty() ? question : "vector_name");
    }

    /**
     * Returns the place of the vector a caller means, who need not name it where there is only one.
     *
     * @throws ServiceException UNKNOWN_FIELD or INVALID_FIELD at {@code path}
     */
    static int requireVector(Schema schema, Optional<String> name, String path) {
        if (schema.vectors().isEmpty()) {
            throw ServiceException.atField(ErrorCode.UNKNOWN_FIELD, path, "The collection has no vectors");
        }
        if (name.isEmpty()) {
            if (schema.vectors().size() > 1) {
                throw ServiceException.atField(
                                ErrorCode.INVALID_FIELD,
                                path,
                                "The collection has several vectors; name the one that is meant")
                        .with(
                                "vectors",
                                schema.vectors().stream().map(VectorSpec::name).toList());
            }
            return 0;
        }
        int place = schema.vectorIndex(name.get());
        if (place < 0) {
            throw ServiceException.atField(
                    ErrorCode.UNKNOWN_FIELD, path, "The collection's schema declares no such vector");
        }
        return place;
    }

    /** Checks the names a caller wants back. @throws ServiceException UNKNOWN_FIELD at {@code fields.names} or {@code vectors.names} */
    void selections(Selection fields, Selection vectors) {
        if (schema.closed() && fields instanceof Selection.Only(var names)) {
            names.stream()
                    .filter(name -> !declared.containsKey(name))
                    .sorted()
                    .findFirst()
                    .ifPresent(name -> {
                        throw unknown("fields.names", "The collection's closed schema declares no such field", name);
                    });
        }
        if (vectors instanceof Selection.Only(var names)) {
            names.stream()
                    .filter(name -> schema.vectorIndex(name) < 0)
                    .sorted()
                    .findFirst()
                    .ifPresent(name -> {
                        throw unknown("vectors.names", "The collection's schema declares no such vector", name);
                    });
        }
    }

    /**
     * Checks what is to be done with an order.
     *
     * @param oneDenseVector whether the order is by the distance to one dense vector
     * @throws ServiceException UNKNOWN_FIELD at {@code group_by.field}, INVALID_FIELD at {@code mmr}
     */
    void refinement(Refinement refinement, boolean oneDenseVector) {
        refinement.groupBy().ifPresent(groupBy -> {
            String field = groupBy.field();
            int dot = field.indexOf('.');
            boolean known = declared.containsKey(dot < 0 ? field : field.substring(0, dot));
            if (schema.closed() && !known) {
                throw unknown("group_by.field", "The collection's closed schema declares no such field", field);
            }
        });
        if (refinement.diversity().isPresent() && !oneDenseVector) {
            throw ServiceException.atField(
                    ErrorCode.INVALID_FIELD, "mmr", "Diverse hits need a search for what is near one dense vector");
        }
    }

    private static ServiceException unknown(String path, String sentence, String name) {
        return ServiceException.atField(ErrorCode.UNKNOWN_FIELD, path, sentence).with("name", name);
    }

    /** Checks a vector's kind and length. @throws ServiceException TYPE_MISMATCH or DIMENSION_MISMATCH at {@code path} */
    static void requireShape(VectorSpec spec, VectorData vector, String path) {
        switch (vector) {
            case VectorData.Dense(float[] components) -> {
                requireKind(spec, VectorKind.DENSE, path);
                requireDimension(spec, components.length, path);
            }
            case VectorData.Multi multi -> {
                requireKind(spec, VectorKind.MULTI, path);
                requireDimension(spec, multi.dimension(), path);
            }
            case VectorData.Sparse _ -> requireKind(spec, VectorKind.SPARSE, path);
        }
    }

    private static void requireKind(VectorSpec spec, VectorKind actual, String path) {
        if (spec.kind() != actual) {
            throw ServiceException.atField(
                            ErrorCode.TYPE_MISMATCH, path, "The vector is of another kind than its collection says")
                    .with("expected", spec.kind().name().toLowerCase(Locale.ROOT))
                    .with("actual", actual.name().toLowerCase(Locale.ROOT));
        }
    }

    private static void requireDimension(VectorSpec spec, int dimension, String path) {
        if (dimension != spec.dimension()) {
            throw ServiceException.atField(
                            ErrorCode.DIMENSION_MISMATCH,
                            path,
                            "The vector has another number of components than its collection says")
                    .with("expected", spec.dimension())
                    .with("actual", dimension);
        }
    }
}
