package io.knarr.client;

import com.google.common.primitives.Floats;
import io.knarr.v1.BatchSearchRequest;
import io.knarr.v1.BatchSearchResponse;
import io.knarr.v1.BatchSearchResult;
import io.knarr.v1.DeleteRecordsResponse;
import io.knarr.v1.FieldSelection;
import io.knarr.v1.GetRecordsResponse;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.PatchRecordsResponse;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.SearchGroup;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.UpsertRecordsResponse;
import io.knarr.v1.UpsertResult;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSelection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Records, and what is asked of them, between Java and the wire. */
final class WireRecords {
    private WireRecords() {}

    static RecordId encode(RecordKey key) {
        RecordId.Builder encoded = RecordId.newBuilder();
        return switch (key) {
            case RecordKey.StringKey string ->
                encoded.setStringId(string.value()).build();
            case RecordKey.NumberKey number ->
                encoded.setUint64Id(number.unsignedValue()).build();
            case RecordKey.UuidKey uuid ->
                encoded.setUuid(uuid.value().toString()).build();
        };
    }

    static RecordKey decode(RecordId id) {
        return switch (id.getKindCase()) {
            case STRING_ID -> RecordKey.of(id.getStringId());
            case UINT64_ID -> RecordKey.of(id.getUint64Id());
            case UUID -> RecordKey.of(UUID.fromString(id.getUuid()));
            case KIND_NOT_SET -> throw FieldValues.unknown("RecordId.kind");
        };
    }

    static Vector encode(float[] vector) {
        return Vector.newBuilder().addAllValues(Floats.asList(vector)).build();
    }

    static Vector encode(SparseVector vector) {
        io.knarr.v1.SparseVector.Builder sparse = io.knarr.v1.SparseVector.newBuilder();
        vector.values()
                .forEach((index, value) -> sparse.addIndices(index.intValue()).addValues(value));
        return Vector.newBuilder().setSparse(sparse).build();
    }

    static Vector encode(MultiVector vector) {
        Vector.Builder encoded = Vector.newBuilder();
        vector.rows().forEach(row -> encoded.getMultiBuilder().addRows(encode(row)));
        return encoded.build();
    }

    private static float[] decodeDense(Vector vector) {
        if (vector.getValuesCount() == 0) {
            throw FieldValues.unknown(
                    "Vector"); // no dense vector is empty, so this is of a kind that is not known here
        }
        float[] components = new float[vector.getValuesCount()];
        for (int i = 0; i < components.length; i++) {
            components[i] = vector.getValues(i);
        }
        return components;
    }

    private static SparseVector decode(io.knarr.v1.SparseVector sparse) {
        int[] indices =
                sparse.getIndicesList().stream().mapToInt(Integer::intValue).toArray();
        return SparseVector.of(indices, Floats.toArray(sparse.getValuesList()));
    }

    private static Map<String, float[]> denseOf(Map<String, Vector> vectors) {
        Map<String, float[]> decoded = new HashMap<>();
        vectors.forEach((name, vector) -> {
            if (!vector.hasSparse() && !vector.hasMulti()) {
                decoded.put(name, decodeDense(vector));
            }
        });
        return decoded;
    }

    private static Map<String, SparseVector> sparseOf(Map<String, Vector> vectors) {
        Map<String, SparseVector> decoded = new HashMap<>();
        vectors.forEach((name, vector) -> {
            if (vector.hasSparse()) {
                decoded.put(name, decode(vector.getSparse()));
            }
        });
        return decoded;
    }

    private static Map<String, MultiVector> multiOf(Map<String, Vector> vectors) {
        Map<String, MultiVector> decoded = new HashMap<>();
        vectors.forEach((name, vector) -> {
            if (vector.hasMulti()) {
                decoded.put(
                        name,
                        MultiVector.of(vector.getMulti().getRowsList().stream()
                                .map(WireRecords::decodeDense)
                                .toArray(float[][]::new)));
            }
        });
        return decoded;
    }

    /** Encodes a record for writing, under its own id or the one to use where it has none. */
    static Record encode(KnarrRecord record, RecordKey id) {
        Record.Builder encoded =
                Record.newBuilder().setId(encode(id)).putAllFields(FieldValues.encode(record.fields()));
        record.vectors().forEach((name, vector) -> encoded.putVectors(name, encode(vector)));
        record.sparseVectors().forEach((name, vector) -> encoded.putVectors(name, encode(vector)));
        record.multiVectors().forEach((name, vector) -> encoded.putVectors(name, encode(vector)));
        record.expireTime().map(FieldValues::encode).ifPresent(encoded::setExpireTime);
        return encoded.build();
    }

    static KnarrRecord decode(Record record) {
        KnarrRecord.Builder decoded = KnarrRecord.builder()
                .id(decode(record.getId()))
                .fields(FieldValues.decode(record.getFieldsMap()).asMap())
                .stored(
                        record.getVersion(),
                        record.hasCreateTime() ? FieldValues.decode(record.getCreateTime()) : null,
                        record.hasUpdateTime() ? FieldValues.decode(record.getUpdateTime()) : null);
        denseOf(record.getVectorsMap()).forEach(decoded::vector);
        sparseOf(record.getVectorsMap()).forEach(decoded::vector);
        multiOf(record.getVectorsMap()).forEach(decoded::vector);
        if (record.hasExpireTime()) {
            decoded.expireTime(FieldValues.decode(record.getExpireTime()));
        }
        return decoded.build();
    }

