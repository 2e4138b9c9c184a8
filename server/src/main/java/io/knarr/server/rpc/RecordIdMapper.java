package io.knarr.server.rpc;

import com.google.protobuf.ByteString;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.model.RecordId;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes the ids of records. */
final class RecordIdMapper {
    private RecordIdMapper() {}

    /** Returns the ids of a call, at least one. */
    static List<RecordId> toIds(List<io.knarr.v1.RecordId> ids, FieldPath path, Limits limits) {
        if (ids.isEmpty()) {
            throw Rejections.invalid(path, "At least one id is needed");
        }
        if (ids.size() > limits.maxBatchRecords()) {
            throw Rejections.limit(path, "Too many ids in one call", limits.maxBatchRecords(), ids.size());
        }
        return toIds(ids, path, ErrorCode.INVALID_FIELD);
    }

    /**
     * Returns ids, however many.
     *
     * @param malformed the code for an id that is none
     */
    static List<RecordId> toIds(List<io.knarr.v1.RecordId> ids, FieldPath path, ErrorCode malformed) {
        List<RecordId> result = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            result.add(toId(ids.get(i), path.index(i), malformed));
        }
        return result;
    }

    /**
     * Returns an id.
     *
     * @param malformed the code for an id that is none
     */
    static RecordId toId(io.knarr.v1.RecordId id, FieldPath path, ErrorCode malformed) {
        return switch (id.getKindCase()) {
            case STRING_ID -> {
                ByteString utf8 = id.getStringIdBytes();
                if (utf8.isEmpty()) {
                    throw Rejections.of(malformed, path.field("string_id"), "An id must not be empty");
                }
                if (utf8.size() > RecordId.MAX_STRING_BYTES) {
                    throw Rejections.limit(
                            path.field("string_id"), "An id is too long", RecordId.MAX_STRING_BYTES, utf8.size());
                }
                yield RecordId.of(id.getStringId());
            }
            case UINT64_ID -> RecordId.of(id.getUint64Id());
            case UUID -> RecordId.of(NameMapper.uuid(id.getUuid(), path.field("uuid"), malformed));
            case KIND_NOT_SET -> throw Rejections.of(malformed, path, "An id must have exactly one kind set");
        };
    }

    /** Returns an id as protobuf. */
    static io.knarr.v1.RecordId toProto(RecordId id) {
        io.knarr.v1.RecordId.Builder proto = io.knarr.v1.RecordId.newBuilder();
        switch (id.kind()) {
            case STRING -> proto.setStringId(id.asString());
            case UINT64 -> proto.setUint64Id(id.asUint64());
            case UUID -> proto.setUuid(id.asUuid().toString());
        }
        return proto.build();
    }
}
