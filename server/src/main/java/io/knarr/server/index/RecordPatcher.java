package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.FieldChange;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.ListValue;
import io.knarr.server.model.FieldValue.ObjectValue;
import io.knarr.server.model.RecordBounds;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorData;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Makes of a record and a patch the record that takes its place, checked as any record that is written. Immutable. */
final class RecordPatcher {
    private final int collectionNumber;
    private final Schema schema;
    private final RecordChecker checker;
    private final RecordBounds bounds;

    RecordPatcher(int collectionNumber, Schema schema, RecordChecker checker, RecordBounds bounds) {
        this.collectionNumber = collectionNumber;
        this.schema = schema;
        this.checker = checker;
        this.bounds = bounds;
    }

    /**
     * Returns the record that a patch makes.
     *
     * @param expireMicros when the record expires before
     * @param path of the patch in the request
     * @throws ServiceException for what is wrong with the patch, or with the record that it would make
     */
    Mutation.Prepared apply(
            RecordPatch patch,
            SequencedMap<String, FieldValue> fields,
            @Nullable VectorData[] vectors,
            long expireMicros,
            String path) {
        SequencedMap<String, FieldValue> changed = fields;
        for (FieldChange change : patch.changes()) {
            changed = FieldPatcher.apply(changed, change, pathOf(change, path));
        }
        changed.values().forEach(value -> requireDepth(value, 0, path));
        Map<String, VectorData> kept = new LinkedHashMap<>();
        for (int place = 0; place < vectors.length; place++) {
            VectorData vector = vectors[place];
            String name = schema.vectors().get(place).name();
            if (vector != null && !patch.removedVectors().contains(name)) {
                kept.put(name, vector);
            }
        }
        for (String name : patch.removedVectors()) {
            if (schema.vectorIndex(name) < 0) {
                throw ServiceException.atField(
                                ErrorCode.UNKNOWN_FIELD,
                                path + ".remove_vectors",
                                "The collection's schema declares no such vector")
                        .with("vector", name);
            }
        }
        kept.putAll(patch.vectors());
        RecordDraft draft = new RecordDraft(Optional.of(patch.id()), changed, kept);
        SequencedMap<String, FieldValue> stored = checker.fields(draft, path);
        boolean hadNone = Arrays.stream(vectors).allMatch(Objects::isNull);
        @Nullable VectorData[] given = hadNone ? checker.vectorsIfAny(draft, path) : checker.vectors(draft, path);
        BinaryWriter fieldBytes = new BinaryWriter(256);
        FieldValueCodec.writeFields(fieldBytes, stored);
        requireSize(fieldBytes.size(), bounds.maxFieldsBytes(), path);
        byte[] encoded = RecordCodec.encodeBody(schema, stored, given);
        requireSize(encoded.length, bounds.maxRecordBytes(), path);
        long expires = patch.expiry()
                .map(expiry -> expiry.time().map(RecordCodec::toMicros).orElse(RecordCodec.NEVER))
                .orElse(expireMicros);
        return new Mutation.Prepared(
                patch.id(), IndexKeys.record(collectionNumber, patch.id()), encoded, stored, given, expires);
    }

    private static String pathOf(FieldChange change, String path) {
        String kind = change.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        return path + "." + kind + "[\"" + change.field() + "\"]";
    }

    private void requireDepth(FieldValue value, int depth, String path) {
        if (depth > bounds.maxValueDepth()) {
            throw ServiceException.atField(ErrorCode.LIMIT_EXCEEDED, path, "A value would nest too deeply")
                    .with("limit", bounds.maxValueDepth());
        }
        if (value instanceof ListValue(List<FieldValue> elements)) {
            elements.forEach(element -> requireDepth(element, depth + 1, path));
        } else if (value instanceof ObjectValue(SequencedMap<String, FieldValue> inner)) {
            inner.values().forEach(element -> requireDepth(element, depth + 1, path));
        }
    }

    private static void requireSize(int bytes, int limit, String path) {
        if (bytes > limit) {
            throw ServiceException.atField(ErrorCode.LIMIT_EXCEEDED, path, "The record would become too large")
                    .with("limit", limit)
                    .with("actual", bytes);
        }
    }
}
