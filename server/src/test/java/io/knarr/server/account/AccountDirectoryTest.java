package io.knarr.server.account;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.Page;
import io.knarr.server.store.KeyRange;
import io.knarr.server.store.StoreAdapter;
import io.knarr.server.store.StoreScan;
import io.knarr.server.store.StoreSnapshot;
import io.knarr.server.store.StoreView;
import io.knarr.server.store.Table;
import io.knarr.server.store.WriteBatch;
import io.knarr.server.store.memory.InMemoryStoreAdapter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AccountDirectoryTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000006Z");
    private static final AccountId ALPHA = new AccountId("alpha");

    private final StoreAdapter store = new InMemoryStoreAdapter();
    private AccountDirectory directory = open();

    private AccountDirectory open() {
        return new AccountDirectory(store, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void anAccountIsFoundAsItWasCreatedAlsoAfterReopening() {
        Account account = directory.create(ALPHA);

        assertThat(account.createTime()).isEqualTo(NOW);
        assertThat(directory.find(ALPHA)).contains(account);
        assertThat(open().find(ALPHA)).contains(account);
        assertThat(directory.find(new AccountId("alph"))).isEmpty();
        assertCode(() -> directory.create(ALPHA), ErrorCode.ACCOUNT_EXISTS);
    }

    @Test
    void deletingRemovesTheEntryAndEveryKeyOfTheAccount() {
        Account account = directory.create(ALPHA);
        StoreView view = store.forAccount(account.number());
        view.commit(new WriteBatch().put(Table.RECORDS, new byte[] {1}, new byte[] {2}));

        assertCode(() -> directory.delete(ALPHA, Optional.of(UUID.randomUUID())), ErrorCode.INCARNATION_MISMATCH);
        assertThat(view.get(Table.RECORDS, new byte[] {1})).isNotNull();
        assertThat(directory.delete(ALPHA, Optional.of(account.incarnation()))).isTrue();

        assertThat(view.get(Table.RECORDS, new byte[] {1})).isNull();
        assertThat(directory.find(ALPHA)).isEmpty();
        assertThat(directory.delete(ALPHA, Optional.empty())).isFalse();
        Account next = directory.create(ALPHA);
        assertThat(next.number()).isNotEqualTo(account.number());
        assertThat(next.incarnation()).isNotEqualTo(account.incarnation());
    }

    @Test
    void numbersAreNeverUsedAgainAcrossReopeningAndDeletion() {
        Set<Long> numbers = new HashSet<>();
        for (int session = 0; session < 4; session++) {
            directory = open();
            for (int i = 0; i < AccountNumbers.CHUNK / 2 + 100; i++) {
                AccountId id = new AccountId("account-" + i);
                assertThat(numbers.add(directory.create(id).number().value())).isTrue();
                directory.delete(id, Optional.empty());
            }
        }
    }

    @Test
    void theHighWaterMarkCannotBeLostUnnoticed() {
        directory.create(ALPHA);
        store.system().commit(new WriteBatch().delete(Table.CATALOG, AccountRecords.nextNumberKey()));

        assertCode(() -> open().create(new AccountId("beta")), ErrorCode.RECORD_CORRUPT);
    }

    @Test
    void sixtyFourThreadsCreateAThousandNamesOnceEach() throws Exception {
        Set<Long> numbers = ConcurrentHashMap.newKeySet();
        AtomicInteger refused = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(64)) {
            List<Future<?>> creators = new ArrayList<>();
            for (int thread = 0; thread < 64; thread++) {
                int first = thread * 50;
                creators.add(threads.submit(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        try {
                            AccountId id = new AccountId("account-" + (first + i) % 1_000);
                            numbers.add(directory.create(id).number().value());
                        } catch (ServiceException e) {
                            assertThat(e.code()).isEqualTo(ErrorCode.ACCOUNT_EXISTS);
                            refused.incrementAndGet();
                        }
                    }
                }));
            }
            for (Future<?> creator : creators) {
                creator.get();
            }
        }
        assertThat(numbers).hasSize(1_000);
        assertThat(refused).hasValue(63_000);
        assertThat(ids(listAll("", 37))).hasSize(1_000).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void everyFlippedBitOfAnEntryIsNoticedAndHarmsThatAccountOnly() {
        directory.create(ALPHA);
        Account beta = directory.create(new AccountId("beta"));
        byte[] key = AccountRecords.accountKey(ALPHA);
        byte[] good = requireNonNull(store.system().get(Table.CATALOG, key));
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            store.system().commit(new WriteBatch().put(Table.CATALOG, key, bad));

            assertCode(() -> directory.find(ALPHA), ErrorCode.RECORD_CORRUPT);
        }
        assertCode(() -> directory.create(ALPHA), ErrorCode.RECORD_CORRUPT);
        assertCode(() -> directory.delete(ALPHA, Optional.empty()), ErrorCode.RECORD_CORRUPT);
        assertThat(directory.find(beta.id())).contains(beta);
        assertThat(listAll("", 1)).containsExactly(beta);
    }

    @Test
    void anEntryUnderAnotherAccountsKeyIsNoticed() {
        directory.create(ALPHA);
        byte[] value = requireNonNull(store.system().get(Table.CATALOG, AccountRecords.accountKey(ALPHA)));
        AccountId beta = new AccountId("beta");
        store.system().commit(new WriteBatch().put(Table.CATALOG, AccountRecords.accountKey(beta), value));

        assertCode(() -> directory.find(beta), ErrorCode.RECORD_CORRUPT);
    }

    @Test
    void pagesHoldWhatStartsWithThePrefixInOrder() {
        for (String id : List.of("b", "a-2", "a-10", "a", "a.x", "ab", "0")) {
            directory.create(new AccountId(id));
        }

        assertThat(ids(listAll("a", 2))).containsExactly("a", "a-10", "a-2", "a.x", "ab");
        assertThat(ids(listAll("a-", 10))).containsExactly("a-10", "a-2");
        assertThat(ids(listAll("", 3))).containsExactly("0", "a", "a-10", "a-2", "a.x", "ab", "b");
        assertThat(listAll("no", 3)).isEmpty();
        assertThat(listAll("Ä", 3)).isEmpty();
        assertThat(listAll("x".repeat(1_000), 3)).isEmpty();
        assertThat(directory.list("a", 5, Optional.empty()).next())
                .as("nothing comes after")
                .isEmpty();
        assertThat(directory.list("a", 5, Optional.of(new AccountId("b"))).items())
                .isEmpty();
        assertThat(ids(directory.list("b", 5, Optional.of(ALPHA)).items())).containsExactly("b");
        assertThatThrownBy(() -> directory.list("", 0, Optional.empty())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pagesMissNothingThatWasThereWhileOthersAreCreated() throws Exception {
        List<String> there = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            there.add(
                    directory.create(new AccountId("there-" + (1_000 + i))).id().value());
        }
        try (ExecutorService creator = Executors.newSingleThreadExecutor()) {
            Future<?> creating = creator.submit(() -> {
                for (int i = 0; i < 2_000; i++) {
                    directory.create(new AccountId((i % 2 == 0 ? "later-" : "there-") + "x" + i));
                }
            });
            do {
                assertThat(ids(listAll("", 7))).containsAll(there).doesNotHaveDuplicates();
            } while (!creating.isDone());
            creating.get();
        }
    }

    @Test
    void aCreateCostsOneCommitBesidesItsShareOfAReservation() {
        CountingStore counting = new CountingStore(store);
        AccountDirectory counted = new AccountDirectory(counting, Clock.systemUTC());
        for (int i = 0; i < AccountNumbers.CHUNK; i++) {
            counted.create(new AccountId("account-" + i));
        }

        assertThat(counting.commits).hasValue(AccountNumbers.CHUNK + 1);
    }

    /** The second create of a name looks while the first one's commit is under way; those of two names are in their commits together. */
    @Test
    void changesOfOneNameQueueAndThoseOfTwoNamesShareAFlush() throws Exception {
        CountingStore slow = new CountingStore(store);
        AccountDirectory contended = new AccountDirectory(slow, Clock.systemUTC());
        contended.create(new AccountId("first")); // reserves numbers
        CyclicBarrier bothCommit = new CyclicBarrier(2);
        CountDownLatch mayEnd = new CountDownLatch(1);
        slow.onCommit = () -> {
            try {
                bothCommit.await(20, TimeUnit.SECONDS);
                assertThat(mayEnd.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException("The commits did not overlap", e);
            }
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Future<?> alpha = threads.submit(() -> contended.create(ALPHA));
            Future<?> beta = threads.submit(() -> contended.create(new AccountId("beta")));
            LeaseCacheTest.eventually(() -> slow.commits.get() == 4); // the reservation, first, alpha, beta
            Future<?> again = threads.submit(() -> assertCode(() -> contended.create(ALPHA), ErrorCode.ACCOUNT_EXISTS));
            assertThatThrownBy(() -> again.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            mayEnd.countDown();

            alpha.get();
            beta.get();
            again.get();
        }
        assertThat(slow.commits).hasValue(4);
    }

    @Test
    void aClosedStoreMeansTheServerIsStopping() {
        store.close();

        assertCode(() -> directory.find(ALPHA), ErrorCode.SERVER_STOPPING);
        assertCode(() -> directory.create(ALPHA), ErrorCode.SERVER_STOPPING);
        assertCode(() -> directory.list("", 10, Optional.empty()), ErrorCode.SERVER_STOPPING);
    }

    /** The documented bytes; an entry written once must be readable for ever. */
    @Test
    void theFormatOfAnEntryIsTheDocumentedOne() {
        byte[] key = AccountRecords.accountKey(ALPHA);
        Account account = new Account(ALPHA, new AccountNumber(0x0102030405060708L), new UUID(9, 10), NOW);

        assertThat(key).isEqualTo("\u0002alpha".getBytes(StandardCharsets.US_ASCII));
        assertThat(HexFormat.of().formatHex(AccountRecords.encode(account)))
                .startsWith("01" + "0102030405060708" + "0000000000000009" + "000000000000000a" + "00000000695735a5"
                        + "00000006")
                .hasSize(82);
        assertThat(AccountRecords.decode(key, AccountRecords.encode(account))).isEqualTo(account);
    }

    private List<Account> listAll(String prefix, int pageSize) {
        List<Account> all = new ArrayList<>();
        Optional<AccountId> after = Optional.empty();
        do {
            Page<Account, AccountId> page = directory.list(prefix, pageSize, after);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(pageSize);
            all.addAll(page.items());
            after = page.next();
        } while (after.isPresent());
        return all;
    }

    private static List<String> ids(List<Account> accounts) {
        return accounts.stream().map(account -> account.id().value()).toList();
    }

    private static void assertCode(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ServiceException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    /** Counts durable writes of the server's own keys. */
    private static final class CountingStore implements StoreAdapter {
        final AtomicInteger commits = new AtomicInteger();
        volatile Runnable onCommit = () -> {};
        private final StoreAdapter store;

        CountingStore(StoreAdapter store) {
            this.store = store;
        }

        @Override
        public UUID storeId() {
            return store.storeId();
        }

        @Override
        public StoreView system() {
            StoreView view = store.system();
            return new StoreView() {
                @Override
                public byte @Nullable [] get(Table table, byte[] key) {
                    return view.get(table, key);
                }

                @Override
                public List<byte @Nullable []> getAll(Table table, List<byte[]> keys) {
                    return view.getAll(table, keys);
                }

                @Override
                public void commit(WriteBatch batch) {
                    commits.incrementAndGet();
                    onCommit.run();
                    view.commit(batch);
                }

                @Override
                public StoreSnapshot snapshot() {
                    return view.snapshot();
                }

                @Override
                public StoreScan scan(Table table, KeyRange range) {
                    return view.scan(table, range);
                }
            };
        }

        @Override
        public StoreView forAccount(AccountNumber account) {
            return store.forAccount(account);
        }

        @Override
        public void dropAccount(AccountNumber account, WriteBatch systemBatch) {
            commits.incrementAndGet();
            store.dropAccount(account, systemBatch);
        }

        @Override
        public boolean isWritable() {
            return store.isWritable();
        }

        @Override
        public long sizeBytes() {
            return store.sizeBytes();
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
