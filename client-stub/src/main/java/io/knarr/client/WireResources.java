package io.knarr.client;

import io.knarr.v1.Account;
import io.knarr.v1.Collection;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.GetServerInfoResponse;
import io.knarr.v1.Limits;
import io.knarr.v1.ListAccountsResponse;
import io.knarr.v1.ListCollectionsResponse;
import io.knarr.v1.Schema;
import io.knarr.v1.TextOptions;
import io.knarr.v1.VectorSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Accounts, collections and the server's own data between Java and the wire. */
final class WireResources {
    private WireResources() {}

    static AccountInfo decode(Account account) {
        return new AccountInfo(
                account.getAccountId(),
                UUID.fromString(account.getIncarnation()),
                FieldValues.decode(account.getCreateTime()));
    }

    static Page<AccountInfo> decode(ListAccountsResponse response) {
        return new Page<>(
                response.getAccountsList().stream().map(WireResources::decode).toList(), response.getNextPageToken());
    }

    /** Decodes a collection whose record count was asked for. */
    static CollectionInfo decodeCounted(Collection collection) {
        return decode(collection, OptionalLong.of(collection.getRecordCount()));
    }

    /** Decodes a collection whose record count is not known. */
    static CollectionInfo decode(Collection collection) {
        return decode(collection, OptionalLong.empty());
    }

    private static CollectionInfo decode(Collection collection, OptionalLong recordCount) {
        return new CollectionInfo(
                collection.getName(),
                UUID.fromString(collection.getIncarnation()),
                FieldValues.decode(collection.getCreateTime()),
                decode(collection.getSchema()),
                collection.hasDefaultTtl()
                        ? Optional.of(Duration.ofSeconds(
                                collection.getDefaultTtl().getSeconds(),
                                collection.getDefaultTtl().getNanos()))
                        : Optional.empty(),
                recordCount);
    }

    static Page<CollectionInfo> decode(ListCollectionsResponse response) {
        return new Page<>(
                response.getCollectionsList().stream()
                        .map(WireResources::decode)
                        .toList(),
                response.getNextPageToken());
    }

    static Schema encode(CollectionSchema schema) {
        Schema.Builder encoded = Schema.newBuilder().setClosed(schema.closed());
        schema.vectors().forEach(vector -> encoded.addVectors(encode(vector)));
        schema.fields().forEach(field -> encoded.addFields(encode(field)));
        return encoded.build();
    }

    static VectorSpec encode(CollectionSchema.Vector vector) {
        return VectorSpec.newBuilder()
                .setName(vector.name())
                .setDimension(vector.dimension())
                .setMetric(encode(vector.metric()))
                .setElement(encode(vector.element()))
                .setKind(
                        switch (vector.kind()) {
                            case DENSE -> io.knarr.v1.VectorKind.VECTOR_KIND_DENSE;
                            case SPARSE -> io.knarr.v1.VectorKind.VECTOR_KIND_SPARSE;
                            case MULTI -> io.knarr.v1.VectorKind.VECTOR_KIND_MULTI;
                        })
                .setIdf(vector.idf())
                .build();
    }

    static FieldSpec encode(CollectionSchema.Field field) {
        FieldSpec.Builder encoded = FieldSpec.newBuilder()
                .setName(field.name())
                .setType(encode(field.type()))
                .setList(field.list());
        field.fields().forEach(within -> encoded.addFields(encode(within)));
        if (!field.analyzer().isEmpty()) {
            encoded.setText(TextOptions.newBuilder().setAnalyzer(field.analyzer()));
        }
        return encoded.build();
    }

    private static CollectionSchema.Field decode(FieldSpec field) {
        return new CollectionSchema.Field(
                field.getName(),
                decode(field.getType()),
                field.getList(),
                field.getFieldsList().stream().map(WireResources::decode).toList(),
                field.getText().getAnalyzer());
    }

    private static CollectionSchema.Vector decode(VectorSpec vector) {
        return switch (vector.getKind()) {
            case VECTOR_KIND_UNSPECIFIED, VECTOR_KIND_DENSE ->
                new CollectionSchema.Vector(
                        vector.getName(),
                        vector.getDimension(),
                        decode(vector.getMetric()),
                        decode(vector.getElement()));
            case VECTOR_KIND_SPARSE -> CollectionSchema.Vector.sparse(vector.getName(), vector.getIdf());
            case VECTOR_KIND_MULTI ->
                CollectionSchema.Vector.multi(
                        vector.getName(),
                        vector.getDimension(),
                        decode(vector.getMetric()),
                        decode(vector.getElement()));
            case UNRECOGNIZED -> throw FieldValues.unknown("VectorSpec.kind");
        };
    }

    private static CollectionSchema decode(Schema schema) {
        return new CollectionSchema(
                schema.getVectorsList().stream().map(WireResources::decode).toList(),
                schema.getFieldsList().stream().map(WireResources::decode).toList(),
                schema.getClosed());
    }

