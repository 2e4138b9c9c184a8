package io.knarr.server.account;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.UpsertMode;
import io.knarr.server.model.VectorData;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.model.WriteTerms;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.Table;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import io.knarr.server.testing.MovableClock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sweep over accounts, loaded or not, also of what was written before a restart. */
@Timeout(60)
class ExpirySweeperTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private final InMemoryStoreAdapter store = new InMemoryStoreAdapter();
    private final MovableClock clock = new MovableClock();

    @AfterEach
    void close() {
        pool.shutdownNow();
        store.close();
    }

    /** What a server has of it, over the store of the test. */
    private final class Server implements AutoCloseable {
        private final ReclaimSchedule schedule = new ReclaimSchedule();
        private final AccountDirectory directory = new AccountDirectory(store, clock);
        private final AccountBackends backends = new AccountBackends(
                directory,
                account -> AccountBackend.open(
                        account,
                        store.forAccount(account.number()),
                        IndexImages.none().forAccount(account.number()),
                        new IndexThreads(pool, SearchHelpers.NONE, pool, pool, pool, pool),
                        clock,
                        GraphPolicy.ofMachine(1L << 30),
                        new Cursors(CursorConfig.DEFAULT, System::nanoTime),
                        10,
                        schedule),
                AccountCacheConfig.ofBytes(1L << 30),
                pool,
                System::nanoTime,
                AccountCacheListener.NONE);
        private final ExpirySweeper sweeper = new ExpirySweeper(directory, backends, schedule, clock);

        void write(String account, long id, Optional<Duration> life) {
            try (AccountLease lease =
                    backends.acquireOrCreate(new AccountId(account), Optional.empty(), CallDeadline.NONE)) {
                if (lease.backend().listCollections(1, Optional.empty()).items().isEmpty()) {
                    lease.backend()
                            .createCollection(
                                    "docs",
                                    new Schema(List.of(new VectorSpec("default", 1, Metric.DOT)), List.of(), false),
                                    CallDeadline.NONE);
                }
                RecordDraft draft = new RecordDraft(
                        Optional.of(RecordId.of(id)),
                        new LinkedHashMap<>(),
                        Map.of("default", VectorData.of(1)),
                        life.map(clock.instant()::plus));
                lease.backend().upsert("docs", WriteTerms.NONE, UpsertMode.UPSERT, List.of(draft), CallDeadline.NONE);
            }
        }

        long stored(String name) {
            Account account = directory.find(new AccountId(name)).orElseThrow();
            long records = 0;
            try (StoreScan scan = store.forAccount(account.number()).scan(Table.RECORDS, KeyRange.all())) {
                while (scan.next()) {
                    records++;
                }
            }
            return records;
        }

        @Override
        public void close() {
            backends.close();
        }
    }

    @Test
    void whatExpiredIsReclaimedOfEveryAccountThatHasSuch() {
        try (Server server = new Server()) {
            server.write("acme", 1, Optional.of(MINUTE));
            server.write("acme", 2, Optional.empty());
            server.write("beta", 1, Optional.of(MINUTE.multipliedBy(2)));
            server.write("gamma", 1, Optional.empty());
            server.backends.evict(new AccountId("acme"));
            server.sweeper.run();
            assertThat(server.stored("acme")).isEqualTo(2);
            clock.move(MINUTE);
            server.sweeper.run();
            assertThat(server.stored("acme")).isEqualTo(1);
            assertThat(server.stored("beta")).isEqualTo(1);
            clock.move(MINUTE);
            server.sweeper.run();
            assertThat(server.stored("beta")).isZero();
            assertThat(server.stored("gamma")).isEqualTo(1);
            assertThat(server.schedule.size()).isZero();
        }
    }

    @Test
    void afterARestartTheFirstSweepFindsWhatWasWrittenBefore() {
        try (Server server = new Server()) {
            server.write("acme", 1, Optional.of(MINUTE));
            server.write("beta", 1, Optional.of(MINUTE.multipliedBy(2)));
            server.write("gamma", 1, Optional.empty());
        }
        clock.move(MINUTE);
        try (Server server = new Server()) {
            server.sweeper.run();
            assertThat(server.stored("acme")).isZero();
            assertThat(server.stored("beta")).isEqualTo(1);
            assertThat(server.backends.loadedCount())
                    .as("accounts without anything due or noted")
                    .isEqualTo(2);
            clock.move(MINUTE);
            server.sweeper.run();
            assertThat(server.stored("beta")).isZero();
        }
    }

    @Test
    void anAccountThatIsGoneIsForgotten() {
        try (Server server = new Server()) {
            server.write("acme", 1, Optional.of(MINUTE));
            server.backends.delete(new AccountId("acme"), Optional.empty(), CallDeadline.NONE);
            clock.move(MINUTE);
            server.sweeper.run();
            assertThat(server.schedule.size()).isZero();
            assertThat(server.backends.loadedCount()).isZero();
        }
    }
}
