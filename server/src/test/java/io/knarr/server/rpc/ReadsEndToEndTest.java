package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.AggregateRecordsRequest;
import io.knarr.v1.AggregateRecordsResponse;
import io.knarr.v1.Aggregation;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.FieldAggregation;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GroupAggregation;
import io.knarr.v1.HistogramAggregation;
import io.knarr.v1.Limits;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Metric;
import io.knarr.v1.OrderBy;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.RecordServiceGrpc.RecordServiceBlockingStub;
import io.knarr.v1.SampleRecordsRequest;
import io.knarr.v1.SampleRecordsResponse;
import io.knarr.v1.Schema;
import io.knarr.v1.ServerServiceGrpc;
import io.knarr.v1.Slice;
import io.knarr.v1.TimeHistogramAggregation;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The reads that go beyond single records, against a whole server with a store on disk. */
@Timeout(120)
class ReadsEndToEndTest {
    private static final String DOCS = "docs";

    @TempDir
    private Path directory;

    private KnarrServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() {
        server = KnarrServer.start(ServerSettings.of(Map.of(
                "store.directory", directory.toString(),
                "grpc.port", "0",
                "http.port", "0",
                "cursors.lease", "2s",
                "cursors.max-per-account", "3")));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private RecordServiceBlockingStub records() {
        return RecordServiceGrpc.newBlockingStub(channel);
    }

    private void createDocs() {
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(DOCS)
                        .setSchema(Schema.newBuilder()
                                .addVectors(VectorSpec.newBuilder()
                                        .setName("default")
                                        .setDimension(1)
                                        .setMetric(Metric.METRIC_DOT)))
                        .build());
    }

    private void write(long from, long to) {
        UpsertRecordsRequest.Builder request = UpsertRecordsRequest.newBuilder().setCollection(DOCS);
        for (long id = from; id < to; id++) {
            request.addRecords(Record.newBuilder()
                    .setId(RecordId.newBuilder().setUint64Id(id))
                    .putFields("rest", Value.newBuilder().setInt64Value(id % 7).build())
                    .putVectors(
                            "default", Vector.newBuilder().addValues((float) id).build()));
        }
        var _ = records().upsertRecords(request.build());
    }

    private static ListRecordsRequest.Builder list(int pageSize) {
        return ListRecordsRequest.newBuilder().setCollection(DOCS).setPageSize(pageSize);
    }

    private static OrderBy byRest(boolean descending) {
        return OrderBy.newBuilder().setField("rest").setDescending(descending).build();
    }

