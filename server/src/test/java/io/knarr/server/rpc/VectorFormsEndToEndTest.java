package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.AnswerKind;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc.CollectionServiceBlockingStub;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.ElementType;
import io.knarr.v1.Example;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.Metric;
import io.knarr.v1.Mmr;
import io.knarr.v1.MultiVector;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.RecommendQuery;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.RecordServiceGrpc.RecordServiceBlockingStub;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.TextQuery;
import io.knarr.v1.UpdateCollectionRequest;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorKind;
import io.knarr.v1.VectorSelection;
import io.knarr.v1.VectorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Collections whose vectors are not one dense vector of float32, against a whole server. */
@Timeout(120)
class VectorFormsEndToEndTest {
    private static final String DOCS = "docs";

    private KnarrServer server;
    private ManagedChannel channel;
    private CollectionServiceBlockingStub collections;
    private RecordServiceBlockingStub records;

    @BeforeEach
    void start() {
        server = KnarrServer.start(
                ServerSettings.of(Map.of("store.in-memory", "true", "grpc.port", "0", "http.port", "0")));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
        collections = CollectionServiceGrpc.newBlockingStub(channel);
        records = RecordServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private void create(VectorSpec... vectors) {
        var _ = collections.createCollection(CreateCollectionRequest.newBuilder()
                .setName(DOCS)
                .setSchema(Schema.newBuilder().addAllVectors(List.of(vectors)))
                .build());
    }

    private static VectorSpec spec(String name, int dimension, Metric metric, ElementType element) {
        return VectorSpec.newBuilder()
                .setName(name)
                .setDimension(dimension)
                .setMetric(metric)
                .setElement(element)
                .build();
    }

    private void upsert(Record... written) {
        var _ = records.upsertRecords(UpsertRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .addAllRecords(List.of(written))
                .build());
    }

    private static RecordId id(String id) {
        return RecordId.newBuilder().setStringId(id).build();
    }

    private static Vector vector(float... values) {
        Vector.Builder vector = Vector.newBuilder();
        for (float value : values) {
            vector.addValues(value);
        }
        return vector.build();
    }

    private Record read(String id) {
        return records.getRecords(GetRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .addIds(id(id))
                        .setVectors(VectorSelection.newBuilder().setAll(true))
                        .build())
                .getRecords(0);
    }

    private SearchResponse search(SearchRequest.Builder request) {
        return SearchServiceGrpc.newBlockingStub(channel)
                .search(request.setCollection(DOCS).build());
    }

    /** Requires a refusal of a field. */
    private static void requireRefused(String field, ThrowingCallable call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(failure).as("the call failed").isNotNull();
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        List<String> fields = new ArrayList<>();
        requireNonNull(StatusProto.fromThrowable(failure)).getDetailsList().forEach(detail -> {
            if (detail.is(BadRequest.class)) {
                try {
                    detail.unpack(BadRequest.class)
                            .getFieldViolationsList()
                            .forEach(violation -> fields.add(violation.getField()));
                } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                    throw new AssertionError(e);
                }
            }
        });
        assertThat(fields).containsExactly(field);
    }

    @Test
    void smallElementsAreStoredAndGivenBackAsTheyWereRounded() {
        create(
                spec("half", 2, Metric.METRIC_COSINE, ElementType.ELEMENT_TYPE_FLOAT16),
                spec("byte", 2, Metric.METRIC_DOT, ElementType.ELEMENT_TYPE_INT8));
        upsert(
                Record.newBuilder()
                        .setId(id("a"))
                        .putVectors("half", vector(0.1f, 3))
                        .putVectors("byte", vector(-128, 127))
                        .build(),
                Record.newBuilder()
                        .setId(id("b"))
                        .putVectors("half", vector(5, 0))
                        .putVectors("byte", vector(1, 1))
                        .build());
        assertThat(read("a").getVectorsMap())
                .isEqualTo(Map.of("half", vector(0.099975586f, 3), "byte", vector(-128, 127)));
        SearchResponse byHalf =
                search(SearchRequest.newBuilder().setVectorName("half").setVector(vector(0.5f, 0)));
        assertThat(byHalf.getHits(0).getId()).isEqualTo(id("b"));
        assertThat(byHalf.getHits(0).getScore()).isEqualTo(1.0);
        SearchResponse byByte =
                search(SearchRequest.newBuilder().setVectorName("byte").setVector(vector(0.5f, 1)));
        assertThat(byByte.getHits(0).getId()).isEqualTo(id("a"));
        assertThat(byByte.getHits(0).getScore()).isEqualTo(63.0);
        assertThat(collections
                        .getCollection(
                                GetCollectionRequest.newBuilder().setName(DOCS).build())
                        .getCollection()
                        .getSchema()
                        .getVectorsList())
                .extracting(VectorSpec::getElement)
                .containsExactly(ElementType.ELEMENT_TYPE_FLOAT16, ElementType.ELEMENT_TYPE_INT8);
    }

