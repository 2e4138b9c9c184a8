package io.knarr.server;

import static java.util.Objects.requireNonNull;

import com.google.inject.AbstractModule;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.telemetry.ServerMetrics;
import java.time.Clock;

/** Installs the module of every package, over the few things that the process owns: the store, the pools, the metrics, the clock. */
final class ServerModule extends AbstractModule {
    private final StoreAdapter store;
    private final WorkerPools pools;
    private final ServerMetrics metrics;

    ServerModule(StoreAdapter store, WorkerPools pools, ServerMetrics metrics) {
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
        bind(ServerMetrics.class).toInstance(metrics);
        bind(Clock.class).toInstance(Clock.systemUTC());
        install(new WorkerPoolsModule(pools));
    }
}
