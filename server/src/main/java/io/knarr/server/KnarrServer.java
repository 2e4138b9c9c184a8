package io.knarr.server;

import static java.util.Objects.requireNonNull;

import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Stage;
import com.google.inject.spi.Message;
import io.knarr.server.account.AccountBackends;
import io.knarr.server.account.AccountDirectory;
import io.knarr.server.account.ExpirySweeper;
import io.knarr.server.config.ConfigException;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.error.ServiceException;
import io.knarr.server.http.OperatorHttpServer;
import io.knarr.server.http.OperatorPages;
import io.knarr.server.index.Cursors;
import io.knarr.server.index.IndexImages;
import io.knarr.server.rpc.GrpcServer;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreException;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.store.rocksdb.RocksDbStoreAdapter;
import io.knarr.server.telemetry.ServerMetrics;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server that serves, from {@link #start} to {@link #close}. Thread-safe.
 *
 * <p>The order of the start is the order of need, and the stop is its reverse: nothing is called that is not there, and the store, which
 * everything may still write to, closes last. The store is opened before the injector is made and handed to it, so there can only be one,
 * and its failure comes out as it is and not wrapped in one of Guice's.
 */
public final class KnarrServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KnarrServer.class);

    private static final Duration STORE_STOP_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_SLACK = Duration.ofSeconds(10);
    private static final Duration POOLS_STOP_LIMIT = Duration.ofSeconds(10);
    private static final Duration HTTP_STOP_LIMIT = Duration.ofSeconds(5);
    private static final Duration READY_STOP_LIMIT = Duration.ofSeconds(1);

    static {
        // Guice makes classes at run time to call constructors a little faster, by a part of the JDK that warns on
        // standard error that it will go. Ours are called once, at the start.
        System.setProperty("guice_bytecode_gen_option", "DISABLED");
    }

    private final ServerLifecycle lifecycle = new ServerLifecycle();
    private final ServerSettings settings;

    private volatile boolean ready;
    private int grpcPort;
    private int httpPort;
    private UUID storeId = new UUID(0, 0);

    private KnarrServer(ServerSettings settings) {
        this.settings = requireNonNull(settings, "settings is null");
    }

    /**
     * Starts a server, and returns when it serves. If anything fails, what was opened is closed in reverse; the first failure is the one
     * thrown, and those of closing are suppressed in it.
     *
     * @throws ConfigException if the settings do not fit this machine
     * @throws StoreException if the store cannot be opened
     * @throws StartException for other reasons that an operator can remove, such as a port that is taken
     */
    public static KnarrServer start(ServerSettings settings) {
        KnarrServer server = new KnarrServer(settings);
        try {
            server.startSteps();
            return server;
        } catch (RuntimeException | Error e) {
            server.lifecycle.stop().forEach(e::addSuppressed);
            throw e;
        } catch (Exception e) {
            server.lifecycle.stop().forEach(e::addSuppressed);
            throw new StartException(ExitCode.FAILED, "The server could not be started: " + e.getMessage(), e);
        }
    }

    private void startSteps() throws Exception {
        Preflight.check(settings.store(), settings.listen());
        log.info("Kernels: {}", Kernels.description());
        StoreAdapter store = lifecycle.start("store", STORE_STOP_LIMIT, this::openStore, StoreAdapter::close);
        storeId = store.storeId();
        WorkerPools pools =
                lifecycle.start("pools", POOLS_STOP_LIMIT, () -> new WorkerPools(settings.pools()), WorkerPools::close);
        ServerMetrics metrics = metricsOf(store);
        Injector injector = inject(new ServerModule(settings, store, pools, metrics));
        sweepImages(injector.getInstance(IndexImages.class), injector.getInstance(AccountDirectory.class));
        AccountBackends accounts = lifecycle.start(
                "accounts",
                settings.accounts().drainTimeout().plus(STOP_SLACK),
                () -> watched(injector.getInstance(AccountBackends.class), metrics),
                AccountBackends::close);
        Cursors cursors = watched(injector.getInstance(Cursors.class), metrics);
        lifecycle.start(
                "maintenance",
                READY_STOP_LIMIT,
                () -> repeat(
                        "knarr-maintenance",
                        settings.accounts().maintenanceInterval(),
                        "Maintenance of accounts",
                        () -> {
                            cursors.runMaintenance();
                            accounts.runMaintenance();
                        }),
                ScheduledExecutorService::shutdownNow);
        ExpirySweeper sweeper = injector.getInstance(ExpirySweeper.class);
        lifecycle.start(
                "expiry",
                READY_STOP_LIMIT,
                () -> repeat("knarr-expiry", settings.expiry().sweepInterval(), "Sweep of what expired", sweeper::run),
                ScheduledExecutorService::shutdownNow);
        OperatorHttpServer http = lifecycle.start(
                "http", HTTP_STOP_LIMIT, () -> listenHttp(new Pages(store, metrics)), OperatorHttpServer::close);
        httpPort = http.port();
        // After HTTP, so that whoever watches sees calls drain, and a taken port is found before the first call is let
        // in.
        lifecycle.start(
                "grpc",
                settings.rpc().drainTimeout().plus(STOP_SLACK),
                () -> listenGrpc(injector.getInstance(GrpcServer.class)),
                GrpcServer::drain);
        lifecycle.start("readiness", READY_STOP_LIMIT, () -> ready = true, _ -> ready = false);
    }

    private StoreAdapter openStore() {
        if (settings.store().inMemory()) {
            return new InMemoryStoreAdapter();
        }
        return RocksDbStoreAdapter.open(settings.durable());
    }

    private static Injector inject(ServerModule module) {
        try {
            return Guice.createInjector(Stage.PRODUCTION, module);
        } catch (CreationException e) {
            // What is wrong with a file of keys comes as an argument that is refused, once per place that needs it.
            Optional<String> refused = e.getErrorMessages().stream()
                    .map(Message::getCause)
                    .filter(IllegalArgumentException.class::isInstance)
                    .map(Throwable::getMessage)
                    .findFirst();
            throw refused.<RuntimeException>map(message -> new StartException(ExitCode.USAGE, message, e))
                    .orElse(e);
        }
    }

    private static void sweepImages(IndexImages images, AccountDirectory directory) {
        try {
            images.keepOnly(directory::numbersInUse);
        } catch (ServiceException e) {
            // They take disk and nothing else; the next start tries again.
            log.warn("Images of deleted accounts not swept", e);
        }
    }

    private static AccountBackends watched(AccountBackends accounts, ServerMetrics metrics) {
        metrics.watch("knarr_accounts_loaded", "Accounts in memory.", accounts::loadedCount);
        metrics.watch("knarr_accounts_loaded_bytes", "What they take there.", accounts::loadedBytes);
        return accounts;
    }

    private static Cursors watched(Cursors cursors, ServerMetrics metrics) {
        metrics.watch("knarr_cursors_open", "Views kept between the pages of listings.", cursors::openCount);
        metrics.watch("knarr_cursors_bytes", "What their orders take in memory.", cursors::bytes);
        return cursors;
    }

    /** Runs a task again and again, on a thread of its own. */
    private static ScheduledExecutorService repeat(String thread, Duration interval, String what, Runnable task) {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(thread).factory());
        long nanos = interval.toNanos();
        var _ = scheduler.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        // The edge of a background task: one that throws would never run again.
                        log.error("{} failed", what, e);
                    }
                },
                nanos,
                nanos,
                TimeUnit.NANOSECONDS);
        return scheduler;
    }

    private GrpcServer listenGrpc(GrpcServer grpc) {
        InetSocketAddress address = new InetSocketAddress(
                settings.listen().address(), settings.listen().grpcPort());
        try {
            grpcPort = grpc.start();
            return grpc;
        } catch (IOException e) {
            grpc.close();
            throw cannotListen("gRPC", address, "--grpc-port", e);
        }
    }

    private static ServerMetrics metricsOf(StoreAdapter store) {
        ServerMetrics metrics = new ServerMetrics(ServerVersion.current());
        metrics.watch("knarr_store_size_bytes", "What the store takes, an estimate.", store::sizeBytes);
        metrics.watch(
                "knarr_store_writable",
                "1 while the store takes writes; 0 after a failure of unknown outcome, until a restart.",
                () -> store.isWritable() ? 1 : 0);
        return metrics;
    }

    private OperatorHttpServer listenHttp(OperatorPages pages) {
        InetSocketAddress address = new InetSocketAddress(
                settings.listen().address(), settings.listen().httpPort());
        try {
            return OperatorHttpServer.start(address, pages);
        } catch (IOException e) {
            throw cannotListen("HTTP", address, "--http-port", e);
        }
    }

    private static StartException cannotListen(String what, InetSocketAddress address, String flag, IOException cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new StartException(
                ExitCode.FAILED,
                "The " + what + " port cannot be had: " + hostAndPort(address.getAddress(), address.getPort()) + " ("
                        + root.getMessage() + "). Choose another with " + flag + " PORT, 0 for any free one",
                cause);
    }

    /** Returns an address as it is written before a port: an IPv6 one in brackets. */
    static String hostAndPort(InetAddress address, int port) {
        String host = address.getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /** Returns the port of gRPC, also where the setting was 0. */
    public int grpcPort() {
        return grpcPort;
    }

    /** Returns the port of health and metrics, also where the setting was 0. */
    public int httpPort() {
        return httpPort;
    }

    /** Returns what the store was named when it was made; it stays the same over restarts. */
    public UUID storeId() {
        return storeId;
    }

    /** Returns what the server was told. */
    public ServerSettings settings() {
        return settings;
    }

    /** Waits until the server is stopped. An interrupt ends the wait and is kept. */
    public void awaitTermination() {
        lifecycle.awaitStopped();
    }

    /**
     * Stops in order: calls are refused and health says so, calls under way end, the store closes last. Each step has its own time limit
     * and is logged. A second call waits for the first.
     */
    @Override
    public void close() {
        // Logged where they happened; by now nobody is left who could act on them.
        var _ = lifecycle.stop();
    }

    private final class Pages implements OperatorPages {
        private final StoreAdapter store;
        private final ServerMetrics metrics;

        private Pages(StoreAdapter store, ServerMetrics metrics) {
            this.store = store;
            this.metrics = metrics;
        }

        @Override
        public boolean isAlive() {
            return store.isWritable();
        }

        @Override
        public boolean isReady() {
            return ready && !lifecycle.isStopping();
        }

        @Override
        public String metricsContentType() {
            return ServerMetrics.CONTENT_TYPE;
        }

        @Override
        public void writeMetrics(OutputStream output) throws IOException {
            metrics.write(output);
        }
    }
}
