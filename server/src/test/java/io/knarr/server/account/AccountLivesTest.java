package io.knarr.server.account;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The directory and the cache together, over backends that write to the account's part of a store. */
final class AccountLivesTest {
    private static final AccountId ALPHA = new AccountId("alpha");
    private static final byte[] KEY = {7};

    private final StoreAdapter store = new InMemoryStoreAdapter();
    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private final ExecutorService writing = Executors.newFixedThreadPool(4);
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final ConcurrentHashMap<AccountId, Backend> live = new ConcurrentHashMap<>();
    private final AccountDirectory directory = new AccountDirectory(store, Clock.systemUTC(), pool, writing, _ -> {});
    private final AccountLives<Backend> lives = new AccountLives<>(
            directory,
            Backend::new,
            AccountCacheConfig.ofBytes(1L << 30),
            pool,
            System::nanoTime,
            AccountCacheListener.NONE);

    @AfterEach
    void closesEverything() throws InterruptedException {
        callers.shutdown();
        assertThat(callers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        lives.close();
        pool.shutdownNow();
        writing.shutdownNow();
        store.close();
        assertThat(live).isEmpty();
        assertThat(violations).isEmpty();
    }

    private LeaseCache.Lease<Backend> acquire() {
        return lives.acquire(ALPHA, Optional.empty(), CallDeadline.NONE);
    }

    private LeaseCache.Lease<Backend> acquireOrCreate() {
        return lives.acquireOrCreate(ALPHA, Optional.empty(), CallDeadline.NONE);
    }

    @Test
    void anAccountIsFoundOnlyOnceItIsCreated() {
        assertCode(this::acquire, ErrorCode.ACCOUNT_NOT_FOUND);
        UUID unknown = UUID.randomUUID();
        assertCode(
                () -> lives.acquireOrCreate(ALPHA, Optional.of(unknown), CallDeadline.NONE),
                ErrorCode.ACCOUNT_NOT_FOUND);
        assertThat(directory.find(ALPHA)).isEmpty();

        acquireOrCreate().close();
        acquire().close();
        assertThat(lives.loadedCount()).isEqualTo(1);
    }

    @Test
    void aCallerWhoMeansAnotherLifeIsRefusedAndDisturbsNobody() {
        acquireOrCreate().close();
        Optional<UUID> another = Optional.of(UUID.randomUUID());

        assertCode(() -> lives.acquire(ALPHA, another, CallDeadline.NONE), ErrorCode.INCARNATION_MISMATCH);
        assertCode(() -> lives.acquireOrCreate(ALPHA, another, CallDeadline.NONE), ErrorCode.INCARNATION_MISMATCH);
        assertCode(() -> lives.delete(ALPHA, another, CallDeadline.NONE), ErrorCode.INCARNATION_MISMATCH);

        assertThat(lives.loadedCount()).as("still in memory").isEqualTo(1);
        lives.evict(ALPHA);
        LeaseCacheTest.eventually(() -> lives.loadedCount() == 0);
    }

    @Test
    void aDeletedAccountIsGoneAndTheNextOneOfThatNameStartsEmpty() {
        UUID first;
        try (var lease = acquireOrCreate()) {
            first = lease.backend().account().incarnation();
            lease.backend().write();
            assertThat(lease.backend().read()).isEqualTo(first);
        }

        assertThat(lives.delete(ALPHA, Optional.of(first), CallDeadline.NONE)).isTrue();
        assertThat(lives.delete(ALPHA, Optional.empty(), CallDeadline.NONE)).isFalse();
        assertCode(this::acquire, ErrorCode.ACCOUNT_NOT_FOUND);

        try (var lease = acquireOrCreate()) {
            assertThat(lease.backend().account().incarnation()).isNotEqualTo(first);
            assertThat(lease.backend().read()).isNull();
        }
        assertCode(() -> lives.acquire(ALPHA, Optional.of(first), CallDeadline.NONE), ErrorCode.INCARNATION_MISMATCH);
    }

    @Test
    void deletionWaitsForCallsUnderWayAndLaterCallsWaitForIt() throws Exception {
        var lease = acquireOrCreate();
        Future<Boolean> deletion = callers.submit(() -> lives.delete(ALPHA, Optional.empty(), CallDeadline.NONE));
        LeaseCacheTest.eventually(() -> {
            try {
                Duration soon = Duration.ofMillis(20);
                lives.acquire(ALPHA, Optional.empty(), new LeaseCacheTest.Deadline(soon))
                        .close();
                return false;
            } catch (ServiceException e) {
                return e.code() == ErrorCode.DEADLINE_EXCEEDED;
            }
        });
        Future<?> later = callers.submit(() -> assertCode(this::acquire, ErrorCode.ACCOUNT_NOT_FOUND));
        lease.backend().write(); // a call under way may still write
        assertThat(deletion).isNotDone();
        lease.close();

        assertThat(deletion.get()).isTrue();
        later.get();
    }

    @Test
    void aDeletionThatRunsOutOfTimeLeavesTheAccountAsItWas() {
        var lease = acquireOrCreate();
        UUID incarnation = lease.backend().account().incarnation();
        lease.backend().write();

        assertCode(
                () -> lives.delete(ALPHA, Optional.empty(), new LeaseCacheTest.Deadline(Duration.ofMillis(60))),
                ErrorCode.DEADLINE_EXCEEDED);
        lease.close();

        try (var again = acquire()) {
            assertThat(again.backend().account().incarnation()).isEqualTo(incarnation);
            assertThat(again.backend().read()).isEqualTo(incarnation);
        }
    }

    /** Every backend checks that it is alone, that its life is the one the directory holds, and that it reads its own life only. */
    @ParameterizedTest
    @ValueSource(longs = {1, 0xC0FFEE, 20_260_101})
    void noLifeEverMeetsAnother(long seed) throws Exception {
        List<AccountId> ids = List.of(ALPHA, new AccountId("beta"), new AccountId("gamma"));
        AtomicInteger deletions = new AtomicInteger();
        List<Future<?>> threads = new ArrayList<>();
        for (int thread = 0; thread < 12; thread++) {
            Random random = new Random(seed * 31 + thread);
            threads.add(callers.submit(() -> {
                for (int turn = 0; turn < 400; turn++) {
                    AccountId id = ids.get(random.nextInt(ids.size()));
                    int dice = random.nextInt(20);
                    if (dice == 0) {
                        lives.evict(id);
                    } else if (dice <= 2) {
                        deletions.addAndGet(lives.delete(id, Optional.empty(), CallDeadline.NONE) ? 1 : 0);
                    } else if (dice <= 8) {
                        useIfThere(id);
                    } else {
                        try (var lease = lives.acquireOrCreate(id, Optional.empty(), CallDeadline.NONE)) {
                            lease.backend().check();
                        }
                    }
                }
            }));
        }
        for (Future<?> thread : threads) {
            thread.get(120, TimeUnit.SECONDS);
        }
        assertThat(deletions.get()).isPositive();
        assertThat(violations).isEmpty();
    }

    private void useIfThere(AccountId id) {
        try (var lease = lives.acquire(id, Optional.empty(), CallDeadline.NONE)) {
            lease.backend().check();
        } catch (ServiceException e) {
            if (e.code() != ErrorCode.ACCOUNT_NOT_FOUND) {
                throw e;
            }
        }
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ServiceException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    /** Writes its incarnation into the account's keys. */
    private final class Backend implements AccountLives.Life {
        private final Account account;
        private final StoreView view;

        Backend(Account account) {
            this.account = account;
            this.view = store.forAccount(account.number());
            if (live.putIfAbsent(account.id(), this) != null) {
                violations.add("Two live backends of " + account.id());
            }
        }

        void check() {
            UUID found = read();
            if (found != null && !found.equals(account.incarnation())) {
                violations.add("Read another life of " + account.id());
            }
            write();
            if (!Optional.of(account).equals(directory.find(account.id()))) {
                violations.add("Serves a life that is over: " + account.id());
            }
        }

        void write() {
            view.commit(new WriteBatch()
                    .put(Table.RECORDS, KEY, account.incarnation().toString().getBytes(US_ASCII)));
        }

        @Nullable
        UUID read() {
            byte[] value = view.get(Table.RECORDS, KEY);
            return value == null ? null : UUID.fromString(new String(value, US_ASCII));
        }

        @Override
        public Account account() {
            return account;
        }

        @Override
        public long footprintBytes() {
            return 1_000;
        }

        @Override
        public void close() {
            if (!live.remove(account.id(), this)) {
                violations.add("Closed a backend that was not the live one");
            }
        }
    }
}