    private List<Long> walk(ListRecordsRequest.Builder request) {
        List<Long> ids = new ArrayList<>();
        String token = "";
        do {
            ListRecordsResponse page =
                    records().listRecords(request.setPageToken(token).build());
            page.getRecordsList().forEach(record -> ids.add(record.getId().getUint64Id()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return ids;
    }

    /** What a failure says: status, reason and field. */
    private record Refused(Status.Code status, String reason, String field) {}

    private static Refused refusal(ThrowingCallable call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(failure).as("the call failed").isNotNull();
        String reason = "";
        String field = "";
        try {
            for (Any detail : Optional.ofNullable(StatusProto.fromThrowable(failure))
                    .orElseThrow()
                    .getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    reason = detail.unpack(ErrorInfo.class).getReason();
                } else if (detail.is(BadRequest.class)) {
                    field = detail.unpack(BadRequest.class)
                            .getFieldViolations(0)
                            .getField();
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        return new Refused(failure.getStatus().getCode(), reason, field);
    }

    @Test
    void aListingInTheOrderOfAFieldGoesOnOverItsPages() {
        createDocs();
        write(0, 100);

        List<Long> ascending = walk(list(9).setOrderBy(byRest(false)));
        List<Long> descending = walk(list(9).setOrderBy(byRest(true)));

        assertThat(ascending).hasSize(100).startsWith(0L, 7L, 14L).endsWith(90L, 97L);
        assertThat(descending).hasSize(100).startsWith(6L, 13L, 20L).endsWith(91L, 98L);
    }

    @Test
    void slicesTogetherHoldEveryRecordOnce() {
        createDocs();
        write(0, 300);
        Set<Long> all = new HashSet<>();
        for (int index = 0; index < 3; index++) {
            Slice slice = Slice.newBuilder().setIndex(index).setCount(3).build();
            List<Long> part = walk(list(40).setSlice(slice));
            assertThat(part).isSorted().hasSizeBetween(60, 140);
            assertThat(walk(list(40).setSlice(slice).setOrderBy(byRest(true))))
                    .containsExactlyInAnyOrderElementsOf(part);
            all.addAll(part);
        }
        assertThat(all).hasSize(300);
    }

    @Test
    void aTokenFitsOnlyItsRequestAndItsLifeOfTheCollection() {
        createDocs();
        write(0, 10);
        String token = records().listRecords(list(2).build()).getNextPageToken();
        String ordered =
                records().listRecords(list(2).setOrderBy(byRest(true)).build()).getNextPageToken();
        Refused foreign = new Refused(Status.Code.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN", "page_token");

        assertThat(refusal(() -> records()
                        .listRecords(list(2).setOrderBy(byRest(true))
                                .setPageToken(token)
                                .build())))
                .isEqualTo(foreign);
        assertThat(refusal(() -> records()
                        .listRecords(list(2).setOrderBy(byRest(false))
                                .setPageToken(ordered)
                                .build())))
                .isEqualTo(foreign);
        assertThat(refusal(() -> records()
                        .listRecords(list(2).setSlice(Slice.newBuilder().setCount(1))
                                .setPageToken(token)
                                .build())))
                .isEqualTo(foreign);
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .deleteCollection(
                        DeleteCollectionRequest.newBuilder().setName(DOCS).build());
        createDocs();
        assertThat(refusal(
                        () -> records().listRecords(list(2).setPageToken(token).build())))
                .isEqualTo(foreign);
    }

    @Test
    void afterARestartAListingIsToldToStartAgain() {
        createDocs();
        write(0, 10);
        String token = records().listRecords(list(2).build()).getNextPageToken();
        stop();
        start();

        assertThat(refusal(
                        () -> records().listRecords(list(2).setPageToken(token).build())))
                .isEqualTo(new Refused(Status.Code.ABORTED, "CURSOR_EXPIRED", ""));
    }

    @Test
    void listingsAreBoundedInNumberAndTheBoundIsPublished() {
        createDocs();
        write(0, 10);
        Limits limits = ServerServiceGrpc.newBlockingStub(channel)
                .getLimits(GetLimitsRequest.getDefaultInstance())
                .getLimits();
        assertThat(limits.getMaxCursorsPerAccount()).isEqualTo(3);
        assertThat(limits.getMaxCursors()).isEqualTo(4_096);
        assertThat(limits.getCursorLease().getSeconds()).isEqualTo(2);
        assertThat(limits.getMaxAggregations()).isEqualTo(64);
        assertThat(limits.getMaxAggregationDepth()).isEqualTo(4);
        assertThat(limits.getMaxAggregationBuckets()).isEqualTo(10_000);
        assertThat(limits.getMaxAggregationValues()).isEqualTo(1_000_000);
        assertThat(limits.getMaxCursorBytes()).isEqualTo(64 << 20);
        assertThat(limits.getMaxSlices()).isEqualTo(1_024);

        for (int i = 0; i < 3; i++) {
            var _ = records().listRecords(list(2).build());
        }

        assertThat(refusal(() -> records().listRecords(list(2).build())))
                .isEqualTo(new Refused(Status.Code.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", ""));
        assertThat(records().listRecords(list(10).build()).getRecordsCount())
                .as("one page needs no cursor")
                .isEqualTo(10);
    }

    @Test
    void ordersAndSlicesThatAreNoneAreRefusedByName() {
        createDocs();
        write(0, 1);

        assertThat(refusal(() -> records()
                        .listRecords(
                                list(2).setOrderBy(OrderBy.getDefaultInstance()).build())))
                .isEqualTo(new Refused(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD", "order_by.field"));
        assertThat(refusal(() -> records()
                        .listRecords(list(2).setOrderBy(OrderBy.newBuilder().setField("a..b"))
                                .build())))
                .isEqualTo(new Refused(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD", "order_by.field"));
        for (Map.Entry<Slice, String> wrong : Map.of(
                        Slice.getDefaultInstance(), "slice.count",
                        Slice.newBuilder().setCount(-1).build(), "slice.count",
                        Slice.newBuilder().setIndex(2).setCount(2).build(), "slice.index",
                        Slice.newBuilder().setIndex(-1).setCount(2).build(), "slice.index")
                .entrySet()) {
            assertThat(refusal(() -> records()
                            .listRecords(list(2).setSlice(wrong.getKey()).build())))
                    .isEqualTo(new Refused(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD", wrong.getValue()));
        }
        assertThat(refusal(() -> records()
                        .listRecords(list(2).setSlice(Slice.newBuilder().setCount(1_025))
                                .build())))
                .isEqualTo(new Refused(Status.Code.INVALID_ARGUMENT, "LIMIT_EXCEEDED", "slice.count"));
    }

    private static Aggregation sum(String field) {
        return Aggregation.newBuilder()
                .setSum(FieldAggregation.newBuilder().setField(field))
                .build();
    }

    @Test
    void aggregationsAreComputedOverWhatMatches() {
        createDocs();
        write(0, 70);
        Aggregation groups = Aggregation.newBuilder()
                .setGroups(GroupAggregation.newBuilder()
                        .setField("rest")
                        .setLimit(2)
                        .putAggregations("total", sum("rest")))
                .build();

        AggregateRecordsResponse response = records()
                .aggregateRecords(AggregateRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .putAggregations(
                                "all",
                                Aggregation.newBuilder()
                                        .setCount(FieldAggregation.getDefaultInstance())
                                        .build())
                        .putAggregations("total", sum("rest"))
                        .putAggregations("groups", groups)
                        .build());

        assertThat(response.getMatchedCount()).isEqualTo(70);
        assertThat(response.getResultsOrThrow("all").getCount()).isEqualTo(70);
        assertThat(response.getResultsOrThrow("total").getValue().getValue().getInt64Value())
                .isEqualTo(210);
        assertThat(response.getResultsOrThrow("total").getValue().getValueCount())
                .isEqualTo(70);
        assertThat(response.getResultsOrThrow("groups").getBuckets().getBucketCount())
                .isEqualTo(7);
        assertThat(response.getResultsOrThrow("groups").getBuckets().getBucketsList())
                .extracting(bucket -> bucket.getKey().getInt64Value())
                .containsExactly(0L, 1L);
        assertThat(response.getResultsOrThrow("groups")
                        .getBuckets()
                        .getBuckets(1)
                        .getResultsOrThrow("total")
                        .getValue()
                        .getValue()
                        .getInt64Value())
                .isEqualTo(10);
    }

    private Refused refusedAggregation(Aggregation aggregation) {
        return refusal(() -> records()
                .aggregateRecords(AggregateRecordsRequest.newBuilder()
                        .setCollection(DOCS)
                        .putAggregations("x", aggregation)
                        .build()));
    }

    private static Aggregation histogram(double interval, double offset) {
        return Aggregation.newBuilder()
                .setHistogram(HistogramAggregation.newBuilder()
                        .setField("rest")
                        .setInterval(interval)
                        .setOffset(offset))
                .build();
    }

    private static Aggregation timeHistogram(Duration interval) {
        return Aggregation.newBuilder()
                .setTimeHistogram(
                        TimeHistogramAggregation.newBuilder().setField("at").setInterval(interval))
                .build();
    }

    @Test
    void aggregationsThatAreNoneAreRefusedByName() {
        createDocs();
        write(0, 70);
        GroupAggregation byRest = GroupAggregation.newBuilder().setField("rest").build();
        Aggregation deep = sum("rest");
        for (int level = 0; level < 4; level++) {
            deep = Aggregation.newBuilder()
                    .setGroups(byRest.toBuilder().putAggregations("x", deep))
                    .build();
        }
        AggregateRecordsRequest.Builder many =
                AggregateRecordsRequest.newBuilder().setCollection(DOCS);
        for (int i = 0; i < 65; i++) {
            many.putAggregations("x" + i, sum("rest"));
        }
        Status.Code bad = Status.Code.INVALID_ARGUMENT;

        assertThat(refusal(() -> records()
                        .aggregateRecords(AggregateRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .build())))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", "aggregations"));
        assertThat(refusal(() -> records().aggregateRecords(many.build())))
                .isEqualTo(new Refused(bad, "LIMIT_EXCEEDED", "aggregations"));
        assertThat(refusal(() -> records()
                        .aggregateRecords(AggregateRecordsRequest.newBuilder()
                                .setCollection(DOCS)
                                .putAggregations("", sum("rest"))
                                .build())))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", "aggregations[\"\"]"));
        assertThat(refusedAggregation(Aggregation.getDefaultInstance()))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", "aggregations[\"x\"]"));
        assertThat(refusedAggregation(sum("")))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", "aggregations[\"x\"].sum.field"));
        assertThat(refusedAggregation(deep).reason()).isEqualTo("LIMIT_EXCEEDED");
        assertThat(refusedAggregation(Aggregation.newBuilder()
                        .setGroups(byRest.toBuilder().setLimit(-1))
                        .build()))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", "aggregations[\"x\"].groups.limit"));
        assertThat(refusedAggregation(Aggregation.newBuilder()
                        .setGroups(byRest.toBuilder().setLimit(10_001))
                        .build()))
                .isEqualTo(new Refused(bad, "LIMIT_EXCEEDED", "aggregations[\"x\"].groups.limit"));
        String interval = "aggregations[\"x\"].histogram.interval";
        assertThat(refusedAggregation(histogram(0, 0))).isEqualTo(new Refused(bad, "INVALID_FIELD", interval));
        assertThat(refusedAggregation(histogram(-1, 0))).isEqualTo(new Refused(bad, "INVALID_FIELD", interval));
        assertThat(refusedAggregation(histogram(Double.NaN, 0))).isEqualTo(new Refused(bad, "NOT_FINITE", interval));
        assertThat(refusedAggregation(histogram(1, Double.POSITIVE_INFINITY)))
                .isEqualTo(new Refused(bad, "NOT_FINITE", "aggregations[\"x\"].histogram.offset"));
        assertThat(refusedAggregation(histogram(1e-300, 1e300)))
                .as("the values lie too many intervals from the offset")
                .isEqualTo(new Refused(bad, "INVALID_FIELD", interval));
        String time = "aggregations[\"x\"].time_histogram.interval";
        assertThat(refusedAggregation(timeHistogram(Duration.getDefaultInstance())))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", time));
        assertThat(refusedAggregation(timeHistogram(
                        Duration.newBuilder().setSeconds(1).setNanos(-1).build())))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", time));
        assertThat(refusedAggregation(timeHistogram(
                        Duration.newBuilder().setSeconds(Long.MAX_VALUE).build())))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", time));
    }

    @Test
    void aSampleComesAgainWithItsSeed() {
        createDocs();
        write(0, 70);
        SampleRecordsRequest request = SampleRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .setSize(20)
                .build();

        SampleRecordsResponse first = records().sampleRecords(request);
        SampleRecordsResponse again = records()
                .sampleRecords(request.toBuilder().setSeed(first.getSeed()).build());
        SampleRecordsResponse other = records()
                .sampleRecords(request.toBuilder().setSeed(first.getSeed() + 1).build());

        assertThat(first.getRecordsCount()).isEqualTo(20);
        assertThat(again).isEqualTo(first);
        assertThat(other.getRecordsList()).isNotEqualTo(first.getRecordsList());
        assertThat(records()
                        .sampleRecords(request.toBuilder().setSize(100).build())
                        .getRecordsCount())
                .isEqualTo(70);
        assertThat(refusal(() ->
                        records().sampleRecords(request.toBuilder().setSize(-1).build())))
                .isEqualTo(new Refused(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD", "size"));
        assertThat(refusal(() -> records()
                        .sampleRecords(request.toBuilder().setSize(10_001).build())))
                .isEqualTo(new Refused(Status.Code.INVALID_ARGUMENT, "LIMIT_EXCEEDED", "size"));
    }

    private static ExportRecordsRequest.Builder export() {
        return ExportRecordsRequest.newBuilder().setCollection(DOCS);
    }

    private List<Long> exported(ExportRecordsRequest request) {
        List<Long> ids = new ArrayList<>();
        records().exportRecords(request).forEachRemaining(message -> message.getRecordsList()
                .forEach(record -> ids.add(record.getId().getUint64Id())));
        return ids;
    }

    @Test
    void slicesOfOneViewAreOfOneMomentWhileAWriterRuns() throws Exception {
        createDocs();
        write(0, 3_000);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Iterator<ExportRecordsResponse> first = records()
                    .exportRecords(
                            export().setSlice(Slice.newBuilder().setIndex(0).setCount(2))
                                    .build());
            ExportRecordsResponse message = first.next();
            Future<?> writer = executor.submit(() -> {
                for (long id = 10_000; !done.get(); id += 10) {
                    write(id, id + 10);
                }
            });
            Set<Long> ids = new HashSet<>();
            message.getRecordsList().forEach(record -> ids.add(record.getId().getUint64Id()));
            first.forEachRemaining(next -> next.getRecordsList()
                    .forEach(record -> ids.add(record.getId().getUint64Id())));
            int half = ids.size();
            List<Long> second =
                    exported(export().setSlice(Slice.newBuilder().setIndex(1).setCount(2))
                            .setView(message.getView())
                            .build());
            done.set(true);
            writer.get();

            assertThat(half).isBetween(1_300, 1_700);
            ids.addAll(second);
            assertThat(half + second.size()).isEqualTo(3_000);
            assertThat(ids).hasSize(3_000).allMatch(id -> id < 3_000);
        }
    }

    @Test
    void anExportGoesOnWhereItBroke() {
        createDocs();
        write(0, 2_500);
        Iterator<ExportRecordsResponse> stream = records().exportRecords(export().build());
        ExportRecordsResponse message = stream.next();
        write(5_000, 5_010);

        List<Long> rest = exported(export().setPosition(message.getPosition()).build());

        assertThat(message.getRecordsCount()).isEqualTo(1_000);
        assertThat(rest).hasSize(1_500).isSorted().startsWith(1_000L).endsWith(2_499L);
        assertThat(exported(export().setView(message.getView()).build())).hasSize(2_500);
        ExportRecordsResponse last = message;
        while (stream.hasNext()) {
            last = stream.next();
        }
        assertThat(exported(export().setPosition(last.getPosition()).build())).isEmpty();
    }

    @Test
    void anExportOfNothingSaysSoInOneMessage() {
        createDocs();
        Iterator<ExportRecordsResponse> stream = records().exportRecords(export().build());

        ExportRecordsResponse only = stream.next();

        assertThat(only.getRecordsCount()).isZero();
        assertThat(only.getView()).isNotEmpty();
        assertThat(stream.hasNext()).isFalse();
    }

    @Test
    void positionsAndViewsOfOthersAreRefused() {
        createDocs();
        write(0, 10);
        ExportRecordsResponse message =
                records().exportRecords(export().build()).next();
        Status.Code bad = Status.Code.INVALID_ARGUMENT;

        assertThat(refusal(() -> exported(export().setView(message.getView())
                        .setPosition(message.getPosition())
                        .build())))
                .isEqualTo(new Refused(bad, "INVALID_FIELD", "view"));
        assertThat(refusal(() -> exported(export().setSlice(Slice.newBuilder().setCount(2))
                        .setPosition(message.getPosition())
                        .build())))
                .isEqualTo(new Refused(bad, "INVALID_PAGE_TOKEN", "position"));
        assertThat(refusal(
                        () -> exported(export().setView(message.getPosition()).build())))
                .isEqualTo(new Refused(bad, "INVALID_PAGE_TOKEN", "view"));
        assertThat(refusal(() -> exported(export().setCollection("other").build())))
                .isEqualTo(new Refused(Status.Code.NOT_FOUND, "COLLECTION_NOT_FOUND", ""));
    }

    @Test
    void aCallerThatDoesNotReadIsNotSentMoreAndIsToldInTheEnd() throws Exception {
        createDocs();
        for (long id = 0; id < 48; id++) {
            var _ = records()
                    .upsertRecords(UpsertRecordsRequest.newBuilder()
                            .setCollection(DOCS)
                            .addRecords(Record.newBuilder()
                                    .setId(RecordId.newBuilder().setUint64Id(id))
                                    .putFields(
                                            "text",
                                            Value.newBuilder()
                                                    .setStringValue("x".repeat(1_000_000))
                                                    .build())
                                    .putVectors(
                                            "default",
                                            Vector.newBuilder().addValues(1).build()))
                            .build());
        }
        ClientCall<ExportRecordsRequest, ExportRecordsResponse> call =
                channel.newCall(RecordServiceGrpc.getExportRecordsMethod(), CallOptions.DEFAULT);
        CompletableFuture<Status> ended = new CompletableFuture<>();
        List<ExportRecordsResponse> messages = new ArrayList<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(ExportRecordsResponse message) {
                        messages.add(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(status);
                    }
                },
                new Metadata());
        call.sendMessage(export().build());
        call.halfClose();
        call.request(1);
        TimeUnit.SECONDS.sleep(4); // twice the lease: what is on the way stays there, and the server gives up
        call.request(1_000);

        Status status = ended.get(30, TimeUnit.SECONDS);

        assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(messages).hasSizeLessThan(24);
    }
}
