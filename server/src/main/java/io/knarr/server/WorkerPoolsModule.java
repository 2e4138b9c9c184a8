package io.knarr.server;

import static java.util.Objects.requireNonNull;

import com.google.inject.AbstractModule;
import io.knarr.server.index.IndexThreads;
import java.util.concurrent.ExecutorService;

/** Binds the pools, each by its purpose. */
final class WorkerPoolsModule extends AbstractModule {
    private final WorkerPools pools;

    WorkerPoolsModule(WorkerPools pools) {
        this.pools = requireNonNull(pools, "pools is null");
    }

    @Override
    protected void configure() {
        bind(ExecutorService.class).annotatedWith(ForSearch.class).toInstance(pools.search());
        bind(ExecutorService.class).annotatedWith(ForLoading.class).toInstance(pools.loading());
        bind(ExecutorService.class).annotatedWith(ForWriting.class).toInstance(pools.writing());
        bind(IndexThreads.class)
                .toInstance(new IndexThreads(
                        pools.search(),
                        pools.searchHelpers(),
                        pools.loading(),
                        pools.writing(),
                        pools.compaction(),
                        pools.background()));
    }
}
