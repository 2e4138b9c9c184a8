package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.google.inject.Inject;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gRPC surface: listens, answers health checks and reflection, drains. {@link #start} once, then {@link #drain} or {@link #close};
 * both may be called from any thread, and again.
 */
public final class GrpcServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GrpcServer.class);

    // What a connection may do. grpc-java limits none of the first four by default; a connection that resets calls as
    // fast as it
    // opens them would otherwise start every one (CVE-2023-44487).
    private static final int MAX_RESETS = 200;
    private static final int RESET_WINDOW_SECONDS = 30;
    private static final int MAX_CALLS_PER_CONNECTION = 256;
    private static final int MAX_METADATA_BYTES = 8 << 10;
    private static final int FLOW_CONTROL_WINDOW_BYTES = 4 << 20;
    private static final int HANDSHAKE_TIMEOUT_SECONDS = 5;
    private static final int PERMIT_KEEP_ALIVE_SECONDS = 30;
    private static final int KEEP_ALIVE_MINUTES = 5;
    private static final int KEEP_ALIVE_TIMEOUT_SECONDS = 20;
    private static final int MAX_IDLE_MINUTES = 5;
    private static final int MAX_AGE_MINUTES = 30;
    private static final int MAX_AGE_GRACE_SECONDS = 60;

    /** Above the limit of a message, so that one a little too large is refused in our words; gRPC's own refusal names no field. */
    private static final int MESSAGE_SLACK_BYTES = 16 << 20;

    /** How long cancelled calls are waited for; they look at their deadline far more often. */
    private static final int CANCELLATION_SECONDS = 5;

    /** The whole server, in health checks. */
    private static final String WHOLE_SERVER = HealthStatusManager.SERVICE_NAME_ALL_SERVICES;

    private final RpcConfig config;
    private final StopListener stopListener;
    private final Server server;
    private final HealthStatusManager health = new HealthStatusManager();
    private final List<String> serviceNames;
    private final AtomicBoolean stopping = new AtomicBoolean();

    @Inject
    GrpcServer(
            RpcConfig config,
            Limits limits,
            GrpcServices services,
            ObservingInterceptor observing,
            IdentityInterceptor identity,
            AdmissionInterceptor admission,
            StopListener stopListener,
            @ForCalls Executor executor) {
        this.config = requireNonNull(config, "config is null");
        this.stopListener = requireNonNull(stopListener, "stopListener is null");
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(config.bindAddress(), config.port()))
                .executor(executor)
                .maxInboundMessageSize(
                        (int) Math.min(Integer.MAX_VALUE, (long) limits.maxCallBytes() + MESSAGE_SLACK_BYTES))
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .handshakeTimeout(HANDSHAKE_TIMEOUT_SECONDS, SECONDS)
                .permitKeepAliveTime(PERMIT_KEEP_ALIVE_SECONDS, SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(KEEP_ALIVE_MINUTES, MINUTES)
                .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, SECONDS)
                .maxConnectionIdle(MAX_IDLE_MINUTES, MINUTES)
                .maxConnectionAge(MAX_AGE_MINUTES, MINUTES)
                .maxConnectionAgeGrace(MAX_AGE_GRACE_SECONDS, SECONDS);
        for (BindableService service : services.all()) {
            builder.addService(ServerInterceptors.interceptForward(
                    ServerInterceptors.useInputStreamMessages(withAccessRules(service.bindService())),
                    observing,
                    identity,
                    admission));
        }
        for (BindableService service :
                List.of(health.getHealthService(), ProtoReflectionServiceV1.newInstance(), olderReflection())) {
            builder.addService(
                    ServerInterceptors.interceptForward(withAccessRules(service.bindService()), observing, identity));
        }
        this.server = builder.build();
        this.serviceNames = services.names();
        setHealth(ServingStatus.NOT_SERVING);
    }

    // Tools older than 2023 speak nothing newer.
    @SuppressWarnings("deprecation")
    private static BindableService olderReflection() {
        return io.grpc.protobuf.services.ProtoReflectionService.newInstance();
    }

    private static ServerServiceDefinition withAccessRules(ServerServiceDefinition service) {
        for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
            String name = method.getMethodDescriptor().getFullMethodName();
            if (AccessTable.rule(name).isEmpty()) {
                throw new IllegalStateException("Method has no access rule: " + name);
            }
        }
        return service;
    }

    /**
     * Begins to listen, and says SERVING.
     *
     * @return the port, also where the setting was 0
     * @throws IOException if the address cannot be had
     */
    public int start() throws IOException {
        server.start();
        setHealth(ServingStatus.SERVING);
        log.info("Serving gRPC, address={}, port={}", config.bindAddress(), server.getPort());
        return server.getPort();
    }

    /**
     * Stops: health says NOT_SERVING, new calls are refused, callers that ingest are asked to send no more, calls under way go on for the time set, then are cancelled. Returns when all
     * have ended, or cannot be waited for any longer.
     */
    public void drain() {
        stopHealth();
        server.shutdown();
        stopListener.stopping();
        try {
            if (!server.awaitTermination(config.drainTimeout().toMillis(), MILLISECONDS)) {
                log.warn("Calls were still under way when the time to drain was up, timeout={}", config.drainTimeout());
                cancelCalls();
            }
        } catch (InterruptedException _) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Stops at once: calls under way are cancelled. */
    @Override
    public void close() {
        stopHealth();
        try {
            cancelCalls();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void cancelCalls() throws InterruptedException {
        server.shutdownNow();
        if (!server.awaitTermination(CANCELLATION_SECONDS, SECONDS)) {
            log.warn("Calls went on after they were cancelled, waited={} s", CANCELLATION_SECONDS);
        }
    }

    // A second time would do no harm, but log a warning.
    private void stopHealth() {
        if (stopping.compareAndSet(false, true)) {
            health.enterTerminalState();
        }
    }

    private void setHealth(ServingStatus status) {
        health.setStatus(WHOLE_SERVER, status);
        serviceNames.forEach(name -> health.setStatus(name, status));
    }
}
