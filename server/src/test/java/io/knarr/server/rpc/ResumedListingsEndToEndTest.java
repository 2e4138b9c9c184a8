package io.knarr.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.knarr.server.KnarrServer;
import io.knarr.server.ServerSettings;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.ExportRecordsRequest;
import io.knarr.v1.ExportRecordsResponse;
import io.knarr.v1.ListRecordsRequest;
import io.knarr.v1.ListRecordsResponse;
import io.knarr.v1.Metric;
import io.knarr.v1.OrderBy;
import io.knarr.v1.Record;
import io.knarr.v1.RecordId;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.RecordServiceGrpc.RecordServiceBlockingStub;
import io.knarr.v1.Schema;
import io.knarr.v1.UpsertRecordsRequest;
import io.knarr.v1.Value;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listings and exports whose view a restart has ended: refused, or gone on with in a newer view where that is asked for. */
@Timeout(120)
class ResumedListingsEndToEndTest {
    private static final String DOCS = "docs";
    private static final int PAGE = 4;

    @TempDir
    private Path directory;

    private KnarrServer server;
    private ManagedChannel channel;
    private RecordServiceBlockingStub records;

    @BeforeEach
    void start() {
        connect();
        var _ = CollectionServiceGrpc.newBlockingStub(channel)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(DOCS)
                        .setSchema(Schema.newBuilder()
                                .addVectors(
                                        VectorSpec.newBuilder().setDimension(1).setMetric(Metric.METRIC_DOT)))
                        .build());
        upsert(LongStream.range(10, 20).toArray());
    }

    private void connect() {
        server = KnarrServer.start(ServerSettings.of(
                Map.of("store.directory", directory.resolve("data").toString(), "grpc.port", "0", "http.port", "0")));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
        records = RecordServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private void restart() {
        stop();
        connect();
    }

    private void upsert(long... ids) {
        UpsertRecordsRequest.Builder request = UpsertRecordsRequest.newBuilder().setCollection(DOCS);
        for (long id : ids) {
            request.addRecordsBuilder()
                    .setId(id(id))
                    .putVectors("default", Vector.newBuilder().addValues(1).build())
                    .putFields("n", Value.newBuilder().setInt64Value(id).build());
        }
        var _ = records.upsertRecords(request.build());
    }

    private static RecordId id(long id) {
        return RecordId.newBuilder().setUint64Id(id).build();
    }

    private static List<Long> ids(List<Record> read) {
        return read.stream().map(record -> record.getId().getUint64Id()).toList();
    }

    private static ListRecordsRequest.Builder list() {
        return ListRecordsRequest.newBuilder().setCollection(DOCS).setPageSize(PAGE);
    }

    private static void requireFailure(Status.Code code, ThrowingCallable call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(failure).as("the call failed").isNotNull();
        assertThat(failure.getStatus().getCode()).isEqualTo(code);
    }

    private void changeWhatIsThere() {
        var _ = records.deleteRecords(DeleteRecordsRequest.newBuilder()
                .setCollection(DOCS)
                .addIds(id(15))
                .build());
        upsert(1, 16, 30);
    }

    @Test
    void aListingGoesOnAfterTheLastIdWhereThatIsAskedForAndSaysSo() {
        ListRecordsResponse first = records.listRecords(list().build());
        assertThat(ids(first.getRecordsList())).containsExactly(10L, 11L, 12L, 13L);
        assertThat(first.getViewChanged()).isFalse();
        restart();
        changeWhatIsThere();
        ListRecordsRequest.Builder next = list().setPageToken(first.getNextPageToken());
        requireFailure(Status.Code.ABORTED, () -> {
            var _ = records.listRecords(next.build());
        });
        ListRecordsResponse second =
                records.listRecords(next.setResumeInNewerView(true).build());
        assertThat(ids(second.getRecordsList())).containsExactly(14L, 16L, 17L, 18L);
        assertThat(second.getViewChanged()).isTrue();
        upsert(40);
        // From here on it is the new view that is gone on in, whatever is written.
        ListRecordsResponse third = records.listRecords(list().setResumeInNewerView(true)
                .setPageToken(second.getNextPageToken())
                .build());
        assertThat(ids(third.getRecordsList())).containsExactly(19L, 30L);
        assertThat(third.getViewChanged()).isFalse();
        assertThat(third.getNextPageToken()).isEmpty();
    }

    @Test
    void aViewThatIsStillThereIsGoneOnIn() {
        ListRecordsResponse first = records.listRecords(list().build());
        changeWhatIsThere();
        ListRecordsResponse second = records.listRecords(list().setPageToken(first.getNextPageToken())
                .setResumeInNewerView(true)
                .build());
        assertThat(ids(second.getRecordsList())).containsExactly(14L, 15L, 16L, 17L);
        assertThat(second.getViewChanged()).isFalse();
    }

    @Test
    void aListingInTheOrderOfAFieldCannotGoOnInAnotherView() {
        requireFailure(Status.Code.INVALID_ARGUMENT, () -> {
            var _ = records.listRecords(list().setOrderBy(OrderBy.newBuilder().setField("n"))
                    .setResumeInNewerView(true)
                    .build());
        });
    }

    private List<ExportRecordsResponse> export(ExportRecordsRequest.Builder request) {
        List<ExportRecordsResponse> messages = new ArrayList<>();
        Iterator<ExportRecordsResponse> stream =
                records.exportRecords(request.setCollection(DOCS).build());
        stream.forEachRemaining(messages::add);
        return messages;
    }

    @Test
    void anExportGoesOnAfterItsPositionWhereThatIsAskedForAndSaysSo() {
        upsert(LongStream.range(1_000, 3_000).toArray());
        List<ExportRecordsResponse> before = export(ExportRecordsRequest.newBuilder());
        assertThat(before).hasSizeGreaterThan(2).noneMatch(ExportRecordsResponse::getViewChanged);
        ExportRecordsResponse reached = before.getFirst();
        long last = ids(reached.getRecordsList()).getLast();
        restart();
        upsert(5_000);
        ExportRecordsRequest.Builder next = ExportRecordsRequest.newBuilder().setPosition(reached.getPosition());
        requireFailure(Status.Code.ABORTED, () -> export(next));
        List<ExportRecordsResponse> after = export(next.setResumeInNewerView(true));
        assertThat(after).allMatch(ExportRecordsResponse::getViewChanged);
        List<Long> read = after.stream()
                .flatMap(message -> ids(message.getRecordsList()).stream())
                .toList();
        assertThat(read)
                .containsExactlyElementsOf(LongStream.concat(LongStream.range(last + 1, 3_000), LongStream.of(5_000))
                        .boxed()
                        .toList());
        // Its positions and its view are those of the new view.
        assertThat(export(ExportRecordsRequest.newBuilder()
                                .setPosition(after.getFirst().getPosition()))
                        .getFirst()
                        .getViewChanged())
                .isFalse();
        assertThat(export(ExportRecordsRequest.newBuilder()
                        .setView(after.getLast().getView())))
                .isNotEmpty();
        ExportRecordsResponse end = after.getLast();
        assertThat(export(ExportRecordsRequest.newBuilder().setPosition(end.getPosition())))
                .hasSize(1);
    }

    @Test
    void anExportWithoutAPositionHasNothingToGoOnFrom() {
        requireFailure(
                Status.Code.INVALID_ARGUMENT,
                () -> export(ExportRecordsRequest.newBuilder().setResumeInNewerView(true)));
    }
}
