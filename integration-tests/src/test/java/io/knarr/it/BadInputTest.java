package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.StatusRuntimeException;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.FieldSpec;
import io.knarr.v1.FieldType;
import io.knarr.v1.GetCollectionRequest;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.VectorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad calls over real gRPC: each is refused with its exact status, reason and field, and changes nothing. */
class BadInputTest {
    private static final String ACCOUNT = "bad-input";
    private static final String COLLECTION = "closed";

    @TempDir
    private static Path directory;

    private static ServerProcess server;
    private static Caller caller;
    private static String before;

    @BeforeAll
    static void start() throws Exception {
        server = ServerProcess.start(ServerLaunch.of(directory.resolve("data")).withMaxHeap("1g"));
        caller = new Caller(server);
        caller.collections(ACCOUNT)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(COLLECTION)
                        .setSchema(Schema.newBuilder()
                                .setClosed(true)
                                .addVectors(vector("main"))
                                .addVectors(vector("second"))
                                .addFields(field("color", FieldType.FIELD_TYPE_STRING))
                                .addFields(field("size", FieldType.FIELD_TYPE_INT64))
                                .addFields(field("price", FieldType.FIELD_TYPE_FLOAT64))
                                .addFields(field("sold", FieldType.FIELD_TYPE_BOOL))
                                .addFields(field("made", FieldType.FIELD_TYPE_TIMESTAMP))
                                .addFields(field("key", FieldType.FIELD_TYPE_UUID))
                                .addFields(field("place", FieldType.FIELD_TYPE_GEO))
                                .addFields(field("file", FieldType.FIELD_TYPE_PATH))
                                .addFields(field("body", FieldType.FIELD_TYPE_TEXT))
                                .addFields(field("items", FieldType.FIELD_TYPE_OBJECT)
                                        .setList(true)
                                        .addFields(field("color", FieldType.FIELD_TYPE_STRING))
                                        .addFields(field("size", FieldType.FIELD_TYPE_INT64)))
                                .addFields(field("tags", FieldType.FIELD_TYPE_STRING)
                                        .setList(true)))
                        .build());
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            records.add(BadWrites.good()
                    .setId(Requests.id("kept-" + i))
                    .putFields("color", Requests.text("red"))
                    .putFields("size", Requests.number(i))
                    .build());
        }
        caller.records(ACCOUNT).upsertRecords(Requests.upsert(COLLECTION, records.toArray(Record[]::new)));
        caller.collections("bad-input-neighbour").createCollection(Requests.create("other", 4));
        before = state();
    }

    private static VectorSpec.Builder vector(String name) {
        return VectorSpec.newBuilder().setName(name).setDimension(4).setMetric(Metric.METRIC_COSINE);
    }

    private static FieldSpec.Builder field(String name, FieldType type) {
        return FieldSpec.newBuilder().setName(name).setType(type);
    }

    @AfterAll
    static void stop() {
        caller.close();
        server.close();
    }

    static Stream<BadCall> badCalls() {
        return Stream.of(
                        BadWrites.calls(ACCOUNT, COLLECTION),
                        BadFilters.calls(ACCOUNT, COLLECTION),
                        BadRequests.calls(ACCOUNT, COLLECTION))
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("badCalls")
    void isRefusedWithItsReasonAndFieldAndChangesNothing(BadCall bad) {
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class, () -> bad.call().make(caller));

        assertThat(failure).as("the call must fail").isNotNull();
        assertThat(Refusal.of(failure))
                .as("the refusal: %s", failure.getStatus())
                .isEqualTo(new Refusal(
                        bad.code(),
                        List.of(bad.reason()),
                        List.of("knarr"),
                        bad.field().isEmpty() ? List.of() : List.of(bad.field())));
        assertThat(state()).as("the state after the call").isEqualTo(before);
    }

    @Test
    void thereAreEnoughOfThemAndEachHasItsOwnName() {
        List<String> names = badCalls().map(BadCall::name).toList();

        assertThat(names).hasSizeGreaterThanOrEqualTo(300).doesNotHaveDuplicates();
    }

    /** Everything a caller can see: accounts, collections with their counts, records with their versions and vectors. */
    private static String state() {
        StringBuilder text = new StringBuilder();
        caller.accounts()
                .listAccounts(
                        ListAccountsRequest.newBuilder().setPageSize(1_000).build())
                .getAccountsList()
                .forEach(account -> {
                    text.append(account);
                    caller.collections(account.getAccountId())
                            .listCollections(ListCollectionsRequest.getDefaultInstance())
                            .getCollectionsList()
                            .forEach(collection -> text.append(caller.collections(account.getAccountId())
                                            .getCollection(GetCollectionRequest.newBuilder()
                                                    .setName(collection.getName())
                                                    .build()))
                                    .append(caller.allRecords(account.getAccountId(), collection.getName())));
                });
        return text.toString();
    }
}
