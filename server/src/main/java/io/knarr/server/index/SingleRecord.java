package io.knarr.server.index;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.StoredRecord;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Lets a filter look at one record at a time, as its only row. For one thread. */
final class SingleRecord implements RowMatcher.Source {
    private @Nullable RecordId id;
    private SequencedMap<String, FieldValue> fields = new LinkedHashMap<>();
    private Set<String> vectors = Set.of();

    /** Puts a record in the place of the one before. */
    void set(RecordId newId, SequencedMap<String, FieldValue> newFields, Set<String> newVectors) {
        id = newId;
        fields = newFields;
        vectors = newVectors;
    }

    /** Puts a record, as far as it was read, in the place of the one before. */
    void set(StoredRecord record) {
        set(record.id(), record.fields(), record.vectors().keySet());
    }

    @Override
    public RowMatcher.Column column(String path) {
        return _ -> FieldValues.find(fields, path);
    }

    @Override
    public RecordId id(int row) {
        if (id == null) {
            throw new IllegalStateException("No record has been read");
        }
        return id;
    }

    @Override
    public IntPredicate vector(String name) {
        return _ -> vectors.contains(name);
    }
}
