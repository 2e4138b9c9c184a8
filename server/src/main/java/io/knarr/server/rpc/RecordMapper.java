package io.knarr.server.rpc;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.StoredRecord;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.UpsertOutcome;
import io.knarr.server.model.VectorData;
import io.knarr.v1.Record;
import io.knarr.v1.UpsertResult;
import io.knarr.v1.Vector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Reads records that are to be written, and writes those that were read. */
final class RecordMapper {
    private RecordMapper() {}

    /** Returns the records of a call, at least one, checked in everything that needs no schema. */
    static List<RecordDraft> toDrafts(List<Record> records, FieldPath path, Limits limits) {
        if (records.isEmpty()) {
            throw Rejections.invalid(path, "At least one record is needed");
        }
        if (records.size() > limits.maxBatchRecords()) {
            throw Rejections.limit(path, "Too many records in one call", limits.maxBatchRecords(), records.size());
        }
        List<RecordDraft> drafts = new ArrayList<>(records.size());
        for (int i = 0; i < records.size(); i++) {
            drafts.add(toDraft(records.get(i), path.index(i), limits));
        }
        return drafts;
    }

    private static RecordDraft toDraft(Record record, FieldPath path, Limits limits) {
        requireSize(record, path, limits);
        Optional<RecordId> id = record.hasId()
                ? Optional.of(RecordIdMapper.toId(record.getId(), path.field("id"), ErrorCode.INVALID_FIELD))
                : Optional.empty();
        SequencedMap<String, FieldValue> fields =
                ValueMapper.toFields(record.getFieldsMap(), path.field("fields"), limits);
        Optional<Instant> expireTime = record.hasExpireTime()
                ? Optional.of(ValueMapper.toInstant(
                        record.getExpireTime(), path.field("expire_time"), ErrorCode.INVALID_FIELD))
                : Optional.empty();
        return new RecordDraft(id, fields, toVectors(record.getVectorsMap(), path.field("vectors")), expireTime);
    }

    private static void requireSize(Record record, FieldPath path, Limits limits) {
        int bytes = record.getSerializedSize();
        if (bytes > limits.maxRecordBytes()) {
            throw Rejections.limit(path, "A record is too large", limits.maxRecordBytes(), bytes);
        }
        if (bytes <= limits.maxFieldsBytes()) {
            return; // so are its fields; most records end here
        }
        int fieldsBytes =
                Record.newBuilder().putAllFields(record.getFieldsMap()).build().getSerializedSize();
        if (fieldsBytes > limits.maxFieldsBytes()) {
            throw Rejections.limit(
                    path.field("fields"), "The fields of a record are too large", limits.maxFieldsBytes(), fieldsBytes);
        }
    }

    private static Map<String, VectorData> toVectors(Map<String, Vector> vectors, FieldPath path) {
        if (vectors.size() > Schema.MAX_VECTORS) {
            throw Rejections.limit(path, "A record has too many vectors", Schema.MAX_VECTORS, vectors.size());
        }
        Map<String, VectorData> result = LinkedHashMap.newLinkedHashMap(vectors.size());
        vectors.forEach((name, vector) -> {
            FieldPath vectorPath = path.key(name);
            result.put(NameMapper.vector(name, vectorPath), VectorMapper.toVector(vector, vectorPath));
        });
        return result;
    }

    /** Returns what an upsert expects of its ids. */
    static UpsertMode toMode(io.knarr.v1.UpsertMode mode, FieldPath path) {
        return switch (mode) {
            case UPSERT_MODE_UNSPECIFIED, UPSERT_MODE_UPSERT -> UpsertMode.UPSERT;
            case UPSERT_MODE_INSERT_ONLY -> UpsertMode.INSERT_ONLY;
            case UPSERT_MODE_UPDATE_ONLY -> UpsertMode.UPDATE_ONLY;
            case UNRECOGNIZED -> throw Rejections.invalid(path, "A mode must be one of the known");
        };
    }

    /** Returns a stored record as protobuf. */
    static Record toProto(StoredRecord stored) {
        Record.Builder proto = Record.newBuilder()
                .setId(RecordIdMapper.toProto(stored.id()))
                .putAllFields(toProtoFields(stored))
                .putAllVectors(toProtoVectors(stored))
                .setVersion(stored.version())
                .setCreateTime(ValueMapper.toProto(stored.createTime()))
                .setUpdateTime(ValueMapper.toProto(stored.updateTime()));
        stored.expireTime().map(ValueMapper::toProto).ifPresent(proto::setExpireTime);
        return proto.build();
    }

    /** Returns a stored record's fields as protobuf. */
    static Map<String, io.knarr.v1.Value> toProtoFields(StoredRecord stored) {
        Map<String, io.knarr.v1.Value> fields =
                LinkedHashMap.newLinkedHashMap(stored.fields().size());
        stored.fields().forEach((name, value) -> fields.put(name, ValueMapper.toProto(value)));
        return fields;
    }

    /** Returns a stored record's vectors as protobuf. */
    static Map<String, Vector> toProtoVectors(StoredRecord stored) {
        Map<String, Vector> vectors =
                LinkedHashMap.newLinkedHashMap(stored.vectors().size());
        stored.vectors().forEach((name, vector) -> vectors.put(name, VectorMapper.toProto(vector)));
        return vectors;
    }

    /** Returns what became of a record, as protobuf. */
    static UpsertResult toProto(UpsertOutcome outcome) {
        return UpsertResult.newBuilder()
                .setId(RecordIdMapper.toProto(outcome.id()))
                .setVersion(outcome.version())
                .setCreated(outcome.created())
                .build();
    }
}