    private static io.knarr.v1.Metric encode(Metric metric) {
        return switch (metric) {
            case COSINE -> io.knarr.v1.Metric.METRIC_COSINE;
            case DOT -> io.knarr.v1.Metric.METRIC_DOT;
            case EUCLID -> io.knarr.v1.Metric.METRIC_EUCLID;
            case MANHATTAN -> io.knarr.v1.Metric.METRIC_MANHATTAN;
        };
    }

    static Metric decode(io.knarr.v1.Metric metric) {
        return switch (metric) {
            case METRIC_COSINE -> Metric.COSINE;
            case METRIC_DOT -> Metric.DOT;
            case METRIC_EUCLID -> Metric.EUCLID;
            case METRIC_MANHATTAN -> Metric.MANHATTAN;
            case METRIC_UNSPECIFIED, UNRECOGNIZED -> throw FieldValues.unknown("Metric");
        };
    }

    private static io.knarr.v1.ElementType encode(ElementType element) {
        return switch (element) {
            case FLOAT32 -> io.knarr.v1.ElementType.ELEMENT_TYPE_FLOAT32;
            case FLOAT16 -> io.knarr.v1.ElementType.ELEMENT_TYPE_FLOAT16;
            case INT8 -> io.knarr.v1.ElementType.ELEMENT_TYPE_INT8;
        };
    }

    private static ElementType decode(io.knarr.v1.ElementType element) {
        return switch (element) {
            case ELEMENT_TYPE_FLOAT32 -> ElementType.FLOAT32;
            case ELEMENT_TYPE_FLOAT16 -> ElementType.FLOAT16;
            case ELEMENT_TYPE_INT8 -> ElementType.INT8;
            case ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw FieldValues.unknown("ElementType");
        };
    }

    private static io.knarr.v1.FieldType encode(FieldType type) {
        return switch (type) {
            case STRING -> io.knarr.v1.FieldType.FIELD_TYPE_STRING;
            case INT64 -> io.knarr.v1.FieldType.FIELD_TYPE_INT64;
            case FLOAT64 -> io.knarr.v1.FieldType.FIELD_TYPE_FLOAT64;
            case BOOL -> io.knarr.v1.FieldType.FIELD_TYPE_BOOL;
            case TIMESTAMP -> io.knarr.v1.FieldType.FIELD_TYPE_TIMESTAMP;
            case UUID -> io.knarr.v1.FieldType.FIELD_TYPE_UUID;
            case GEO -> io.knarr.v1.FieldType.FIELD_TYPE_GEO;
            case PATH -> io.knarr.v1.FieldType.FIELD_TYPE_PATH;
            case TEXT -> io.knarr.v1.FieldType.FIELD_TYPE_TEXT;
            case OBJECT -> io.knarr.v1.FieldType.FIELD_TYPE_OBJECT;
        };
    }

    private static FieldType decode(io.knarr.v1.FieldType type) {
        return switch (type) {
            case FIELD_TYPE_STRING -> FieldType.STRING;
            case FIELD_TYPE_INT64 -> FieldType.INT64;
            case FIELD_TYPE_FLOAT64 -> FieldType.FLOAT64;
            case FIELD_TYPE_BOOL -> FieldType.BOOL;
            case FIELD_TYPE_TIMESTAMP -> FieldType.TIMESTAMP;
            case FIELD_TYPE_UUID -> FieldType.UUID;
            case FIELD_TYPE_GEO -> FieldType.GEO;
            case FIELD_TYPE_PATH -> FieldType.PATH;
            case FIELD_TYPE_TEXT -> FieldType.TEXT;
            case FIELD_TYPE_OBJECT -> FieldType.OBJECT;
            case FIELD_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw FieldValues.unknown("FieldType");
        };
    }

    static ServerInfo decode(GetServerInfoResponse response) {
        return new ServerInfo(
                response.getVersion(),
                response.getStoreId(),
                FieldValues.decode(response.getStartTime()),
                response.getIdentityMode(),
                response.getAccountId(),
                response.getRoot(),
                response.getKernel());
    }

    static ServerLimits decode(Limits limits) {
        return new ServerLimits(
                new ServerLimits.CallLimits(
                        limits.getMaxCallBytes(),
                        limits.getMaxRecordBytes(),
                        limits.getMaxFieldsBytes(),
                        limits.getMaxBatchRecords(),
                        limits.getMaxIdBytes(),
                        limits.getMaxLimitPlusOffset()),
                new ServerLimits.SchemaLimits(
                        limits.getMaxDimension(),
                        limits.getMaxVectorsPerCollection(),
                        limits.getMaxFieldsPerCollection(),
                        limits.getMaxNameLength(),
                        limits.getMaxValueDepth()),
                new ServerLimits.FilterLimits(
                        limits.getMaxFilterDepth(), limits.getMaxFilterNodes(), limits.getMaxFilterValues()),
                new ServerLimits.LoadLimits(
                        limits.getMaxAccountIdLength(),
                        limits.getMaxCollectionsPerAccount(),
                        limits.getMaxConcurrentCallsPerAccount(),
                        limits.getMaxConcurrentCalls()));
    }
}