    static FieldSelection fields(Projection projection) {
        return FieldSelection.newBuilder()
                .setNone(projection.noFields())
                .addAllNames(projection.fieldNames())
                .build();
    }

    static VectorSelection vectors(Projection projection) {
        return VectorSelection.newBuilder()
                .setAll(projection.allVectors())
                .addAllNames(projection.vectorNames())
                .build();
    }

    static UpsertReply decode(UpsertRecordsResponse response) {
        return new UpsertReply(
                response.getResultsList().stream().map(WireRecords::decode).toList(),
                UUID.fromString(response.getAccountIncarnation()),
                UUID.fromString(response.getCollectionIncarnation()));
    }

    private static UpsertReply.Result decode(UpsertResult result) {
        return new UpsertReply.Result(decode(result.getId()), result.getVersion(), result.getCreated());
    }

    static UpsertReply decode(PatchRecordsResponse response) {
        return new UpsertReply(
                response.getResultsList().stream().map(WireRecords::decode).toList(),
                UUID.fromString(response.getAccountIncarnation()),
                UUID.fromString(response.getCollectionIncarnation()));
    }

    static DeleteReply decode(DeleteRecordsResponse response) {
        return new DeleteReply(
                response.getDeletedCount(),
                UUID.fromString(response.getAccountIncarnation()),
                UUID.fromString(response.getCollectionIncarnation()));
    }

    static GetReply decode(GetRecordsResponse response) {
        return new GetReply(
                response.getRecordsList().stream().map(WireRecords::decode).toList(),
                response.getMissingIdsList().stream().map(WireRecords::decode).toList());
    }

    static Page<KnarrRecord> decode(ListRecordsResponse response) {
        return new Page<>(
                response.getRecordsList().stream().map(WireRecords::decode).toList(), response.getNextPageToken());
    }

    static BatchSearchRequest encode(String collection, List<Search> searches) {
        BatchSearchRequest.Builder batch = BatchSearchRequest.newBuilder().setCollection(collection);
        searches.forEach(search -> batch.addSearches(search.encode("")));
        return batch.build();
    }

    static List<BatchAnswer> decode(BatchSearchResponse response) {
        List<BatchAnswer> answers = new ArrayList<>(response.getResultsCount());
        for (BatchSearchResult result : response.getResultsList()) {
            answers.add(
                    switch (result.getKindCase()) {
                        case RESPONSE -> new BatchAnswer.Found(decode(result.getResponse()));
                        case ERROR -> new BatchAnswer.Refused(KnarrException.of(result.getError()));
                        case KIND_NOT_SET -> throw FieldValues.unknown("BatchSearchResult.kind");
                    });
        }
        return answers;
    }

    static SearchReply decode(SearchResponse response) {
        SearchReply.AnswerKind kind =
                switch (response.getAnswerKind()) {
                    case ANSWER_KIND_EXACT -> SearchReply.AnswerKind.EXACT;
                    case ANSWER_KIND_APPROXIMATE -> SearchReply.AnswerKind.APPROXIMATE;
                    case ANSWER_KIND_UNSPECIFIED, UNRECOGNIZED ->
                        throw FieldValues.unknown("SearchResponse.answer_kind");
                };
        return new SearchReply(
                response.getHitsList().stream().map(WireRecords::decode).toList(),
                response.getGroupsList().stream().map(WireRecords::decode).toList(),
                kind,
                response.getScoredCount(),
                response.hasExplanation() ? Optional.of(decode(response.getExplanation())) : Optional.empty());
    }

    private static SearchReply.Group decode(SearchGroup group) {
        Object value = FieldValues.decode(group.getValue());
        if (value == null) {
            throw FieldValues.unknown("SearchGroup.value");
        }
        return new SearchReply.Group(
                value, group.getHitsList().stream().map(WireRecords::decode).toList());
    }

    private static Hit decode(SearchHit hit) {
        return new Hit(
                decode(hit.getId()),
                hit.getScore(),
                hit.getVersion(),
                FieldValues.decode(hit.getFieldsMap()),
                denseOf(hit.getVectorsMap()),
                sparseOf(hit.getVectorsMap()),
                multiOf(hit.getVectorsMap()));
    }

    private static SearchReply.Explanation decode(io.knarr.v1.SearchExplanation explanation) {
        return new SearchReply.Explanation(
                explanation.getPlan(),
                explanation.getMetric() == io.knarr.v1.Metric.METRIC_UNSPECIFIED
                        ? Optional.empty()
                        : Optional.of(WireResources.decode(explanation.getMetric())),
                explanation.getRecordCount(),
                explanation.getMatchedCount(),
                explanation.getCold(),
                explanation.getKernel(),
                explanation.getStagesList().stream()
                        .map(stage -> new SearchReply.Stage(stage.getName(), decode(stage.getDuration())))
                        .toList(),
                explanation.getPlanReason(),
                explanation.hasExpectedDuration()
                        ? Optional.of(decode(explanation.getExpectedDuration()))
                        : Optional.empty(),
                explanation.getConditionsList().stream()
                        .map(condition -> new SearchReply.Condition(
                                condition.getPath(),
                                condition.getIndexed(),
                                condition.getEstimatedCount(),
                                condition.hasMatchedCount()
                                        ? OptionalLong.of(condition.getMatchedCount())
                                        : OptionalLong.empty()))
                        .toList());
    }

    private static Duration decode(com.google.protobuf.Duration duration) {
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }
}