    @Test
    void whatAnElementCannotHoldIsRefusedByItsPath() {
        create(spec("", 2, Metric.METRIC_DOT, ElementType.ELEMENT_TYPE_FLOAT32));
        var _ = collections.updateCollection(UpdateCollectionRequest.newBuilder()
                .setName(DOCS)
                .addAddVectors(spec("half", 2, Metric.METRIC_EUCLID, ElementType.ELEMENT_TYPE_FLOAT16))
                .addAddVectors(spec("byte", 2, Metric.METRIC_MANHATTAN, ElementType.ELEMENT_TYPE_INT8))
                .build());
        requireRefused(
                "records[0].vectors[\"half\"].values[1]",
                () -> upsert(Record.newBuilder()
                        .setId(id("a"))
                        .putVectors("half", vector(0, 70_000))
                        .build()));
        upsert(Record.newBuilder()
                .setId(id("a"))
                .putVectors("half", vector(0, 7))
                .build());
        requireRefused("patches[0].vectors[\"byte\"].values[0]", () -> {
            var _ = records.patchRecords(PatchRecordsRequest.newBuilder()
                    .setCollection(DOCS)
                    .addPatches(RecordPatch.newBuilder().setId(id("a")).putVectors("byte", vector(0.5f, 0)))
                    .build());
        });
        assertThat(read("a").getVectorsMap()).isEqualTo(Map.of("half", vector(0, 7)));
    }

