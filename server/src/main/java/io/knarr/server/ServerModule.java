package io.knarr.server;

import static java.util.Objects.requireNonNull;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.multibindings.OptionalBinder;
import io.knarr.server.account.AccountCacheConfig;
import io.knarr.server.account.AccountCacheListener;
import io.knarr.server.account.AccountModule;
import io.knarr.server.engine.kernel.Kernels;
import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.BackendLoader;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.index.Cursors;
import io.knarr.server.index.GraphPolicy;
import io.knarr.server.index.IndexImages;
import io.knarr.server.index.IndexThreads;
import io.knarr.server.index.ReclaimSchedule;
import io.knarr.server.model.Account;
import io.knarr.server.rpc.CallListener;
import io.knarr.server.rpc.ForCalls;
import io.knarr.server.rpc.IngestConfig;
import io.knarr.server.rpc.Limits;
import io.knarr.server.rpc.RpcConfig;
import io.knarr.server.rpc.RpcModule;
import io.knarr.server.rpc.ServerIdentity;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.telemetry.ServerMetrics;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.Executor;

/** Installs the module of every package, over the few things that the process owns: the store, the pools, the metrics, the clock. */
final class ServerModule extends AbstractModule {
    private final ServerSettings settings;
    private final StoreAdapter store;
    private final WorkerPools pools;
    private final ServerMetrics metrics;

    ServerModule(ServerSettings settings, StoreAdapter store, WorkerPools pools, ServerMetrics metrics) {
        this.settings = requireNonNull(settings, "settings is null");
        this.store = requireNonNull(store, "store is null");
        this.pools = requireNonNull(pools, "pools is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
    }

    @Override
    protected void configure() {
        binder().disableCircularProxies();
        binder().requireExplicitBindings();
        binder().requireAtInjectOnConstructors();
        binder().requireExactBindingAnnotations();
        bind(StoreAdapter.class).toInstance(store);
        bind(Clock.class).toInstance(Clock.systemUTC());
        bind(ReclaimSchedule.class).toInstance(new ReclaimSchedule());
        bind(Limits.class).toInstance(settings.limits());
        bind(RpcConfig.class).toInstance(settings.rpc());
        bind(IngestConfig.class).toInstance(settings.ingests());
        bind(CursorConfig.class).toInstance(settings.cursors());
        bind(Cursors.class).toInstance(new Cursors(settings.cursors(), System::nanoTime));
        bind(AccountCacheConfig.class).toInstance(settings.accounts());
        bind(ServerIdentity.class)
                .toInstance(new ServerIdentity(
                        ServerVersion.current(), store.storeId(), Instant.now(), Kernels.description()));
        bind(IndexImages.class)
                .toInstance(
                        settings.store().inMemory()
                                ? IndexImages.none()
                                : IndexImages.in(settings.store().directory().resolve("images")));
        bind(CallListener.class).toInstance(metrics);
        bind(Executor.class).annotatedWith(ForCalls.class).toInstance(pools.calls());
        install(new WorkerPoolsModule(pools));
        install(new AccountModule());
        install(new RpcModule());
        OptionalBinder.newOptionalBinder(binder(), AccountCacheListener.class)
                .setBinding()
                .toInstance(metrics);
    }

    @Provides
    @Singleton
    BackendLoader backendLoader(
            IndexImages images, IndexThreads threads, Clock clock, Cursors cursors, ReclaimSchedule schedule) {
        int maxCollections = settings.limits().maxCollectionsPerAccount();
        GraphPolicy graphs = GraphPolicy.ofMachine(settings.accounts().maxBytes());
        return new BackendLoader() {
            @Override
            public AccountBackend load(Account account) {
                return AccountBackend.open(
                        account,
                        store.forAccount(account.number()),
                        images.forAccount(account.number()),
                        threads,
                        clock,
                        graphs,
                        cursors,
                        maxCollections,
                        schedule);
            }

            @Override
            public void deleted(Account account) {
                cursors.closeAll(account.number());
                images.drop(account.number());
            }
        };
    }
}
