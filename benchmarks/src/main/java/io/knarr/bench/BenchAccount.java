package io.knarr.bench;

import io.knarr.server.engine.SearchHelpers;
import io.knarr.server.index.AccountBackend;
import io.knarr.server.index.CursorConfig;
import io.knarr.server.index.Cursors;
import io.knarr.server.index.GraphPolicy;
import io.knarr.server.index.IndexImages;
import io.knarr.server.index.IndexThreads;
import io.knarr.server.index.ReclaimSchedule;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.StoreAdapter;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/** An account in this process, with threads of its own: for benches that leave the network out. */
final class BenchAccount implements AutoCloseable {
    private static final Account ACCOUNT =
            new Account(new AccountId("bench"), new AccountNumber(1), new UUID(0, 1), Instant.EPOCH);
    private static final int MAX_COLLECTIONS = 10;

    private final List<ExecutorService> pools =
            Stream.generate(Executors::newSingleThreadExecutor).limit(5).toList();
    private final AccountBackend backend;

    /** @param store stays the caller's, who closes it after this */
    BenchAccount(StoreAdapter store, IndexImages images) {
        backend = AccountBackend.open(
                ACCOUNT,
                store.forAccount(ACCOUNT.number()),
                images.forAccount(ACCOUNT.number()),
                new IndexThreads(
                        pools.get(0), SearchHelpers.NONE, pools.get(1), pools.get(2), pools.get(3), pools.get(4)),
                Clock.systemUTC(),
                GraphPolicy.ofMachine(0),
                new Cursors(CursorConfig.DEFAULT, System::nanoTime),
                MAX_COLLECTIONS,
                new ReclaimSchedule());
    }

    AccountBackend backend() {
        return backend;
    }

    /** Returns what the account takes in memory once its threads have nothing left to do. */
    long settledBytes() {
        long before;
        do {
            before = backend.footprintBytes();
            // What one thread does may give another one work, so more often than there are threads.
            for (int round = 0; round <= pools.size(); round++) {
                pools.forEach(pool -> CompletableFuture.runAsync(() -> {}, pool).join());
            }
        } while (backend.footprintBytes() != before);
        return before;
    }

    @Override
    public void close() {
        backend.close();
        pools.forEach(ExecutorService::close);
    }
}