    @Test
    void aCollectionOfFieldsOnlyIsCountedSearchedByWordsAndNotByVectors() {
        var _ = collections.createCollection(CreateCollectionRequest.newBuilder()
                .setName(DOCS)
                .setSchema(Schema.newBuilder()
                        .addFields(FieldSpec.newBuilder().setName("body").setType(FieldType.FIELD_TYPE_TEXT)))
                .build());
        upsert(
                Record.newBuilder()
                        .setId(id("a"))
                        .putFields(
                                "body",
                                Value.newBuilder()
                                        .setStringValue("the white whale")
                                        .build())
                        .build(),
                Record.newBuilder()
                        .setId(id("b"))
                        .putFields(
                                "body",
                                Value.newBuilder().setStringValue("a ship").build())
                        .build());
        assertThat(records.countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())
                        .getCount())
                .isEqualTo(2);
        assertThat(search(SearchRequest.newBuilder()
                                .setText(TextQuery.newBuilder().setField("body").setQuery("whale"))
                                .setExplain(true))
                        .getHitsList())
                .extracting(SearchHit::getId)
                .containsExactly(id("a"));
        requireRefused("vector", () -> search(SearchRequest.newBuilder().setVector(vector(1))));
        requireRefused(
                "records[0].vectors[\"default\"]",
                () -> upsert(Record.newBuilder()
                        .setId(id("c"))
                        .putVectors("default", vector(1))
                        .build()));
        requireRefused("schema.vectors", () -> {
            var _ = collections.createCollection(CreateCollectionRequest.newBuilder()
                    .setName("nothing")
                    .setSchema(Schema.newBuilder().setClosed(true))
                    .build());
        });
    }

    @Test
    void theDefaultTimeToLiveIsChangedAndTakenAway() {
        create(spec("", 1, Metric.METRIC_DOT, ElementType.ELEMENT_TYPE_FLOAT32));
        Duration week = Duration.newBuilder().setSeconds(604_800).build();
        UpdateCollectionRequest.Builder request =
                UpdateCollectionRequest.newBuilder().setName(DOCS);
        assertThat(collections
                        .updateCollection(request.clone().setDefaultTtl(week).build())
                        .getCollection()
                        .getDefaultTtl())
                .isEqualTo(week);
        upsert(Record.newBuilder()
                .setId(id("a"))
                .putVectors("default", vector(1))
                .build());
        assertThat(read("a").hasExpireTime()).isTrue();
        assertThat(collections
                        .updateCollection(
                                request.clone().setClearDefaultTtl(true).build())
                        .getCollection()
                        .hasDefaultTtl())
                .isFalse();
        upsert(Record.newBuilder()
                .setId(id("b"))
                .putVectors("default", vector(1))
                .build());
        assertThat(read("a").hasExpireTime()).isTrue();
        assertThat(read("b").hasExpireTime()).isFalse();
        requireRefused("clear_default_ttl", () -> {
            var _ = collections.updateCollection(
                    request.clone().setClearDefaultTtl(true).setDefaultTtl(week).build());
        });
        requireRefused("default_ttl", () -> {
            var _ = collections.updateCollection(
                    request.clone().setDefaultTtl(Duration.getDefaultInstance()).build());
        });
        requireRefused("add_fields", () -> {
            var _ = collections.updateCollection(request.build());
        });
    }

    private static Vector multi(Vector... rows) {
        return Vector.newBuilder()
                .setMulti(MultiVector.newBuilder().addAllRows(List.of(rows)))
                .build();
    }

    private static VectorSpec multiSpec(Metric metric) {
        return VectorSpec.newBuilder()
                .setKind(VectorKind.VECTOR_KIND_MULTI)
                .setDimension(2)
                .setMetric(metric)
                .build();
    }

    private static Record record(String id, Vector vector) {
        return Record.newBuilder().setId(id(id)).putVectors("default", vector).build();
    }

    @Test
    void multiVectorsAreComparedByMaxSim() {
        create(multiSpec(Metric.METRIC_DOT));
        Vector both = multi(vector(1, 0), vector(0, 1));
        upsert(record("a", both), record("b", multi(vector(0.75f, 0.75f))), record("c", multi(vector(3, 0))));
        assertThat(read("a").getVectorsMap()).isEqualTo(Map.of("default", both));
        SearchResponse response =
                search(SearchRequest.newBuilder().setVector(both).setExplain(true));
        assertThat(response.getHitsList()).extracting(SearchHit::getId).containsExactly(id("c"), id("a"), id("b"));
        assertThat(response.getHitsList()).extracting(SearchHit::getScore).containsExactly(3.0, 2.0, 1.5);
        assertThat(response.getAnswerKind()).isEqualTo(AnswerKind.ANSWER_KIND_EXACT);
        assertThat(response.getExplanation().getPlan()).isEqualTo("exact-maxsim");
        assertThat(search(SearchRequest.newBuilder().setLikeId(id("c")).setLimit(1))
                        .getHits(0)
                        .getId())
                .isEqualTo(id("a"));
    }

    @Test
    void multiVectorsThatMakeNoSenseAreRefusedByTheirPath() {
        requireRefused("schema.vectors[0].metric", () -> create(multiSpec(Metric.METRIC_EUCLID)));
        requireRefused("schema.vectors[0].metric", () -> create(multiSpec(Metric.METRIC_MANHATTAN)));
        requireRefused(
                "schema.vectors[0].dimension",
                () -> create(
                        multiSpec(Metric.METRIC_DOT).toBuilder().setDimension(0).build()));
        create(multiSpec(Metric.METRIC_COSINE));
        String path = "records[0].vectors[\"default\"]";
        requireRefused(path + ".multi.rows", () -> upsert(record("a", multi())));
        requireRefused(path + ".multi.rows[1]", () -> upsert(record("a", multi(vector(1, 0), vector(1)))));
        requireRefused(path + ".multi.rows[0]", () -> upsert(record("a", multi(multi(vector(1, 0))))));
        requireRefused(path + ".multi.rows[0].values[1]", () -> upsert(record("a", multi(vector(1, Float.NaN)))));
        requireRefused(
                path + ".multi",
                () -> upsert(
                        record("a", multi(vector(1, 0)).toBuilder().addValues(1).build())));
        requireRefused(path, () -> upsert(record("a", vector(1, 0))));
        requireRefused(path, () -> upsert(record("a", multi(vector(1, 0, 0)))));
        Vector many = multi(Collections.nCopies(2_049, vector(1, 0)).toArray(Vector[]::new));
        requireRefused(path + ".multi.rows", () -> upsert(record("a", many)));
        Vector large = multi(Collections.nCopies(129, vector(new float[2_048])).toArray(Vector[]::new));
        requireRefused(path + ".multi.rows", () -> upsert(record("a", large)));
        upsert(record("a", multi(vector(1, 0))));
        requireRefused(
                "mmr",
                () -> search(SearchRequest.newBuilder()
                        .setVector(multi(vector(1, 0)))
                        .setMmr(Mmr.newBuilder().setLambda(0.5))));
        requireRefused(
                "vector_name",
                () -> search(SearchRequest.newBuilder()
                        .setRecommend(RecommendQuery.newBuilder()
                                .addPositives(Example.newBuilder().setId(id("a"))))));
        requireRefused("vector", () -> search(SearchRequest.newBuilder().setVector(vector(1, 0))));
    }

    @Test
    void anElementThatIsNotKnownOrNotOfTheKindIsRefused() {
        requireRefused(
                "schema.vectors[0].element",
                () -> create(VectorSpec.newBuilder()
                        .setDimension(2)
                        .setMetric(Metric.METRIC_DOT)
                        .setElementValue(77)
                        .build()));
        requireRefused(
                "schema.vectors[0].element",
                () -> create(VectorSpec.newBuilder()
                        .setKind(VectorKind.VECTOR_KIND_SPARSE)
                        .setElement(ElementType.ELEMENT_TYPE_INT8)
                        .build()));
    }
}
