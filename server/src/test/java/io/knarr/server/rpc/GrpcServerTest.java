package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.index.CursorConfig;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetLimitsResponse;
import io.knarr.v1.ServerServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real server and a real channel on loopback; one handler is the test's own. */
@Timeout(60)
class GrpcServerTest {
    private static final RpcConfig CONFIG =
            new RpcConfig("127.0.0.1", 0, true, Duration.ofSeconds(30), Duration.ofSeconds(5), 2, 1, Optional.empty());

    private final BlockingQueue<CallListener.FinishedCall> finished = new LinkedBlockingQueue<>();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final CallPermits permits = new CallPermits(CONFIG);
    private volatile RpcHandler<GetLimitsRequest, GetLimitsResponse> handler =
            new GetLimitsHandler(Limits.DEFAULT, CONFIG, CursorConfig.DEFAULT, IngestConfig.DEFAULT);
    private GrpcServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        StatusMapper statusMapper = new StatusMapper();
        UnaryCall call = new UnaryCall(permits, CONFIG, Limits.DEFAULT, statusMapper);
        ServerServiceGrpc.ServerServiceImplBase service = new ServerServiceGrpc.ServerServiceImplBase() {
            @Override
            public void getLimits(GetLimitsRequest request, StreamObserver<GetLimitsResponse> observer) {
                call.answer(request, observer, handler);
            }
        };
        server = new GrpcServer(
                CONFIG,
                Limits.DEFAULT,
                new GrpcServices(List.of(service)),
                new ObservingInterceptor(finished::add),
                new IdentityInterceptor(new OpenAuthenticator(), statusMapper),
                new AdmissionInterceptor(permits, Limits.DEFAULT, statusMapper),
                () -> {},
                executor);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.start())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
        executor.close();
    }

    private ServerServiceGrpc.ServerServiceBlockingStub stub() {
        return ServerServiceGrpc.newBlockingStub(channel);
    }

    private StatusRuntimeException failureOf(ServerServiceGrpc.ServerServiceBlockingStub stub) {
        return catchThrowableOfType(
                StatusRuntimeException.class, () -> stub.getLimits(GetLimitsRequest.getDefaultInstance()));
    }

    private static Optional<String> reason(StatusRuntimeException e) {
        return StatusMapper.reason(e.getStatus(), e.getTrailers());
    }

    private static ServerServiceGrpc.ServerServiceBlockingStub with(
            ServerServiceGrpc.ServerServiceBlockingStub stub, String key, String value) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    @Test
    void publishesTheLimitsItEnforces() {
        var limits = stub().getLimits(GetLimitsRequest.getDefaultInstance()).getLimits();

        assertThat(limits.getMaxCallBytes()).isEqualTo(64 << 20);
        assertThat(limits.getAllFields())
                .hasSize(limits.getDescriptorForType().getFields().size());
    }

    @Test
    void tellsItsListenerOfEveryCallOnce() throws Exception {
        assertThat(with(stub(), "x-account-id", "acme").getLimits(GetLimitsRequest.getDefaultInstance()))
                .isNotNull();
        assertThat(failureOf(with(stub(), "x-account-id", "NOT VALID"))).isNotNull();

        CallListener.FinishedCall first = finished.take();
        CallListener.FinishedCall second = finished.take();
        assertThat(first.method()).isEqualTo("knarr.v1.ServerService/GetLimits");
        assertThat(first.account().orElseThrow()).hasToString("acme");
        assertThat(first.status()).isEqualTo("OK");
        assertThat(first.reason()).isEmpty();
        assertThat(second.account()).isEmpty();
        assertThat(second.reason()).hasValue("INVALID_FIELD");
        assertThat(finished).isEmpty();
    }

    @Test
    void refusesMalformedMetadataNamingTheKey() {
        assertThat(failureOf(with(stub(), "x-account-id", "Acme")).getStatus().getDescription())
                .startsWith("metadata.x-account-id: An account id must be");
        assertThat(failureOf(with(stub(), "x-account-incarnation", "1-2-3-4-5"))
                        .getStatus()
                        .getDescription())
                .startsWith("metadata.x-account-incarnation: A UUID must be");
        assertThat(failureOf(with(with(stub(), "x-account-id", "a"), "x-account-id", "b"))
                        .getStatus()
                        .getDescription())
                .startsWith("metadata.x-account-id: The metadata key is given more than once");
    }

    @Test
    void refusesAMessageThatIsTooLargeInItsOwnWords() {
        GetLimitsRequest large = GetLimitsRequest.newBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                9,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFrom(new byte[64 << 20]))
                                        .build())
                        .build())
                .build();

        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> stub().getLimits(large));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure.getStatus().getDescription())
                .startsWith("The message is too large (limit=67108864, actual=");
        assertThat(reason(failure)).hasValue("LIMIT_EXCEEDED");
    }

    @Test
    void refusesBytesThatAreNoMessage() {
        MethodDescriptor<byte[], GetLimitsResponse> method = ServerServiceGrpc.getGetLimitsMethod().toBuilder(
                        new BytesMarshaller(),
                        ServerServiceGrpc.getGetLimitsMethod().getResponseMarshaller())
                .build();

        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(
                        channel, method, CallOptions.DEFAULT, "\u0007 not protobuf".getBytes(UTF_8)));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(reason(failure)).hasValue("INVALID_FIELD");
    }

    @Test
    void answersACallWhoseHandlerFailsAndGivesItsPermitBack() {
        for (Throwable bug : List.of(new IllegalStateException("canary"), new StackOverflowError("canary"))) {
            handler = (_, _, _) -> {
                if (bug instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) bug;
            };

            StatusRuntimeException failure = failureOf(stub());

            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
            assertThat(failure.getStatus().getDescription())
                    .doesNotContain("canary")
                    .contains("incident");
            assertThat(permits.inUse()).isZero();
        }
    }

    @Test
    void refusesOneCallMoreOfAnAccountThanItMayHave() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        handler = (_, _, _) -> {
            running.countDown();
            await(release);
            return GetLimitsResponse.getDefaultInstance();
        };
        var first = ServerServiceGrpc.newFutureStub(channel).getLimits(GetLimitsRequest.getDefaultInstance());
        running.await();

        StatusRuntimeException failure = failureOf(stub());

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(reason(failure)).hasValue("TOO_MANY_CALLS");
        release.countDown();
        assertThat(first.get()).isNotNull();
    }

    @Test
    void aCancelledCallStopsItsHandlerAndGivesItsPermitBack() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        BlockingQueue<ErrorCode> ended = new LinkedBlockingQueue<>();
        handler = (_, _, deadline) -> {
            running.countDown();
            try {
                while (true) {
                    deadline.check();
                    Thread.onSpinWait();
                }
            } catch (ServiceException e) {
                ended.add(e.code());
                throw e;
            }
        };
        var call = ServerServiceGrpc.newFutureStub(channel).getLimits(GetLimitsRequest.getDefaultInstance());
        running.await();

        assertThat(call.cancel(true)).isTrue();

        assertThat(ended.take()).isEqualTo(ErrorCode.CALL_CANCELLED);
        assertThat(finished.take().status()).isEqualTo("CANCELLED");
        assertThat(permits.inUse()).isZero();
    }

    @Test
    void aCallWhoseDeadlinePassesStopsItsHandler() throws Exception {
        BlockingQueue<ErrorCode> ended = new LinkedBlockingQueue<>();
        handler = (_, _, deadline) -> {
            try {
                while (true) {
                    deadline.check();
                    Thread.onSpinWait();
                }
            } catch (ServiceException e) {
                ended.add(e.code());
                throw e;
            }
        };

        StatusRuntimeException failure = failureOf(stub().withDeadlineAfter(500, TimeUnit.MILLISECONDS));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        // The client's clock ends the call at the same moment, and may have cancelled it before the server looks at its
        // own.
        assertThat(ended.take()).isIn(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.CALL_CANCELLED);
    }

    @Test
    void saysServingWholeAndByServiceUntilItDrains() {
        HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
        for (String name : List.of("", "knarr.v1.ServerService")) {
            assertThat(health.check(HealthCheckRequest.newBuilder()
                                    .setService(name)
                                    .build())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
        }

        server.drain();

        assertThat(failureOf(stub()).getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void aDrainLetsCallsUnderWayFinish() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        handler = (_, _, _) -> {
            running.countDown();
            await(release);
            return GetLimitsResponse.getDefaultInstance();
        };
        var call = ServerServiceGrpc.newFutureStub(channel).getLimits(GetLimitsRequest.getDefaultInstance());
        running.await();

        var drain = executor.submit(server::drain);
        release.countDown();

        assertThat(call.get()).isNotNull();
        assertThat(drain.get()).isNull();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("Interrupted", e);
        }
    }

    private static final class BytesMarshaller implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            throw new UnsupportedOperationException("A request is only sent");
        }
    }
}
