package io.knarr.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.DeleteRecordsRequest;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.ServerServiceGrpc;
import io.knarr.v1.UpsertRecordsRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How calls travel: identity, deadlines, retries, failures, shutdown. */
class KnarrClientTest {
    private static final RetryPolicy QUICK = new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(5), 1);

    private FakeKnarr server;
    private KnarrClient client;

    @BeforeEach
    void start() throws Exception {
        server = new FakeKnarr();
        client = KnarrClient.builder(server.address()).retryPolicy(QUICK).build();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
    }

    static Stream<Arguments> callsThatMayRunTwice() {
        return Stream.of(
                call("count", client -> client.collection("c").count()),
                call("delete", client -> client.collection("c").delete("a")),
                call("list", client -> client.collection("c").list(ListQuery.ALL, "")),
                call("upsert", client -> client.collection("c").upsert(record("a"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("callsThatMayRunTwice")
    void aCallThatMayRunTwiceIsTriedAgainWhileTheServerIsUnavailable(String name, Consumer<KnarrClient> call) {
        server.failNext(unavailable(), unavailable(), unavailable());

        call.accept(client);

        assertThat(server.calls()).as(name).hasSize(4);
    }

    @Test
    void aWriteThatCouldFailOrActTwiceHasTheSameNameInEveryAttempt() {
        CollectionHandle records = client.collection("c");
        server.failNext(unavailable(), unavailable());

        records.upsert(List.of(record("a")), WriteOptions.insertOnly());
        records.delete(Filters.eq("n", 1));
        records.upsert(record("a"));

        List<UpsertRecordsRequest> upserts = server.requests(UpsertRecordsRequest.class);
        assertThat(upserts).hasSize(4);
        assertThat(upserts.subList(0, 3)).containsOnly(upserts.getFirst());
        assertThat(upserts.getFirst().getRequestId()).hasSize(36);
        assertThat(upserts.getLast().getRequestId())
                .as("it can be repeated as it is")
                .isEmpty();
        assertThat(server.requests(DeleteRecordsRequest.class).getFirst().getRequestId())
                .hasSize(36);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("callsThatMayRunTwice")
    void attemptsAreBounded(String name, Consumer<KnarrClient> call) {
        server.failNext(unavailable(), unavailable(), unavailable(), unavailable(), unavailable());

        assertThatExceptionOfType(KnarrException.class)
                .as(name)
                .isThrownBy(() -> call.accept(client))
                .satisfies(e -> assertThat(e.code()).isEqualTo(Status.Code.UNAVAILABLE));
        assertThat(server.calls()).hasSize(4);
    }

    static Stream<Arguments> callsThatMustNotRunTwice() {
        return Stream.of(
                call("create account", client -> client.accounts().create("a")),
                call("delete account", client -> client.accounts().delete("a")),
                call("create collection", client -> client.collections()
                        .create("c", CollectionSchema.of(2, Metric.DOT))),
                call("delete collection", client -> client.collections().delete("c")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("callsThatMustNotRunTwice")
    void aCallThatMustNotRunTwiceIsNotTriedAgain(String name, Consumer<KnarrClient> call) {
        server.failNext(unavailable());

        assertThatExceptionOfType(KnarrException.class)
                .as(name)
                .isThrownBy(() -> call.accept(client))
                .satisfies(e -> assertThat(e.retryable()).isTrue());
        assertThat(server.calls()).hasSize(1);
    }

    /** A new method must be given its place on purpose. */
    @Test
    void everyMethodIsKnownToBeRepeatableOrNot() {
        String config = RetryPolicy.STANDARD.toServiceConfig().toString();

        List<String> notTriedAgain = Stream.of(
                        AccountServiceGrpc.getServiceDescriptor(),
                        CollectionServiceGrpc.getServiceDescriptor(),
                        RecordServiceGrpc.getServiceDescriptor(),
                        SearchServiceGrpc.getServiceDescriptor(),
                        ServerServiceGrpc.getServiceDescriptor())
                .map(ServiceDescriptor::getMethods)
                .flatMap(methods -> methods.stream().map(MethodDescriptor::getBareMethodName))
                .filter(method -> !config.contains("method=" + method))
                .toList();

        assertThat(notTriedAgain)
                .containsExactlyInAnyOrder(
                        "CreateAccount",
                        "DeleteAccount",
                        "CreateCollection",
                        "DeleteCollection",
                        "Ingest",
                        "ExportRecords");
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "INTERNAL", "ABORTED", "DEADLINE_EXCEEDED"})
    void onlyUnavailableIsTriedAgain(String code) {
        server.failNext(Status.Code.valueOf(code).toStatus().asRuntimeException());

        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> client.collection("c").count());
        assertThat(server.calls()).hasSize(1);
    }

    @Test
    void withoutRetriesThereIsOneAttempt() {
        server.failNext(unavailable());

        try (KnarrClient once = KnarrClient.builder(server.address())
                .retryPolicy(RetryPolicy.NONE)
                .build()) {
            assertThatExceptionOfType(KnarrException.class)
                    .isThrownBy(() -> once.collection("c").count());
        }
        assertThat(server.calls()).hasSize(1);
    }

    /** gRPC keeps 1 MiB of a call for its retries unless told otherwise, and silently gives up on larger ones. */
    @Test
    void aLargeUpsertIsTriedAgainToo() {
        server.failNext(unavailable());

        client.collection("c")
                .upsert(KnarrRecord.builder().vector(new float[2_000_000]).build());

        assertThat(server.calls()).hasSize(2);
    }

    @Test
    void aRetriedUpsertWithoutIdsWritesEachRecordOnce() {
        server.failNext(unavailable());

        UpsertReply reply = client.collection("c")
                .upsert(
                        KnarrRecord.builder().vector(1).build(),
                        KnarrRecord.builder().vector(2).build());

        List<UpsertRecordsRequest> attempts = server.requests(UpsertRecordsRequest.class);
        assertThat(attempts).hasSize(2);
        assertThat(attempts.get(0)).isEqualTo(attempts.get(1));
        assertThat(server.recordCount()).isEqualTo(2);
        assertThat(reply.results()).allSatisfy(result -> assertThat(result.id())
                .isInstanceOfSatisfying(
                        RecordKey.UuidKey.class,
                        key -> assertThat(key.value().version()).isEqualTo(7)));
    }

    @Test
    void eachKindOfCallHasItsDeadline() {
        try (KnarrClient patient = KnarrClient.builder(server.address())
                .deadline(CallKind.READ, Duration.ofSeconds(1_000))
                .deadline(CallKind.SEARCH, Duration.ofSeconds(2_000))
                .deadline(CallKind.WRITE, Duration.ofSeconds(3_000))
                .deadline(CallKind.ADMIN, Duration.ofSeconds(4_000))
                .build()) {
            patient.collection("c").count();
            assertThatExceptionOfType(KnarrException.class)
                    .isThrownBy(() -> patient.collection("c").search(Search.nearest(1)));
            patient.collection("c").upsert(record("a"));
            patient.collections().delete("c");
            patient.ownAccount()
                    .withDeadline(Duration.ofSeconds(5_000))
                    .collection("c")
                    .count();
        }

        assertThat(server.calls())
                .extracting(call -> Math.ceilDiv(call.timeLeft().toSeconds(), 1_000))
                .containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void aCallThatIsNotAnsweredEndsAtItsDeadline() {
        CountDownLatch never = new CountDownLatch(1);
        server.holdAnswers(never);

        AccountClient hasty = client.ownAccount().withDeadline(Duration.ofMillis(50));

        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> hasty.collection("c").count())
                .satisfies(e -> assertThat(e.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
        never.countDown();
    }

    @Test
    void callsCarryTheIdentityAndViewsDoNotShareIt() {
        UUID incarnation = UUID.fromString(FakeKnarr.INCARNATION);
        try (KnarrClient known = KnarrClient.builder(server.address())
                .apiKey("secret")
                .accountId("acme")
                .accountIncarnation(incarnation)
                .build()) {
            known.collection("c").count();
            known.forAccount("other").collection("c").count();
        }
        client.collection("c").count();

        assertThat(server.calls())
                .extracting(
                        call -> call.header(Identity.AUTHORIZATION),
                        call -> call.header(Identity.ACCOUNT_ID),
                        call -> call.header(Identity.ACCOUNT_INCARNATION))
                .containsExactly(
                        tuple("Bearer secret", "acme", incarnation.toString()),
                        tuple("Bearer secret", "other", null),
                        tuple(null, null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\nb", "sé", "a\u007f"})
    void whatAHeaderCannotCarryIsRefusedWithoutRepeatingIt(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnarrClient.builder("127.0.0.1:1").apiKey(value))
                .withMessage("Must be visible ASCII without spaces: apiKey");
        assertThatIllegalArgumentException().isThrownBy(() -> client.forAccount(value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:6334", "localhost:6334", "[::1]:6334", "dns:///127.0.0.1:6334", "localhost"})
    void thisMachineNeedsNoEncryption(String target) {
        KnarrClient.builder(target).build().close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1:6334", "127.0.0.1.example.org:6334", "localhost.example.org:1", "example.org"})
    void anotherMachineNeedsEncryptionOrLeaveToGoWithout(String target) {
        assertThatIllegalStateException().isThrownBy(() -> KnarrClient.connect(target));
        KnarrClient.builder(target).plaintext().build().close();
    }

    @Test
    void aFailureTellsAllThatTheServerSaid() {
        server.failNext(rich(
                Status.Code.INVALID_ARGUMENT,
                "The vector has another dimension than its collection",
                ErrorInfo.newBuilder()
                        .setReason("DIMENSION_MISMATCH")
                        .setDomain("knarr")
                        .putMetadata("expected", "3")
                        .putMetadata("given", "2")
                        .build(),
                BadRequest.newBuilder()
                        .addFieldViolations(
                                BadRequest.FieldViolation.newBuilder().setField("records[2].vectors.default"))
                        .build(),
                RetryInfo.newBuilder()
                        .setRetryDelay(com.google.protobuf.Duration.newBuilder()
                                .setSeconds(1)
                                .setNanos(500_000_000))
                        .build()));

        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> client.collection("c").upsert(record("a")))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                    assertThat(e.reason()).isEqualTo("DIMENSION_MISMATCH");
                    assertThat(e.field()).contains("records[2].vectors.default");
                    assertThat(e.details()).containsEntry("expected", "3").containsEntry("given", "2");
                    assertThat(e.retryAfter()).contains(Duration.ofMillis(1_500));
                    assertThat(e.sentence()).isEqualTo("The vector has another dimension than its collection");
                })
                .withMessage(
                        "INVALID_ARGUMENT DIMENSION_MISMATCH: The vector has another dimension than its collection,"
                                + " field=records[2].vectors.default, expected=3, given=2, retryAfter=PT1.5S");
    }

    @Test
    void aReasonOfAnotherDomainIsNotTakenForOurs() {
        server.failNext(rich(
                Status.Code.INVALID_ARGUMENT,
                "No",
                ErrorInfo.newBuilder().setReason("THEIRS").setDomain("proxy").build()));

        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> client.collection("c").count())
                .satisfies(e -> assertThat(e.reason()).isEmpty());
    }

    @Test
    void futuresFailWithTheSameFailure() {
        server.failNext(rich(
                Status.Code.NOT_FOUND,
                "There is no such collection",
                ErrorInfo.newBuilder()
                        .setReason("COLLECTION_NOT_FOUND")
                        .setDomain("knarr")
                        .build()));

        CompletableFuture<Long> count = client.collection("c").countAsync(Filters.exists("f"));

        assertThat(count)
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        KnarrException.class, e -> assertThat(e.reason()).isEqualTo("COLLECTION_NOT_FOUND"));
    }

    @Test
    void cancellingAFutureCancelsItsCall() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.holdAnswers(gate);

        // Far away: the deadline, too, would cancel the call.
        AccountClient patient = client.ownAccount().withDeadline(Duration.ofHours(1));
        CompletableFuture<Long> count = patient.collection("c").countAsync(Filters.exists("f"));
        while (server.calls().isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(count.cancel(true)).isTrue();

        assertThat(server.sawCancellation()).isTrue();
        gate.countDown();
        assertThat(count).isCancelled();
        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> UnaryCalls.await(count))
                .satisfies(e -> assertThat(e.code()).isEqualTo(Status.Code.CANCELLED));
    }

    @Test
    void anInterruptEndsTheWaitAndStaysSet() {
        CountDownLatch gate = new CountDownLatch(1);
        server.holdAnswers(gate);

        Thread.currentThread().interrupt();
        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> client.collection("c").count())
                .satisfies(e -> assertThat(e.code()).isEqualTo(Status.Code.CANCELLED));
        assertThat(Thread.interrupted()).isTrue();
        gate.countDown();
    }

    @Test
    void aReplyThatIsNotUnderstoodIsAFailureAndNotAGuess() {
        assertThatExceptionOfType(KnarrException.class)
                .isThrownBy(() -> client.collection("c").search(Search.nearest(1)))
                .withMessageContaining("SearchResponse.answer_kind");
    }

    @Test
    void closingWaitsForCallsUnderWay() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        server.holdAnswers(gate);
        CompletableFuture<Long> count = client.collection("c").countAsync(Filters.exists("f"));

        Thread closing = Thread.ofVirtual().start(client::close);
        while (server.requests(CountRecordsRequest.class).isEmpty()) {
            Thread.onSpinWait();
        }
        gate.countDown();

        assertThat(count).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0L);
        assertThat(closing.join(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void closingCancelsWhatDoesNotEndInTime() {
        CountDownLatch gate = new CountDownLatch(1);
        server.holdAnswers(gate);
        CompletableFuture<Long> count;
        try (KnarrClient hasty = KnarrClient.builder(server.address())
                .closeTimeout(Duration.ofMillis(20))
                .build()) {
            count = hasty.collection("c").countAsync(Filters.exists("f"));
        }

        assertThat(count)
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(KnarrException.class);
        gate.countDown();
    }

    private static Arguments call(String name, Consumer<KnarrClient> call) {
        return Arguments.of(name, call);
    }

    private static KnarrRecord record(String id) {
        return KnarrRecord.builder().id(id).vector(1, 2).build();
    }

    private static StatusRuntimeException unavailable() {
        return Status.UNAVAILABLE.withDescription("not now").asRuntimeException();
    }

    private static StatusRuntimeException rich(Status.Code code, String sentence, Message... details) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(sentence)
                .addAllDetails(Arrays.stream(details).map(Any::pack).toList())
                .build());
    }
}
