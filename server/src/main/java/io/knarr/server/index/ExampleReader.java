package io.knarr.server.index;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Collection;
import io.knarr.server.model.Question.Example;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Selection;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the vectors of the records that a question names as examples. For one call. */
final class ExampleReader {
    private final Collection collection;
    private final RecordReader reader;
    private final CallDeadline deadline;

    ExampleReader(Collection collection, RecordReader reader, CallDeadline deadline) {
        this.collection = collection;
        this.reader = reader;
        this.deadline = deadline;
    }

    /** Returns a record's vector, of the kind that its collection says. @throws ServiceException RECORD_NOT_FOUND, or INVALID_FIELD where it has no such vector */
    VectorData vector(RecordId id, VectorSpec spec, String path) {
        return vectorOf(read(List.of(id), spec).getFirst(), id, spec, path);
    }

    /** Returns the dense vectors of examples, in their order. Throws as {@link #vector}, and TYPE_MISMATCH, DIMENSION_MISMATCH. */
    List<float[]> vectors(List<Example> given, VectorSpec spec, String path) {
        List<RecordId> ids = new ArrayList<>();
        for (Example example : given) {
            if (example instanceof Example.OfRecord(RecordId id)) {
                ids.add(id);
            }
        }
        List<@Nullable StoredRecord> records = ids.isEmpty() ? List.of() : read(ids, spec);
        List<float[]> vectors = new ArrayList<>(given.size());
        int read = 0;
        for (int i = 0; i < given.size(); i++) {
            String examplePath = path + "[" + i + "]";
            switch (given.get(i)) {
                case Example.OfRecord(RecordId id) ->
                    vectors.add(dense(vectorOf(records.get(read++), id, spec, examplePath + ".id")));
                case Example.OfVector(VectorData vector) -> {
                    RecordChecker.requireShape(spec, vector, examplePath + ".vector");
                    vectors.add(dense(vector));
                }
            }
        }
        return vectors;
    }

    private List<@Nullable StoredRecord> read(List<RecordId> ids, VectorSpec spec) {
        return reader.read(
                collection,
                ids,
                new Selection.None(),
                new Selection.Only(Set.of(spec.name())),
                Long.MAX_VALUE,
                deadline);
    }

    private static float[] dense(VectorData vector) {
        return switch (vector) {
            case VectorData.Dense(float[] components) -> components;
            case VectorData.Sparse _, VectorData.Multi _ ->
                throw new IllegalStateException("A vector is of another kind where only dense ones are");
        };
    }

    private static VectorData vectorOf(@Nullable StoredRecord record, RecordId id, VectorSpec spec, String path) {
        if (record == null) {
            throw ServiceException.atField(ErrorCode.RECORD_NOT_FOUND, path, "The collection has no such record")
                    .with("record", id);
        }
        VectorData vector = record.vectors().get(spec.name());
        if (vector == null) {
            throw ServiceException.atField(ErrorCode.INVALID_FIELD, path, "The example has no such vector")
                    .with("record", id)
                    .with("vector", spec.name());
        }
        return vector;
    }
}
