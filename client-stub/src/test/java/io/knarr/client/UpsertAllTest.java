package io.knarr.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.grpc.Status;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.RecordId;
import io.knarr.v1.UpsertRecordsRequest;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Large upserts: how they are cut, how many calls are under way, what is said when one fails. */
class UpsertAllTest {
    private FakeKnarr server;
    private KnarrClient client;
    private CollectionHandle collection;

    @BeforeEach
    void start() throws Exception {
        server = new FakeKnarr();
        client = KnarrClient.connect(server.address());
        collection = client.collection("c");
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
    }

    @Test
    void callsHoldAtMostSoManyRecords() {
        UpsertTotals totals = collection.upsertAll(small(0, 1_201));

        assertThat(server.requests(UpsertRecordsRequest.class))
                .extracting(UpsertRecordsRequest::getRecordsCount)
                .containsExactlyInAnyOrder(500, 500, 201);
        assertThat(totals).isEqualTo(new UpsertTotals(1_201, 1_201, 3));
        assertThat(server.recordCount()).isEqualTo(1_201);
    }

    @Test
    void callsHoldAtMostSoManyBytes() {
        List<KnarrRecord> records =
                IntStream.range(0, 50).mapToObj(i -> wide(i, 100_000)).toList();

        collection.upsertAll(records);

        List<UpsertRecordsRequest> requests = server.requests(UpsertRecordsRequest.class);
        assertThat(requests).hasSizeGreaterThan(1).allSatisfy(request -> assertThat(request.getSerializedSize())
                .isLessThan((4 << 20) + 1_000));
        assertThat(requests.stream()
                        .mapToInt(UpsertRecordsRequest::getRecordsCount)
                        .max())
                .as("calls are filled: ten records of 400 kB fit")
                .hasValue(10);
        assertThat(server.recordCount()).isEqualTo(50);
    }

    @Test
    void aRecordAboveTheTargetTravelsAlone() {
        collection.upsertAll(List.of(wide(1, 10), wide(2, 1_500_000), wide(3, 10)));

        assertThat(server.requests(UpsertRecordsRequest.class))
                .extracting(UpsertRecordsRequest::getRecordsCount)
                .containsExactlyInAnyOrder(1, 1, 1);
    }

    @Test
    void nothingIsNoCall() {
        assertThat(collection.upsertAll(List.of())).isEqualTo(new UpsertTotals(0, 0, 0));
        assertThat(server.calls()).isEmpty();
    }

    @Test
    void noMoreCallsAreUnderWayThanAllowed() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.holdAnswers(gate);
        Upsert upsert = new Upsert(small(0, 10), new BatchPolicy(1, 1_000, 3));

        upsert.awaitItWaits(3);
        assertThat(server.requests(UpsertRecordsRequest.class)).hasSize(3);
        gate.countDown();

        assertThat(upsert.totals().calls()).isEqualTo(10);
    }

    @Test
    void theLastRecordOfAnIdWinsAlthoughCallsOverlap() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.holdAnswers(gate);
        Upsert upsert =
                new Upsert(List.of(numbered("a", 1), numbered("b", 1), numbered("a", 2)), new BatchPolicy(1, 1_000, 8));

        upsert.awaitItWaits(2);
        assertThat(server.requests(UpsertRecordsRequest.class))
                .as("the second \"a\" waits for the first")
                .hasSize(2);
        gate.countDown();

        assertThat(upsert.totals()).isEqualTo(new UpsertTotals(3, 2, 3));
        assertThat(server.record(RecordId.newBuilder().setStringId("a").build())
                        .getFieldsOrThrow("n")
                        .getInt64Value())
                .isEqualTo(2);
    }

    /** An upsert in a thread of its own. */
    private final class Upsert {
        private final FutureTask<UpsertTotals> task;
        private final Thread thread;

        private Upsert(List<KnarrRecord> records, BatchPolicy policy) {
            task = new FutureTask<>(() -> collection.upsertAll(records.iterator(), policy));
            thread = Thread.ofPlatform().start(task);
        }

        /** Returns once so many calls have arrived and the thread waits for an answer, and whatever it sent before has arrived. */
        private void awaitItWaits(int calls) {
            while (server.calls().size() < calls || thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            CompletableFuture<Long> behind = collection.countAsync(Filters.exists("n"));
            while (server.requests(CountRecordsRequest.class).isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(behind).isNotDone();
        }

        private UpsertTotals totals() throws Exception {
            return task.get();
        }
    }

    @Test
    void aFailureSaysWhatWasAcknowledgedAndStopsTheRest() {
        BatchPolicy oneByOne = new BatchPolicy(10, 1 << 20, 1);
        collection.upsertAll(small(0, 10).iterator(), oneByOne);
        server.failNext(Status.INVALID_ARGUMENT.withDescription("no").asRuntimeException());

        assertThatExceptionOfType(IncompleteUpsertException.class)
                .isThrownBy(() -> collection.upsertAll(small(0, 100).iterator(), oneByOne))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                    assertThat(e.acknowledged()).isEqualTo(new UpsertTotals(0, 0, 0));
                });
        assertThat(server.calls()).hasSize(2);
    }

    @Test
    void aSourceThatFailsLeavesNoCallBehind() {
        Iterator<KnarrRecord> source = new Iterator<>() {
            private int taken;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public KnarrRecord next() {
                if (taken == 25) {
                    throw new IllegalStateException("The source failed");
                }
                return numbered("id-" + taken++, 0);
            }
        };

        assertThatIllegalStateException()
                .isThrownBy(() -> collection.upsertAll(source, new BatchPolicy(10, 1 << 20, 8)))
                .withMessage("The source failed");
        assertThat(server.recordCount()).isEqualTo(20);
    }

    private static List<KnarrRecord> small(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> numbered("id-" + i, i)).toList();
    }

    private static KnarrRecord numbered(String id, int number) {
        return KnarrRecord.builder().id(id).vector(1).field("n", number).build();
    }

    private static KnarrRecord wide(int id, int dimension) {
        return KnarrRecord.builder().id(id).vector(new float[dimension]).build();
    }
}
