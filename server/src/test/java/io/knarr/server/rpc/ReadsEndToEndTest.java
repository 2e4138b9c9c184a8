package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteCollectionRequest;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.Limits;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Metric;
import io.knarr.v1.OrderBy;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.RecordServiceGrpc.RecordServiceBlockingStub;
import io.knarr.v1.Schema;
import io.knarr.v1.ServerServiceGrpc;
import io.knarr.v1.Slice;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
                .isEqualTo(new Refused(Status.Code.ABORTED, "CURSOR_EXPIRED", "page_token"));
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
        assertThat(limits.getCursorLease().getSeconds()).isEqualTo(60);
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
}
