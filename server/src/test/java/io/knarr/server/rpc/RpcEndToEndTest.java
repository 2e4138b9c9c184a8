package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.AnswerKind;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.ExistsFilter;
import io.knarr.v1.Filter;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetRecordsRequest;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListValue;
import io.knarr.v1.Metric;
import io.knarr.v1.PatchRecordsRequest;
import io.knarr.v1.Precondition;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordPatch;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.ServerServiceGrpc;
import io.knarr.v1.UpsertMode;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.UpsertRecordsResponse;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSelection;
import io.knarr.v1.VectorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every call of the API against a whole server, as it goes well and as it is refused. */
@Timeout(120)
class RpcEndToEndTest {
    private static final String DOCS = "docs";
    private static final List<String> SERVICES = List.of(
            "knarr.v1.AccountService",
            "knarr.v1.CollectionService",
            "knarr.v1.RecordService",
            "knarr.v1.SearchService",
            "knarr.v1.ServerService",
            "grpc.health.v1.Health");

    private KnarrServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() {
        server = KnarrServer.start(ServerSettings.of(Map.of(
                "store.in-memory", "true",
                "grpc.port", "0",
                "http.port", "0",
                "grpc.max-concurrent-calls-per-account", "4")));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .maxInboundMessageSize(128 << 20)
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private static <S extends AbstractStub<S>> S with(S stub, String key, String value) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private AccountServiceGrpc.AccountServiceBlockingStub accounts() {
        return AccountServiceGrpc.newBlockingStub(channel);
    }

    private CollectionServiceGrpc.CollectionServiceBlockingStub collections(String account) {
        return with(CollectionServiceGrpc.newBlockingStub(channel), "x-account-id", account);
    }

    private RecordServiceGrpc.RecordServiceBlockingStub records(String account) {
        return with(RecordServiceGrpc.newBlockingStub(channel), "x-account-id", account);
    }

    private SearchServiceGrpc.SearchServiceBlockingStub searches(String account) {
        return with(SearchServiceGrpc.newBlockingStub(channel), "x-account-id", account);
    }

    private ServerServiceGrpc.ServerServiceBlockingStub server() {
        return ServerServiceGrpc.newBlockingStub(channel);
    }

    private static CreateCollectionRequest docs() {
        return CreateCollectionRequest.newBuilder()
                .setName(DOCS)
                .setSchema(Schema.newBuilder()
                        .addVectors(VectorSpec.newBuilder()
                                .setName("default")
                                .setDimension(2)
                                .setMetric(Metric.METRIC_EUCLID)))
                .build();
    }

    private static RecordId id(long id) {
        return RecordId.newBuilder().setUint64Id(id).build();
    }

    private static Vector vector(float... components) {
        Vector.Builder vector = Vector.newBuilder();
        for (float component : components) {
            vector.addValues(component);
        }
        return vector.build();
    }

    private static Record record(long id) {
        return Record.newBuilder()
                .setId(id(id))
                .putFields("n", Value.newBuilder().setInt64Value(id).build())
                .putVectors("default", vector((float) id, 0))
                .build();
    }

    private static UpsertRecordsRequest upsert(long... ids) {
        UpsertRecordsRequest.Builder request = UpsertRecordsRequest.newBuilder().setCollection(DOCS);
        for (long id : ids) {
            request.addRecords(record(id));
        }
        return request.build();
    }

    private void fill(String account, long... ids) {
        var _ = collections(account).createCollection(docs());
        var _ = records(account).upsertRecords(upsert(ids));
    }

    private static <M extends Message> Optional<M> detail(com.google.rpc.Status status, Class<M> type) {
        for (Any detail : status.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return Optional.of(detail.unpack(type));
                } catch (InvalidProtocolBufferException e) {
                    throw new IllegalStateException("A detail cannot be read", e);
                }
            }
        }
        return Optional.empty();
    }

    /** Checks how a call fails, and returns all it says. */
    private static com.google.rpc.Status requireRefused(
            Status.Code code, String reason, Optional<String> field, ThrowingCallable call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(failure).as("the call fails").isNotNull();
        com.google.rpc.Status status = requireNonNull(StatusProto.fromThrowable(failure), "no rich status");
        assertThat(failure.getStatus().getCode()).as(status.getMessage()).isEqualTo(code);
        ErrorInfo info = detail(status, ErrorInfo.class).orElseThrow();
        assertThat(info.getReason()).isEqualTo(reason);
        assertThat(info.getDomain()).isEqualTo("knarr");
        assertThat(detail(status, BadRequest.class)
                        .map(bad -> bad.getFieldViolations(0).getField()))
                .isEqualTo(field);
        return status;
    }

    private static com.google.rpc.Status requireInvalid(String reason, String field, ThrowingCallable call) {
        return requireRefused(Status.Code.INVALID_ARGUMENT, reason, Optional.of(field), call);
    }

    private static com.google.rpc.Status requireMissing(String reason, ThrowingCallable call) {
        return requireRefused(Status.Code.NOT_FOUND, reason, Optional.empty(), call);
    }

    @Test
    void accountsAreCreatedFoundListedAndDeleted() {
        var acme = accounts()
                .createAccount(
                        CreateAccountRequest.newBuilder().setAccountId("acme").build());
        var _ = accounts()
                .createAccount(
                        CreateAccountRequest.newBuilder().setAccountId("beta").build());
        GetAccountRequest get =
                GetAccountRequest.newBuilder().setAccountId("acme").build();
        assertThat(accounts().getAccount(get).getAccount()).isEqualTo(acme.getAccount());
        var page = accounts()
                .listAccounts(ListAccountsRequest.newBuilder().setPageSize(1).build());
        assertThat(page.getAccountsList()).containsExactly(acme.getAccount());
        ListAccountsRequest next = ListAccountsRequest.newBuilder()
                .setPageSize(1)
                .setPageToken(page.getNextPageToken())
                .build();
        assertThat(accounts().listAccounts(next).getAccounts(0).getAccountId()).isEqualTo("beta");

        com.google.rpc.Status exists =
                requireRefused(Status.Code.ALREADY_EXISTS, "ACCOUNT_EXISTS", Optional.empty(), () -> accounts()
                        .createAccount(CreateAccountRequest.newBuilder()
                                .setAccountId("acme")
                                .build()));
        assertThat(detail(exists, ResourceInfo.class).orElseThrow().getResourceName())
                .isEqualTo("acme");
        requireInvalid("INVALID_FIELD", "account_id", () -> accounts()
                .createAccount(
                        CreateAccountRequest.newBuilder().setAccountId("Acme").build()));
        requireInvalid("INVALID_PAGE_TOKEN", "page_token", () -> accounts()
                .listAccounts(
                        ListAccountsRequest.newBuilder().setPageToken("AAAA").build()));

        DeleteAccountRequest delete =
                DeleteAccountRequest.newBuilder().setAccountId("acme").build();
        requireRefused(Status.Code.FAILED_PRECONDITION, "INCARNATION_MISMATCH", Optional.empty(), () -> accounts()
                .deleteAccount(delete.toBuilder()
                        .setIncarnation(new UUID(1, 2).toString())
                        .build()));
        assertThat(accounts().deleteAccount(delete).getDeleted()).isTrue();
        requireMissing("ACCOUNT_NOT_FOUND", () -> accounts().deleteAccount(delete));
        requireMissing("ACCOUNT_NOT_FOUND", () -> accounts().getAccount(get));
    }

    @Test
    void collectionsAreCreatedFoundListedAndDeleted() {
        var created = collections("acme").createCollection(docs()).getCollection();
        GetCollectionRequest get =
                GetCollectionRequest.newBuilder().setName(DOCS).build();
        assertThat(collections("acme").getCollection(get).getCollection()).isEqualTo(created);
        assertThat(collections("acme")
                        .listCollections(ListCollectionsRequest.getDefaultInstance())
                        .getCollectionsList())
                .hasSize(1);

        requireRefused(Status.Code.ALREADY_EXISTS, "COLLECTION_EXISTS", Optional.empty(), () -> collections("acme")
                .createCollection(docs()));
        requireInvalid("INVALID_FIELD", "schema.vectors[0].dimension", () -> {
            CreateCollectionRequest.Builder wrong = docs().toBuilder().setName("other");
            wrong.getSchemaBuilder().getVectorsBuilder(0).setDimension(0);
            var _ = collections("acme").createCollection(wrong.build());
        });
        requireInvalid("INVALID_FIELD", "page_size", () -> collections("acme")
                .listCollections(
                        ListCollectionsRequest.newBuilder().setPageSize(-1).build()));

        DeleteCollectionRequest delete =
                DeleteCollectionRequest.newBuilder().setName(DOCS).build();
        assertThat(collections("acme").deleteCollection(delete).getDeleted()).isTrue();
        requireMissing("COLLECTION_NOT_FOUND", () -> collections("acme").deleteCollection(delete));
        com.google.rpc.Status missing =
                requireMissing("COLLECTION_NOT_FOUND", () -> collections("acme").getCollection(get));
        assertThat(detail(missing, ResourceInfo.class).orElseThrow().getResourceName())
                .isEqualTo(DOCS);
        assertThat(collections("acme")
                        .deleteCollection(
                                delete.toBuilder().setAllowMissing(true).build())
                        .getDeleted())
                .isFalse();
    }

    @Test
    void recordsAreWrittenReadListedCountedAndDeleted() {
        var _ = collections("acme").createCollection(docs());
        UpsertRecordsResponse written = records("acme").upsertRecords(upsert(1, 2, 3));
        assertThat(written.getResultsList())
                .allSatisfy(result -> assertThat(result.getCreated()).isTrue());
        GetRecordsRequest get = GetRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .addIds(id(9))
                .addIds(id(2))
                .setVectors(VectorSelection.newBuilder().setAll(true))
                .build();
        var got = records("acme").getRecords(get);
        assertThat(got.getRecords(0).getVectorsMap()).isEqualTo(record(2).getVectorsMap());
        assertThat(got.getMissingIdsList()).containsExactly(id(9));
        CountRecordsRequest count =
                CountRecordsRequest.newBuilder().setCollection(DOCS).build();
        assertThat(records("acme").countRecords(count).getCount()).isEqualTo(3);
        ListRecordsRequest list = ListRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .setPageSize(2)
                .build();
        var page = records("acme").listRecords(list);
        assertThat(page.getRecordsList()).extracting(Record::getId).containsExactly(id(1), id(2));
        ListRecordsRequest next =
                list.toBuilder().setPageToken(page.getNextPageToken()).build();
        assertThat(records("acme").listRecords(next).getRecordsList())
                .extracting(Record::getId)
                .containsExactly(id(3));

        requireInvalid("DIMENSION_MISMATCH", "records[1].vectors[\"default\"]", () -> records("acme")
                .upsertRecords(upsert(4).toBuilder()
                        .addRecords(record(5).toBuilder().putVectors("default", vector(1)))
                        .build()));
        requireInvalid("INVALID_FIELD", "ids", () -> records("acme")
                .getRecords(get.toBuilder().clearIds().build()));
        requireInvalid("INVALID_FILTER", "filter.equal.values", () -> records("acme")
                .countRecords(count.toBuilder()
                        .setFilter(Filter.newBuilder()
                                .setEqual(EqualFilter.newBuilder().setField("n")))
                        .build()));
        requireInvalid("INVALID_PAGE_TOKEN", "page_token", () -> records("acme")
                .listRecords(next.toBuilder()
                        .setFilter(Filter.newBuilder()
                                .setExists(ExistsFilter.newBuilder().setField("n")))
                        .build()));
        com.google.rpc.Status slow = requireRefused(
                Status.Code.FAILED_PRECONDITION,
                "INCARNATION_MISMATCH",
                Optional.of("collection_incarnation"),
                () -> records("acme")
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .setCollectionIncarnation(new UUID(1, 2).toString())
                                .addIds(id(1))
                                .build()));
        assertThat(detail(slow, PreconditionFailure.class)
                        .orElseThrow()
                        .getViolations(0)
                        .getSubject())
                .isEqualTo("collection:docs");

        DeleteRecordsRequest delete = DeleteRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .setCollectionIncarnation(written.getCollectionIncarnation())
                .addIds(id(1))
                .addIds(id(9))
                .build();
        assertThat(records("acme").deleteRecords(delete).getDeletedCount()).isEqualTo(1);
        assertThat(records("acme").countRecords(count).getCount()).isEqualTo(2);
    }

    @Test
    void aConditionThatDoesNotHoldIsRefusedWithTheRecordAndItsVersion() {
        fill("acme", 1, 2);
        Precondition.Builder other = Precondition.newBuilder().setId(id(2)).setVersion(99);
        com.google.rpc.Status aborted = requireRefused(
                Status.Code.ABORTED, "VERSION_MISMATCH", Optional.of("preconditions[0].version"), () -> records("acme")
                        .upsertRecords(
                                upsert(1).toBuilder().addPreconditions(other).build()));
        assertThat(detail(aborted, ErrorInfo.class).orElseThrow().getMetadataMap())
                .containsEntry("record", "2")
                .containsEntry("version", "1")
                .containsEntry("expected_version", "99");
        assertThat(detail(aborted, PreconditionFailure.class).orElseThrow().getViolations(0))
                .returns("VERSION_MISMATCH", PreconditionFailure.Violation::getType)
                .returns("record:2", PreconditionFailure.Violation::getSubject);
        com.google.rpc.Status failed = requireRefused(
                Status.Code.FAILED_PRECONDITION,
                "PRECONDITION_FAILED",
                Optional.of("preconditions[0].exists"),
                () -> records("acme")
                        .deleteRecords(DeleteRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .addIds(id(1))
                                .addPreconditions(
                                        Precondition.newBuilder().setId(id(2)).setExists(false))
                                .build()));
        assertThat(detail(failed, PreconditionFailure.class)
                        .orElseThrow()
                        .getViolations(0)
                        .getSubject())
                .isEqualTo("record:2");
        com.google.rpc.Status exists = requireRefused(
                Status.Code.ALREADY_EXISTS, "RECORD_EXISTS", Optional.of("records[1].id"), () -> records("acme")
                        .upsertRecords(upsert(3, 1).toBuilder()
                                .setMode(UpsertMode.UPSERT_MODE_INSERT_ONLY)
                                .build()));
        assertThat(detail(exists, ResourceInfo.class).orElseThrow())
                .returns("knarr.v1.Record", ResourceInfo::getResourceType)
                .returns("1", ResourceInfo::getResourceName);
        requireRefused(Status.Code.NOT_FOUND, "RECORD_NOT_FOUND", Optional.of("records[0].id"), () -> records("acme")
                .upsertRecords(upsert(3).toBuilder()
                        .setMode(UpsertMode.UPSERT_MODE_UPDATE_ONLY)
                        .build()));
        assertThat(records("acme")
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())
                        .getCount())
                .isEqualTo(2);

        other.setVersion(1);
        assertThat(records("acme")
                        .upsertRecords(
                                upsert(1).toBuilder().addPreconditions(other).build())
                        .getResults(0)
                        .getVersion())
                .isEqualTo(2);
    }

    @Test
    void aRecordThatExpiresIsShownUntilThenAndACollectionCanHaveADefault() {
        var _ = collections("acme")
                .createCollection(docs().toBuilder()
                        .setDefaultTtl(Duration.newBuilder().setSeconds(3_600))
                        .build());
        Timestamp past = Timestamp.newBuilder().setSeconds(1_000_000).build();
        Timestamp future = Timestamp.newBuilder()
                .setSeconds(4_000_000_000L)
                .setNanos(1_999)
                .build();
        records("acme")
                .upsertRecords(upsert(1).toBuilder()
                        .addRecords(record(2).toBuilder().setExpireTime(future))
                        .addRecords(record(3).toBuilder().setExpireTime(past))
                        .build());

        var got = records("acme")
                .getRecords(GetRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .addIds(id(1))
                        .addIds(id(2))
                        .addIds(id(3))
                        .build());

        assertThat(got.getMissingIdsList()).containsExactly(id(3));
        assertThat(got.getRecords(0).getExpireTime().getSeconds())
                .isEqualTo(got.getRecords(0).getUpdateTime().getSeconds() + 3_600);
        assertThat(got.getRecords(1).getExpireTime())
                .isEqualTo(future.toBuilder().setNanos(1_000).build());
        var collection = collections("acme")
                .getCollection(GetCollectionRequest.newBuilder().setName(DOCS).build())
                .getCollection();
        assertThat(collection.getDefaultTtl().getSeconds()).isEqualTo(3_600);
        assertThat(collection.getRecordCount()).isEqualTo(2);
        requireInvalid("INVALID_FIELD", "records[0].expire_time.nanos", () -> records("acme")
                .upsertRecords(UpsertRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .addRecords(record(4).toBuilder()
                                .setExpireTime(Timestamp.newBuilder().setNanos(-1)))
                        .build()));
        for (Duration wrong : List.of(
                Duration.getDefaultInstance(),
                Duration.newBuilder().setSeconds(-1).build(),
                Duration.newBuilder().setNanos(999).build(),
                Duration.newBuilder().setSeconds(Long.MAX_VALUE).build())) {
            requireInvalid("INVALID_FIELD", "default_ttl", () -> collections("acme")
                    .createCollection(docs().toBuilder()
                            .setName("other")
                            .setDefaultTtl(wrong)
                            .build()));
        }
    }

    @Test
    void partsOfRecordsAreChangedAndWhatMatchesIsDeleted() {
        fill("acme", 1, 2, 3);
        PatchRecordsRequest patch = PatchRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .addPatches(RecordPatch.newBuilder()
                        .setId(id(2))
                        .putIncrement("n", Value.newBuilder().setInt64Value(5).build())
                        .putSet("at.home", Value.newBuilder().setBoolValue(true).build())
                        .putVectors("default", vector(9, 9)))
                .build();
        assertThat(records("acme").patchRecords(patch).getResults(0).getVersion())
                .isEqualTo(2);
        Record patched = records("acme")
                .getRecords(GetRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .addIds(id(2))
                        .setVectors(VectorSelection.newBuilder().setAll(true))
                        .build())
                .getRecords(0);
        assertThat(patched.getFieldsOrThrow("n").getInt64Value()).isEqualTo(7);
        assertThat(patched.getFieldsOrThrow("at")
                        .getObjectValue()
                        .getFieldsOrThrow("home")
                        .getBoolValue())
                .isTrue();
        assertThat(patched.getVectorsOrThrow("default")).isEqualTo(vector(9, 9));
        requireRefused(
                Status.Code.FAILED_PRECONDITION,
                "NUMBER_OVERFLOW",
                Optional.of("patches[0].increment[\"n\"]"),
                () -> records("acme")
                        .patchRecords(patchOf(RecordPatch.newBuilder()
                                .setId(id(2))
                                .putIncrement(
                                        "n",
                                        Value.newBuilder()
                                                .setInt64Value(Long.MAX_VALUE)
                                                .build()))));
        requireRefused(Status.Code.NOT_FOUND, "RECORD_NOT_FOUND", Optional.of("patches[0].id"), () -> records("acme")
                .patchRecords(patchOf(RecordPatch.newBuilder().setId(id(8)).addUnset("n"))));
        requireInvalid("INVALID_FIELD", "patches[0]", () -> records("acme")
                .patchRecords(patchOf(RecordPatch.newBuilder().setId(id(2)))));
        requireInvalid("INVALID_FIELD", "patches", () -> records("acme")
                .patchRecords(
                        PatchRecordsRequest.newBuilder().setCollection(DOCS).build()));
        requireInvalid("INVALID_FIELD", "patches[0].unset[1]", () -> records("acme")
                .patchRecords(patchOf(
                        RecordPatch.newBuilder().setId(id(2)).addUnset("n").addUnset("n"))));
        requireInvalid("INVALID_FIELD", "patches[0].unset[1]", () -> records("acme")
                .patchRecords(patchOf(
                        RecordPatch.newBuilder().setId(id(2)).addUnset("a").addUnset("a.b"))));
        requireInvalid("INVALID_FIELD", "patches[0].unset[0]", () -> records("acme")
                .patchRecords(patchOf(RecordPatch.newBuilder().setId(id(2)).addUnset("a..b"))));
        requireInvalid("INVALID_FIELD", "patches[0].clear_expire_time", () -> records("acme")
                .patchRecords(patchOf(RecordPatch.newBuilder()
                        .setId(id(2))
                        .setClearExpireTime(true)
                        .setExpireTime(Timestamp.newBuilder().setSeconds(1)))));
        requireInvalid("INVALID_FIELD", "patches[0].remove_vectors[0]", () -> records("acme")
                .patchRecords(patchOf(RecordPatch.newBuilder()
                        .setId(id(2))
                        .putVectors("default", vector(1, 1))
                        .addRemoveVectors("default"))));
        requireInvalid("INVALID_FIELD", "patches[0].increment[\"n\"]", () -> records("acme")
                .patchRecords(patchOf(RecordPatch.newBuilder()
                        .setId(id(2))
                        .putIncrement("n", Value.newBuilder().setBoolValue(true).build()))));
        requireInvalid("INVALID_FIELD", "patches[0].append[\"n\"]", () -> records("acme")
                .patchRecords(
                        patchOf(RecordPatch.newBuilder().setId(id(2)).putAppend("n", ListValue.getDefaultInstance()))));

        DeleteRecordsRequest delete = DeleteRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .setFilter(Filter.newBuilder()
                        .setEqual(EqualFilter.newBuilder()
                                .setField("n")
                                .addValues(Value.newBuilder().setInt64Value(7))))
                .setValidateOnly(true)
                .build();
        assertThat(records("acme").deleteRecords(delete).getDeletedCount()).isEqualTo(1);
        requireInvalid("INVALID_FIELD", "filter", () -> records("acme")
                .deleteRecords(delete.toBuilder().addIds(id(1)).build()));
        requireInvalid("INVALID_FIELD", "request_id", () -> records("acme")
                .deleteRecords(delete.toBuilder()
                        .setRequestId(new UUID(1, 2).toString())
                        .build()));
        requireInvalid("INVALID_FILTER", "filter", () -> records("acme")
                .deleteRecords(delete.toBuilder()
                        .setFilter(Filter.getDefaultInstance())
                        .build()));
        assertThat(records("acme")
                        .deleteRecords(delete.toBuilder().setValidateOnly(false).build())
                        .getDeletedCount())
                .isEqualTo(1);
        assertThat(records("acme")
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())
                        .getCount())
                .isEqualTo(2);
    }

    private static PatchRecordsRequest patchOf(RecordPatch.Builder patch) {
        return PatchRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .addPatches(patch)
                .build();
    }

    @Test
    void aRepeatedRequestIsAnsweredAsTheFirstTimeAndAnotherUnderItsIdIsRefused() {
        var _ = collections("acme").createCollection(docs());
        UpsertRecordsRequest request =
                upsert(1, 2).toBuilder().setRequestId(new UUID(3, 4).toString()).build();
        UpsertRecordsResponse first = records("acme").upsertRecords(request);
        records("acme")
                .deleteRecords(DeleteRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .addIds(id(1))
                        .build());

        assertThat(records("acme").upsertRecords(request)).isEqualTo(first);
        assertThat(records("acme")
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())
                        .getCount())
                .isEqualTo(1);
        requireInvalid("REQUEST_ID_REUSED", "request_id", () -> records("acme")
                .upsertRecords(request.toBuilder().addRecords(record(3)).build()));
        requireInvalid("REQUEST_ID_REUSED", "request_id", () -> records("acme")
                .deleteRecords(DeleteRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .setRequestId(request.getRequestId())
                        .addIds(id(1))
                        .build()));
        requireInvalid("INVALID_FIELD", "request_id", () -> records("acme")
                .upsertRecords(request.toBuilder().setRequestId("again").build()));
    }

    @Test
    void aSearchFindsTheNearestAndRefusesWhatDoesNotFit() {
        fill("acme", 1, 2, 3);
        SearchRequest request = SearchRequest.newBuilder()
                .setCollection(DOCS)
                .setVector(vector(2, 0))
                .setLimit(2)
                .setExplain(true)
                .build();

        var found = searches("acme").search(request);

        assertThat(found.getHitsList()).extracting(hit -> hit.getId()).containsExactly(id(2), id(1));
        assertThat(found.getHits(1).getScore()).isEqualTo(1);
        assertThat(found.getHits(0).getFieldsMap()).isEqualTo(record(2).getFieldsMap());
        assertThat(found.getAnswerKind()).isEqualTo(AnswerKind.ANSWER_KIND_EXACT);
        assertThat(found.getExplanation().getRecordCount()).isEqualTo(3);
        assertThat(found.getExplanation().getPlanReason()).isEqualTo("rows have no codes");
        assertThat(found.getExplanation().hasExpectedDuration()).isFalse();
        requireInvalid("DIMENSION_MISMATCH", "vector", () -> searches("acme")
                .search(request.toBuilder().setVector(vector(1)).build()));
        requireInvalid("LIMIT_EXCEEDED", "limit", () -> searches("acme")
                .search(request.toBuilder().setLimit(100_001).build()));
        requireInvalid("NOT_FINITE", "vector.values[1]", () -> searches("acme")
                .search(request.toBuilder().setVector(vector(1, Float.NaN)).build()));
        requireMissing("COLLECTION_NOT_FOUND", () -> searches("acme")
                .search(request.toBuilder().setCollection("other").build()));
    }

    @Test
    void aReplyThatWouldBeTooLargeIsRefusedWithHowMuchFits() {
        var _ = collections("acme").createCollection(docs());
        Value text = Value.newBuilder().setStringValue("x".repeat(1_000_000)).build();
        GetRecordsRequest.Builder get = GetRecordsRequest.newBuilder().setCollection(DOCS);
        for (long id = 0; id < 70; id++) {
            var _ = records("acme")
                    .upsertRecords(UpsertRecordsRequest.newBuilder()
                            .setCollection(DOCS)
                            .addRecords(record(id).toBuilder().putFields("text", text))
                            .build());
            get.addIds(id(id));
        }
        com.google.rpc.Status refused =
                requireRefused(Status.Code.INVALID_ARGUMENT, "LIMIT_EXCEEDED", Optional.empty(), () -> records("acme")
                        .getRecords(get.build()));

        Map<String, String> details =
                detail(refused, ErrorInfo.class).orElseThrow().getMetadataMap();
        assertThat(details).containsEntry("limit", "67108864").containsEntry("records_that_fit", "67");
        List<RecordId> fitting = get.getIdsList().subList(0, 67);
        assertThat(records("acme")
                        .getRecords(
                                get.clearIds().addAllIds(List.copyOf(fitting)).build())
                        .getRecordsCount())
                .isEqualTo(67);
    }

    @Test
    void theServerSaysWhatItIsAndWhatItTakes() {
        var info = server().getServerInfo(GetServerInfoRequest.getDefaultInstance());
        assertThat(info.getStoreId()).isEqualTo(server.storeId().toString());
        assertThat(server().getLimits(GetLimitsRequest.getDefaultInstance())
                        .getLimits()
                        .getMaxConcurrentCallsPerAccount())
                .isEqualTo(4);
        requireInvalid("INVALID_FIELD", "metadata.x-account-id", () -> with(server(), "x-account-id", "NOT VALID")
                .getServerInfo(GetServerInfoRequest.getDefaultInstance()));
    }

    @Test
    void accountsSeeNothingOfEachOther() {
        fill("acme", 1, 2, 3);
        fill("beta", 2);
        ListRecordsRequest list = ListRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .setPageSize(1)
                .build();
        String token = records("acme").listRecords(list).getNextPageToken();

        assertThat(records("beta")
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())
                        .getCount())
                .isEqualTo(1);
        requireInvalid("INVALID_PAGE_TOKEN", "page_token", () -> records("beta")
                .listRecords(list.toBuilder().setPageToken(token).build()));
        requireMissing("ACCOUNT_NOT_FOUND", () -> records("gamma").listRecords(list));
    }

    @Test
    void aCallMeantForAnotherLifeOfItsAccountChangesNothing() {
        var _ = collections("acme").createCollection(docs());
        String first = records("acme").upsertRecords(upsert(1)).getAccountIncarnation();
        var _ = with(records("acme"), "x-account-incarnation", first).upsertRecords(upsert(2));
        var _ = accounts()
                .deleteAccount(
                        DeleteAccountRequest.newBuilder().setAccountId("acme").build());
        fill("acme", 7);

        requireRefused(Status.Code.FAILED_PRECONDITION, "INCARNATION_MISMATCH", Optional.empty(), () -> with(
                        records("acme"), "x-account-incarnation", first)
                .upsertRecords(upsert(1)));
        assertThat(records("acme")
                        .countRecords(CountRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())
                        .getCount())
                .isEqualTo(1);
    }

    @Test
    void aMessageThatIsTooLargeIsRefusedInOurWords() {
        UpsertRecordsRequest large = UpsertRecordsRequest.newBuilder()
                .setCollectionBytes(ByteString.copyFrom(new byte[65 << 20]))
                .build();
        requireRefused(Status.Code.INVALID_ARGUMENT, "LIMIT_EXCEEDED", Optional.empty(), () -> records("acme")
                .upsertRecords(large));
    }

    @Test
    void cancelledCallsGiveTheirPermitsBack() {
        fill("acme", 1);
        var stub = with(SearchServiceGrpc.newFutureStub(channel), "x-account-id", "acme");
        SearchRequest request = SearchRequest.newBuilder()
                .setCollection(DOCS)
                .setVector(vector(1, 1))
                .build();
        // Half of the resets that the server takes of one connection in thirty seconds before it closes it.
        for (int i = 0; i < 100; i++) {
            assertThat(stub.search(request).cancel(true)).isTrue();
        }
        // What is under way still looks at its deadline first; the test's own limit ends this loop.
        boolean answered = false;
        while (!answered) {
            try {
                answered = searches("acme").search(request).getHitsCount() == 1;
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            }
        }
    }

    @Test
    void healthIsToldAndWatched() throws Exception {
        HealthCheckRequest records = HealthCheckRequest.newBuilder()
                .setService("knarr.v1.RecordService")
                .build();
        assertThat(HealthGrpc.newBlockingStub(channel).check(records).getStatus())
                .isEqualTo(ServingStatus.SERVING);
        BlockingQueue<ServingStatus> watched = new LinkedBlockingQueue<>();
        HealthGrpc.newStub(channel).watch(records, collect(response -> watched.add(response.getStatus())));
        assertThat(watched.take()).isEqualTo(ServingStatus.SERVING);
        StatusRuntimeException unknown =
                catchThrowableOfType(StatusRuntimeException.class, () -> HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.newBuilder()
                                .setService("nothing")
                                .build()));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);

        Thread stopping = Thread.ofPlatform().start(server::close);

        assertThat(watched.take()).isEqualTo(ServingStatus.NOT_SERVING);
        channel.shutdownNow();
        stopping.join();
    }

    private static <T> StreamObserver<T> collect(Consumer<T> consumer) {
        return new StreamObserver<>() {
            @Override
            public void onNext(T value) {
                consumer.accept(value);
            }

            @Override
            public void onError(Throwable failure) {
                // the stream's end says nothing these tests look at
            }

            @Override
            public void onCompleted() {
                // as above
            }
        };
    }

    @Test
    void reflectionListsTheServicesInBothItsVersions() throws Exception {
        BlockingQueue<List<String>> listed = new LinkedBlockingQueue<>();
        StreamObserver<ServerReflectionRequest> requests = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(collect((ServerReflectionResponse response) ->
                        listed.add(response.getListServicesResponse().getServiceList().stream()
                                .map(ServiceResponse::getName)
                                .toList())));
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(listed.take()).containsAll(SERVICES);
        requests.onCompleted();

        var older = io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(collect((io.grpc.reflection.v1alpha.ServerReflectionResponse response) ->
                        listed.add(response.getListServicesResponse().getServiceList().stream()
                                .map(io.grpc.reflection.v1alpha.ServiceResponse::getName)
                                .toList())));
        older.onNext(io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                .setListServices("")
                .build());
        assertThat(listed.take()).containsAll(SERVICES);
        older.onCompleted();
    }
}
