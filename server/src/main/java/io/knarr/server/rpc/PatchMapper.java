package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.FieldChange;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.RecordPatch;
import io.knarr.server.model.Schema;
import io.knarr.server.model.VectorData;
import io.knarr.v1.ListValue;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads changes of parts of records. One object reads one patch, since it knows the paths it has seen. */
final class PatchMapper {
    private final FieldPath path;
    private final Limits limits;
    private final List<FieldChange> changes = new ArrayList<>();
    private final TreeMap<String, FieldPath> places = new TreeMap<>();

    private PatchMapper(FieldPath path, Limits limits) {
        this.path = path;
        this.limits = limits;
    }

    /** Returns the patches of a call, at least one, checked in everything that needs no schema. */
    static List<RecordPatch> toPatches(List<io.knarr.v1.RecordPatch> patches, FieldPath path, Limits limits) {
        if (patches.isEmpty()) {
            throw Rejections.invalid(path, "At least one patch is needed");
        }
        if (patches.size() > limits.maxBatchRecords()) {
            throw Rejections.limit(path, "Too many patches in one call", limits.maxBatchRecords(), patches.size());
        }
        List<RecordPatch> result = new ArrayList<>(patches.size());
        for (int i = 0; i < patches.size(); i++) {
            result.add(new PatchMapper(path.index(i), limits).toPatch(patches.get(i)));
        }
        return result;
    }

    private RecordPatch toPatch(io.knarr.v1.RecordPatch patch) {
        if (patch.getSerializedSize() > limits.maxRecordBytes()) {
            throw Rejections.limit(path, "A patch is too large", limits.maxRecordBytes(), patch.getSerializedSize());
        }
        patch.getSetMap().forEach((field, value) -> {
            FieldPath place = place("set", field);
            changes.add(new FieldChange.Set(field, toValue(field, value, place)));
        });
        for (int i = 0; i < patch.getUnsetCount(); i++) {
            note(patch.getUnset(i), path.field("unset").index(i));
            changes.add(new FieldChange.Unset(patch.getUnset(i)));
        }
        patch.getMergeMap().forEach((field, value) -> {
            FieldPath place = place("merge", field);
            changes.add(new FieldChange.Merge(field, toValue(field, value, place)));
        });
        patch.getIncrementMap().forEach((field, value) -> {
            FieldPath place = place("increment", field);
            changes.add(new FieldChange.Increment(field, toNumber(value, place)));
        });
        patch.getAppendMap().forEach((field, list) -> {
            FieldPath place = place("append", field);
            changes.add(new FieldChange.Append(field, toList(field, list, place)));
        });
        patch.getRemoveMap().forEach((field, list) -> {
            FieldPath place = place("remove", field);
            changes.add(new FieldChange.Remove(field, toList(field, list, place)));
        });
        requireApart();
        Map<String, VectorData> vectors = toVectors(patch.getVectorsMap());
        Set<String> removed = toRemoved(patch.getRemoveVectorsList(), vectors);
        Optional<RecordPatch.Expiry> expiry = toExpiry(patch);
        if (changes.isEmpty() && vectors.isEmpty() && removed.isEmpty() && expiry.isEmpty()) {
            throw Rejections.invalid(path, "A patch needs something to change");
        }
        return new RecordPatch(
                RecordIdMapper.toId(patch.getId(), path.field("id"), ErrorCode.INVALID_FIELD),
                changes,
                vectors,
                removed,
                expiry);
    }

    private FieldPath place(String kind, String field) {
        FieldPath place = path.field(kind).key(field);
        note(field, place);
        return place;
    }

    private void note(String field, FieldPath place) {
        var _ = NameMapper.fieldInPatch(field, place, limits.maxValueDepth());
        if (places.put(field, place) != null) {
            throw Rejections.invalid(place, "A patch changes a field once");
        }
    }

    /** A change within another's place would depend on their order, which maps do not have. */
    private void requireApart() {
        places.forEach((field, place) -> {
            for (int dot = field.indexOf('.'); dot >= 0; dot = field.indexOf('.', dot + 1)) {
                if (places.containsKey(field.substring(0, dot))) {
                    throw Rejections.invalid(place, "A patch changes a field as a whole or within, not both");
                }
            }
        });
    }

    private FieldValue toValue(String field, Value value, FieldPath place) {
        return ValueMapper.toField(value, place, depthOf(field), limits);
    }

    private static int depthOf(String field) {
        return (int) field.chars().filter(c -> c == '.').count();
    }

    private static FieldValue toNumber(Value value, FieldPath place) {
        FieldValue number = ValueMapper.toScalar(value, place, ErrorCode.INVALID_FIELD);
        if (!(number instanceof FieldValue.IntValue) && !(number instanceof FieldValue.DoubleValue)) {
            throw Rejections.invalid(place, "Only an integer or a number can be added");
        }
        return number;
    }

    private List<FieldValue> toList(String field, ListValue list, FieldPath place) {
        if (list.getValuesCount() == 0) {
            throw Rejections.invalid(place, "At least one value is needed");
        }
        FieldValue value = toValue(field, Value.newBuilder().setListValue(list).build(), place);
        return ((FieldValue.ListValue) value).values();
    }

    private Map<String, VectorData> toVectors(Map<String, Vector> vectors) {
        FieldPath vectorsPath = path.field("vectors");
        if (vectors.size() > Schema.MAX_VECTORS) {
            throw Rejections.limit(vectorsPath, "A record has too many vectors", Schema.MAX_VECTORS, vectors.size());
        }
        Map<String, VectorData> result = LinkedHashMap.newLinkedHashMap(vectors.size());
        vectors.forEach((name, vector) -> {
            FieldPath vectorPath = vectorsPath.key(name);
            result.put(NameMapper.vector(name, vectorPath), VectorMapper.toVector(vector, vectorPath));
        });
        return result;
    }

    private Set<String> toRemoved(List<String> names, Map<String, VectorData> vectors) {
        Set<String> removed = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            FieldPath namePath = path.field("remove_vectors").index(i);
            String name = NameMapper.vector(names.get(i), namePath);
            if (vectors.containsKey(name) || !removed.add(name)) {
                throw Rejections.invalid(namePath, "A patch changes a vector once");
            }
        }
        return removed;
    }

    private Optional<RecordPatch.Expiry> toExpiry(io.knarr.v1.RecordPatch patch) {
        if (patch.hasExpireTime() && patch.getClearExpireTime()) {
            throw Rejections.invalid(
                    path.field("clear_expire_time"), "A record gets a time to expire or loses it, not both");
        }
        if (patch.hasExpireTime()) {
            return Optional.of(new RecordPatch.Expiry(Optional.of(
                    ValueMapper.toInstant(patch.getExpireTime(), path.field("expire_time"), ErrorCode.INVALID_FIELD))));
        }
        return patch.getClearExpireTime() ? Optional.of(new RecordPatch.Expiry(Optional.empty())) : Optional.empty();
    }
}
