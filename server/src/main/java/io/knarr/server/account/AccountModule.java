package io.knarr.server.account;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.multibindings.OptionalBinder;
import io.knarr.server.index.BackendLoader;
import io.knarr.server.index.IndexThreads;
import io.knarr.server.index.ReclaimSchedule;
import io.knarr.server.store.StoreAdapter;
import java.time.Clock;

/**
 * Wires the directory of accounts and the cache of their backends.
 *
 * <p>Bound elsewhere: {@link StoreAdapter}, {@link Clock}, {@link IndexThreads}, {@link BackendLoader}, {@link AccountCacheConfig}. An
 * {@link AccountCacheListener} may be, by {@link OptionalBinder}. Whoever runs the server calls {@link AccountBackends#runMaintenance}
 * and, before the store is closed, {@link AccountBackends#close}.
 */
public final class AccountModule extends AbstractModule {
    @Override
    protected void configure() {
        OptionalBinder.newOptionalBinder(binder(), AccountCacheListener.class)
                .setDefault()
                .toInstance(AccountCacheListener.NONE);
    }

    @Provides
    @Singleton
    AccountDirectory directory(StoreAdapter store, Clock clock, IndexThreads threads, BackendLoader loader) {
        return new AccountDirectory(store, clock, threads.loading(), threads.writing(), loader::deleted);
    }

    @Provides
    @Singleton
    ExpirySweeper sweeper(AccountDirectory directory, AccountBackends backends, ReclaimSchedule schedule, Clock clock) {
        return new ExpirySweeper(directory, backends, schedule, clock);
    }

    @Provides
    @Singleton
    AccountBackends backends(
            AccountDirectory directory,
            BackendLoader loader,
            AccountCacheConfig config,
            IndexThreads threads,
            AccountCacheListener listener) {
        return new AccountBackends(directory, loader, config, threads.loading(), System::nanoTime, listener);
    }
}
