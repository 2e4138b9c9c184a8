package io.knarr.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.knarr.server.model.AccountNumber;
import io.knarr.server.store.StoreException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store must do. Each implementation runs these tests. */
@Timeout(60)
public abstract class StoreAdapterContract {
    protected static final AccountNumber ALPHA = new AccountNumber(1);
    protected static final AccountNumber BETA = new AccountNumber(2);

    /** Neighbours in every byte of the key, so that a slip of one bit or one byte meets somebody. */
    private static final List<AccountNumber> NEIGHBOURS = List.of(
            new AccountNumber(1),
            new AccountNumber(2),
            new AccountNumber(254),
            new AccountNumber(255),
            new AccountNumber(256),
            new AccountNumber(257),
            new AccountNumber(511),
            new AccountNumber(512),
            new AccountNumber(65_535),
            new AccountNumber(65_536),
            new AccountNumber(1L << 40),
            new AccountNumber((1L << 40) + 1),
            new AccountNumber(Long.MAX_VALUE - 1),
            new AccountNumber(Long.MAX_VALUE));

    protected StoreAdapter store;

    /** Opens a store with nothing in it. */
    protected abstract StoreAdapter openEmpty();

    /** Closes the store and opens it again over what it left behind; a volatile store returns it as it is. */
    protected abstract StoreAdapter reopen(StoreAdapter open);

    @BeforeEach
    void openStore() {
        store = openEmpty();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void absentKeysHaveNoValue() {
        for (Table table : Table.values()) {
            assertThat(store.forAccount(ALPHA).get(table, bytes("nothing"))).isNull();
            assertThat(store.system().get(table, bytes("nothing"))).isNull();
        }
        assertThat(store.isWritable()).isTrue();
        assertThat(store.sizeBytes()).isNotNegative();
    }

    @Test
    void aBatchIsAppliedInItsOrder() {
        StoreView view = store.forAccount(ALPHA);

        view.commit(new WriteBatch()
                .put(Table.RECORDS, bytes("a"), bytes("1"))
                .put(Table.RECORDS, bytes("a"), bytes("2"))
                .put(Table.RECORDS, bytes("b"), bytes("3"))
                .delete(Table.RECORDS, bytes("b"))
                .put(Table.RECORDS, bytes("c"), bytes("4"))
                .deleteRange(Table.RECORDS, KeyRange.startingWith(bytes("c")))
                .put(Table.RECORDS, bytes("d"), bytes("5"))
                .deleteRange(Table.RECORDS, KeyRange.startingWith(bytes("d")))
                .put(Table.RECORDS, bytes("d"), bytes("6")));

        assertThat(contents(view, Table.RECORDS)).containsExactly(Map.entry("61", "32"), Map.entry("64", "36"));
    }

    @Test
    void tablesAreKeySpacesOfTheirOwn() {
        StoreView view = store.forAccount(ALPHA);
        for (Table table : Table.values()) {
            view.commit(new WriteBatch().put(table, bytes("key"), bytes(table.name())));
        }

        view.commit(new WriteBatch().deleteRange(Table.SNAPSHOTS, KeyRange.all()));

        assertThat(view.get(Table.CATALOG, bytes("key"))).isEqualTo(bytes("CATALOG"));
        assertThat(view.get(Table.RECORDS, bytes("key"))).isEqualTo(bytes("RECORDS"));
        assertThat(view.get(Table.SNAPSHOTS, bytes("key"))).isNull();
        assertThat(view.get(Table.OPERATIONS, bytes("key"))).isEqualTo(bytes("OPERATIONS"));
    }

    @Test
    void anEmptyBatchChangesNothing() {
        store.forAccount(ALPHA).commit(new WriteBatch());

        assertThat(contents(store.forAccount(ALPHA), Table.RECORDS)).isEmpty();
    }

    @Test
    void keysComeInUnsignedByteOrder() {
        StoreView view = store.forAccount(ALPHA);
        List<String> keys =
                List.of("", "00", "0000", "00ff", "01", "7f", "7fff", "80", "80ff", "fe", "ff", "ff00", "ffff");
        WriteBatch batch = new WriteBatch();
        keys.reversed().forEach(key -> batch.put(Table.RECORDS, hex(key), hex(key)));
        view.commit(batch);

        assertThat(contents(view, Table.RECORDS).keySet()).containsExactlyElementsOf(keys);
        assertThat(keys(view, KeyRange.startingWith(hex("ff")))).containsExactly("ff", "ff00", "ffff");
        assertThat(keys(view, KeyRange.startingWith(hex("00")))).containsExactly("00", "0000", "00ff");
        assertThat(keys(view, KeyRange.startingWith(hex("7f")))).containsExactly("7f", "7fff");
        assertThat(keys(view, KeyRange.startingWith(hex("ffff")))).containsExactly("ffff");
        assertThat(keys(view, KeyRange.startingWith(hex("ab")))).isEmpty();
        assertThat(keys(view, KeyRange.all().after(hex("")))).containsExactlyElementsOf(keys.subList(1, keys.size()));
        assertThat(keys(view, KeyRange.all().after(hex("80")))).containsExactly("80ff", "fe", "ff", "ff00", "ffff");
        assertThat(keys(view, KeyRange.startingWith(hex("00")).after(hex("00"))))
                .containsExactly("0000", "00ff");
        assertThat(keys(view, KeyRange.startingWith(hex("00")).after(hex("00ff"))))
                .isEmpty();
        assertThat(keys(view, KeyRange.all().after(hex("ffff")))).isEmpty();
        assertThat(keys(view, KeyRange.startingWith(hex("00")).after(hex("80"))))
                .as("nothing lies after a key past the range")
                .isEmpty();
    }

    @Test
    void aRangeIsDeletedUpToItsEnd() {
        StoreView view = store.forAccount(ALPHA);
        WriteBatch batch = new WriteBatch();
        for (String key : List.of("", "00", "0aff", "0b", "0bff", "0c", "ff", "ffff")) {
            batch.put(Table.RECORDS, hex(key), bytes("x"));
        }
        view.commit(batch);

        view.commit(new WriteBatch().deleteRange(Table.RECORDS, KeyRange.startingWith(hex("0b"))));
        assertThat(keys(view, KeyRange.all())).containsExactly("", "00", "0aff", "0c", "ff", "ffff");

        view.commit(new WriteBatch()
                .deleteRange(Table.RECORDS, KeyRange.startingWith(hex("00")).after(hex("ff"))));
        assertThat(keys(view, KeyRange.all())).hasSize(6);

        view.commit(new WriteBatch().deleteRange(Table.RECORDS, KeyRange.all().after(hex("0c"))));
        assertThat(keys(view, KeyRange.all())).containsExactly("", "00", "0aff", "0c");

        view.commit(new WriteBatch().deleteRange(Table.RECORDS, KeyRange.all()));
        assertThat(keys(view, KeyRange.all())).isEmpty();
    }

    @Test
    void valuesMayBeEmptyOrLarge() {
        StoreView view = store.forAccount(ALPHA);
        byte[] large = new byte[1 << 20];
        new Random(7).nextBytes(large);
        view.commit(new WriteBatch()
                .put(Table.SNAPSHOTS, bytes("empty"), new byte[0])
                .put(Table.SNAPSHOTS, bytes("large"), large));
        store = reopen(store);
        view = store.forAccount(ALPHA);

        assertThat(view.get(Table.SNAPSHOTS, bytes("empty"))).isNotNull().isEmpty();
        assertThat(view.get(Table.SNAPSHOTS, bytes("large"))).isEqualTo(large);
        try (StoreScan scan = view.scan(Table.SNAPSHOTS, KeyRange.all())) {
            assertThat(scan.next()).isTrue();
            assertThat(scan.value()).isEmpty();
            assertThat(scan.next()).isTrue();
            assertThat(scan.value()).isEqualTo(large);
            assertThat(scan.next()).isFalse();
        }
    }

    @Test
    void manyKeysAreReadInTheirOrder() {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch()
                .put(Table.RECORDS, bytes("a"), bytes("1"))
                .put(Table.RECORDS, bytes("b"), new byte[0])
                .put(Table.RECORDS, bytes("c"), bytes("3")));
        store.forAccount(BETA).commit(new WriteBatch().put(Table.RECORDS, bytes("z"), bytes("9")));

        List<byte @Nullable []> values = view.getAll(
                Table.RECORDS, List.of(bytes("c"), bytes("z"), bytes("a"), bytes("c"), bytes(""), bytes("b")));

        assertThat(values).containsExactly(bytes("3"), null, bytes("1"), bytes("3"), null, bytes(""));
        assertThat(view.getAll(Table.RECORDS, List.of())).isEmpty();
    }

    @Test
    void arraysBelongToTheCaller() {
        StoreView view = store.forAccount(ALPHA);
        byte[] key = bytes("key");
        byte[] value = bytes("value");
        view.commit(new WriteBatch().put(Table.RECORDS, key, value));
        Arrays.fill(key, (byte) 0);
        Arrays.fill(value, (byte) 0);
        Arrays.fill(view.get(Table.RECORDS, bytes("key")), (byte) 0);
        try (StoreScan scan = view.scan(Table.RECORDS, KeyRange.all())) {
            assertThat(scan.next()).isTrue();
            Arrays.fill(scan.key(), (byte) 0);
            Arrays.fill(scan.value(), (byte) 0);
            assertThat(scan.key()).isEqualTo(bytes("key"));
            assertThat(scan.value()).isEqualTo(bytes("value"));
        }

        assertThat(view.get(Table.RECORDS, bytes("key"))).isEqualTo(bytes("value"));
    }

    @Test
    void aScanSeesTheMomentItWasOpened() {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch()
                .put(Table.RECORDS, bytes("a"), bytes("1"))
                .put(Table.RECORDS, bytes("b"), bytes("1"))
                .put(Table.RECORDS, bytes("c"), bytes("1")));

        try (StoreScan scan = view.scan(Table.RECORDS, KeyRange.all())) {
            view.commit(new WriteBatch()
                    .put(Table.RECORDS, bytes("a"), bytes("2"))
                    .delete(Table.RECORDS, bytes("b"))
                    .put(Table.RECORDS, bytes("bb"), bytes("2")));
            assertThat(rest(scan)).containsExactly(Map.entry("61", "31"), Map.entry("62", "31"), Map.entry("63", "31"));
            assertThat(scan.next()).isFalse();
        }
        assertThat(contents(view, Table.RECORDS))
                .containsExactly(Map.entry("61", "32"), Map.entry("6262", "32"), Map.entry("63", "31"));
    }

    @Test
    void aScanIsUsedInItsPlaceAndByItsThreadOnly() throws Exception {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch().put(Table.RECORDS, bytes("a"), bytes("1")));
        StoreScan scan = view.scan(Table.RECORDS, KeyRange.all());
        assertThatIllegalStateException().as("before the first").isThrownBy(scan::key);
        assertThat(scan.next()).isTrue();

        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            executor.submit(() -> {
                        assertThatIllegalStateException().isThrownBy(scan::next);
                        assertThatIllegalStateException().isThrownBy(scan::value);
                        assertThatIllegalStateException().isThrownBy(scan::close);
                    })
                    .get();
        }

        assertThat(scan.next()).isFalse();
        assertThatIllegalStateException().as("past the last").isThrownBy(scan::value);
        scan.close();
        scan.close();
        assertThatIllegalStateException().as("closed").isThrownBy(scan::next);
        assertThatIllegalStateException().as("closed").isThrownBy(scan::key);
    }

    @Test
    void noAccountSeesAnothersKeys() {
        fillNeighbours();

        for (AccountNumber account : NEIGHBOURS) {
            assertThat(contents(store.forAccount(account), Table.RECORDS))
                    .as("account %s", account.value())
                    .isEqualTo(contentsOf(account.value()));
        }
        assertThat(contents(store.system(), Table.RECORDS)).isEqualTo(contentsOf(0));
    }

    @Test
    void noAccountDeletesAnothersKeys() {
        for (AccountNumber vandal : NEIGHBOURS) {
            fillNeighbours();

            store.forAccount(vandal).commit(new WriteBatch().deleteRange(Table.RECORDS, KeyRange.all()));

            assertThat(keys(store.forAccount(vandal), KeyRange.all())).isEmpty();
            for (AccountNumber account : NEIGHBOURS) {
                if (!account.equals(vandal)) {
                    assertThat(contents(store.forAccount(account), Table.RECORDS))
                            .as("account %s after %s deleted all", account.value(), vandal.value())
                            .isEqualTo(contentsOf(account.value()));
                }
            }
            assertThat(contents(store.system(), Table.RECORDS)).isEqualTo(contentsOf(0));
        }
    }

    @Test
    void theServersOwnKeysAreNoAccounts() {
        fillNeighbours();

        store.system().commit(new WriteBatch().deleteRange(Table.RECORDS, KeyRange.all()));

        assertThat(contents(store.system(), Table.RECORDS)).isEmpty();
        for (AccountNumber account : NEIGHBOURS) {
            assertThat(contents(store.forAccount(account), Table.RECORDS)).isEqualTo(contentsOf(account.value()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 255, 256, 1L << 40, Long.MAX_VALUE})
    void droppingAnAccountRemovesAllOfItAndNothingElse(long number) {
        AccountNumber dropped = new AccountNumber(number);
        fillNeighbours();
        for (Table table : Table.values()) {
            store.forAccount(dropped)
                    .commit(new WriteBatch()
                            .put(table, hex(""), bytes("x"))
                            .put(table, hex("ffffffffffffffffffff"), bytes("x")));
        }
        store.system().commit(new WriteBatch().put(Table.CATALOG, bytes("directory"), bytes("listed")));

        store.dropAccount(
                dropped,
                new WriteBatch()
                        .delete(Table.CATALOG, bytes("directory"))
                        .put(Table.OPERATIONS, bytes("dropped"), bytes("yes")));
        store = reopen(store);

        for (Table table : Table.values()) {
            assertThat(contents(store.forAccount(dropped), table))
                    .as("%s", table)
                    .isEmpty();
        }
        assertThat(store.system().get(Table.CATALOG, bytes("directory"))).isNull();
        assertThat(store.system().get(Table.OPERATIONS, bytes("dropped"))).isEqualTo(bytes("yes"));
        assertThat(contents(store.system(), Table.RECORDS)).isEqualTo(contentsOf(0));
        for (AccountNumber account : NEIGHBOURS) {
            if (!account.equals(dropped)) {
                assertThat(contents(store.forAccount(account), Table.RECORDS)).isEqualTo(contentsOf(account.value()));
            }
        }
    }

    @Test
    void scansOfADroppedAccountGoOn() {
        fillNeighbours();
        try (StoreScan scan = store.forAccount(ALPHA).scan(Table.RECORDS, KeyRange.all())) {
            store.dropAccount(ALPHA, new WriteBatch());

            assertThat(rest(scan)).isEqualTo(contentsOf(ALPHA.value()));
        }
        assertThat(contents(store.forAccount(ALPHA), Table.RECORDS)).isEmpty();
    }

    /** Two accounts change together or not at all: each commit moves one unit between two keys, and every look must add up. */
    @Test
    void aReaderNeverSeesHalfABatch() throws Exception {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch()
                .put(Table.RECORDS, bytes("a"), bytes("0"))
                .put(Table.OPERATIONS, bytes("b"), bytes("0")));
        CountDownLatch started = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> writer = executor.submit(() -> {
                started.countDown();
                for (int round = 1; round <= 300; round++) {
                    byte[] value = bytes(Integer.toString(round));
                    view.commit(new WriteBatch()
                            .put(Table.RECORDS, bytes("a"), value)
                            .put(Table.RECORDS, bytes("z"), value));
                }
            });
            started.await();
            while (!writer.isDone()) {
                List<byte @Nullable []> values = view.getAll(Table.RECORDS, List.of(bytes("a"), bytes("z")));
                if (values.get(1) != null) {
                    assertThat(values.get(0)).isEqualTo(values.get(1));
                }
                Map<String, String> seen = contents(view, Table.RECORDS);
                if (seen.size() == 2) {
                    assertThat(seen.get("61")).isEqualTo(seen.get("7a"));
                }
            }
            writer.get();
        }
    }

    @Test
    void manyThreadsCommitAtOnce() throws Exception {
        int threads = 8;
        int commits = 25;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                StoreView view = store.forAccount(new AccountNumber(thread + 1L));
                writers.add(executor.submit(() -> {
                    for (int commit = 0; commit < commits; commit++) {
                        byte[] key = bytes("key-%03d".formatted(commit));
                        view.commit(new WriteBatch().put(Table.RECORDS, key, key));
                        assertThat(view.get(Table.RECORDS, key)).as("own write").isEqualTo(key);
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        store = reopen(store);

        for (int thread = 0; thread < threads; thread++) {
            assertThat(contents(store.forAccount(new AccountNumber(thread + 1L)), Table.RECORDS))
                    .hasSize(commits);
        }
    }

    @ParameterizedTest
    @EnumSource(Table.class)
    void operationsOnAClosedStoreFail(Table table) {
        StoreView view = store.forAccount(ALPHA);
        store.close();

        assertClosed(() -> view.get(table, bytes("a")));
        assertClosed(() -> view.getAll(table, List.of(bytes("a"))));
        assertClosed(() -> view.commit(new WriteBatch().put(table, bytes("a"), bytes("1"))));
        assertClosed(() -> view.scan(table, KeyRange.all()));
        assertClosed(() -> store.system().get(table, bytes("a")));
        assertClosed(() -> store.dropAccount(ALPHA, new WriteBatch()));
        store.close();
        assertThat(store.storeId()).isNotNull();
        assertThat(store.isWritable()).isFalse();
        assertThat(store.sizeBytes()).isNotNegative();
    }

    @Test
    void closingWaitsForOpenScansAndLetsNobodyIn() throws Exception {
        fillNeighbours();
        StoreView view = store.forAccount(ALPHA);
        StoreScan scan = view.scan(Table.RECORDS, KeyRange.all());
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> closing = executor.submit(store::close);
            while (!refuses(view)) {
                Thread.onSpinWait();
            }

            assertThatExceptionOfType(TimeoutException.class)
                    .as("the scan is open")
                    .isThrownBy(() -> closing.get(50, TimeUnit.MILLISECONDS));
            assertThat(rest(scan)).isEqualTo(contentsOf(ALPHA.value()));

            scan.close();
            closing.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aSnapshotSeesWhatWasThereAndNothingLater() {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch()
                .put(Table.RECORDS, bytes("kept"), bytes("1"))
                .put(Table.RECORDS, bytes("replaced"), bytes("1"))
                .put(Table.RECORDS, bytes("deleted"), bytes("1"))
                .put(Table.CATALOG, bytes("other table"), bytes("1")));
        Map<String, String> before = contents(view, Table.RECORDS);

        try (StoreSnapshot snapshot = view.snapshot()) {
            view.commit(new WriteBatch()
                    .put(Table.RECORDS, bytes("replaced"), bytes("2"))
                    .delete(Table.RECORDS, bytes("deleted"))
                    .put(Table.RECORDS, bytes("new"), bytes("2"))
                    .deleteRange(Table.CATALOG, KeyRange.all()));

            assertThat(contents(snapshot, Table.RECORDS)).isEqualTo(before);
            assertThat(snapshot.get(Table.RECORDS, bytes("replaced"))).isEqualTo(bytes("1"));
            assertThat(snapshot.get(Table.RECORDS, bytes("new"))).isNull();
            assertThat(snapshot.getAll(Table.RECORDS, List.of(bytes("new"), bytes("deleted"))))
                    .containsExactly(null, bytes("1"));
            assertThat(snapshot.get(Table.CATALOG, bytes("other table"))).isEqualTo(bytes("1"));
            try (StoreScan scan = snapshot.scan(Table.RECORDS, KeyRange.startingWith(bytes("re")))) {
                assertThat(rest(scan)).hasSize(1);
            }
        }
        assertThat(contents(view, Table.RECORDS)).isNotEqualTo(before);
        assertThat(view.get(Table.RECORDS, bytes("new"))).isEqualTo(bytes("2"));
    }

    @Test
    void aSnapshotNamesOneAccountsKeysOnly() {
        fillNeighbours();

        for (AccountNumber account : NEIGHBOURS) {
            try (StoreSnapshot snapshot = store.forAccount(account).snapshot()) {
                assertThat(contents(snapshot, Table.RECORDS)).isEqualTo(contentsOf(account.value()));
            }
        }
        try (StoreSnapshot snapshot = store.forAccount(new AccountNumber(3)).snapshot()) {
            assertThat(contents(snapshot, Table.RECORDS)).isEmpty();
            assertThat(snapshot.get(Table.RECORDS, bytes("a"))).isNull();
        }
    }

    @Test
    void aClosedSnapshotIsNotRead() {
        StoreSnapshot snapshot = store.forAccount(ALPHA).snapshot();
        snapshot.close();
        snapshot.close();

        assertThatIllegalStateException().isThrownBy(() -> snapshot.get(Table.RECORDS, bytes("a")));
        assertThatIllegalStateException().isThrownBy(() -> snapshot.getAll(Table.RECORDS, List.of(bytes("a"))));
        assertThatIllegalStateException().isThrownBy(() -> snapshot.scan(Table.RECORDS, KeyRange.all()));
    }

    @Test
    void closingTheStoreTakesSnapshotsBackAndDoesNotWaitForTheirHolders() {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch().put(Table.RECORDS, bytes("a"), bytes("1")));
        List<StoreSnapshot> held =
                List.of(view.snapshot(), view.snapshot(), store.system().snapshot());

        store.close();

        for (StoreSnapshot snapshot : held) {
            assertClosed(() -> snapshot.get(Table.RECORDS, bytes("a")));
            assertClosed(() -> snapshot.getAll(Table.RECORDS, List.of(bytes("a"))));
            assertClosed(() -> snapshot.scan(Table.RECORDS, KeyRange.all()));
            snapshot.close();
        }
        assertClosed(view::snapshot);
    }

    @Test
    void snapshotsAreOfWholeCommitsWhileAWriterRuns() throws Exception {
        StoreView view = store.forAccount(ALPHA);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> writer = executor.submit(() -> {
                for (int round = 0; round < 200; round++) {
                    byte[] value = bytes("round-" + round);
                    view.commit(new WriteBatch()
                            .put(Table.RECORDS, bytes("a"), value)
                            .put(Table.OPERATIONS, bytes("z"), value));
                }
            });
            do {
                try (StoreSnapshot snapshot = view.snapshot()) {
                    byte[] first = snapshot.get(Table.RECORDS, bytes("a"));
                    assertThat(snapshot.get(Table.OPERATIONS, bytes("z"))).isEqualTo(first);
                    assertThat(snapshot.get(Table.RECORDS, bytes("a"))).isEqualTo(first);
                }
            } while (!writer.isDone());
            writer.get();
        }
    }

    @Test
    void snapshotsAreClosedWhileOthersReadThem() throws Exception {
        StoreView view = store.forAccount(ALPHA);
        view.commit(new WriteBatch().put(Table.RECORDS, bytes("a"), bytes("1")));
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 100; round++) {
                StoreSnapshot snapshot = view.snapshot();
                List<Future<?>> readers = new ArrayList<>();
                for (int reader = 0; reader < 2; reader++) {
                    readers.add(executor.submit(() -> {
                        try {
                            while (true) {
                                assertThat(snapshot.get(Table.RECORDS, bytes("a")))
                                        .isEqualTo(bytes("1"));
                                assertThat(contents(snapshot, Table.RECORDS)).hasSize(1);
                            }
                        } catch (IllegalStateException closed) {
                            assertThat(closed).hasMessage("Snapshot is closed");
                        }
                    }));
                }
                snapshot.close();
                for (Future<?> reader : readers) {
                    reader.get();
                }
            }
        }
    }

    /** Random batches and reopenings, against sorted maps that cannot be wrong. */
    @ParameterizedTest
    @ValueSource(longs = {1, 0xC0FFEE, 20_260_101})
    void behavesLikeSortedMapsThatSurviveReopening(long seed) {
        Random random = new Random(seed);
        List<AccountNumber> accounts = new ArrayList<>(List.of(ALPHA, new AccountNumber(256), new AccountNumber(257)));
        long nextNumber = 258;
        StoreModel model = new StoreModel();
        for (int session = 0; session < 4; session++) {
            for (int step = 0; step < 60; step++) {
                AccountNumber account = accounts.get(random.nextInt(accounts.size()));
                if (random.nextInt(40) == 0) {
                    store.dropAccount(account, new WriteBatch());
                    accounts.remove(account); // its number is spent
                    assertThat(contents(store.forAccount(account), Table.RECORDS))
                            .isEmpty();
                    account = new AccountNumber(nextNumber++);
                    accounts.add(account);
                } else {
                    WriteBatch batch = StoreModel.randomBatch(random);
                    store.forAccount(account).commit(batch);
                    model.apply(account, batch);
                }
                Table table = StoreModel.randomTable(random);
                KeyRange range = StoreModel.randomRange(random);
                try (StoreScan scan = store.forAccount(account).scan(table, range)) {
                    assertThat(rest(scan))
                            .as("seed %s, step %s", seed, step)
                            .isEqualTo(model.contents(account, table, range));
                }
            }
            store = reopen(store);
            for (AccountNumber account : accounts) {
                for (Table table : Table.values()) {
                    assertThat(contents(store.forAccount(account), table))
                            .as("seed %s, session %s", seed, session)
                            .isEqualTo(model.contents(account, table, KeyRange.all()));
                }
            }
        }
    }

    /** Gives every neighbour, and the server, keys at the very edges of its key space. */
    private void fillNeighbours() {
        for (AccountNumber account : NEIGHBOURS) {
            store.forAccount(account).commit(batchOf(account.value()));
        }
        store.system().commit(batchOf(0));
    }

    private static WriteBatch batchOf(long owner) {
        WriteBatch batch = new WriteBatch();
        contentsOf(owner).forEach((key, value) -> batch.put(Table.RECORDS, hex(key), hex(value)));
        return batch;
    }

    private static Map<String, String> contentsOf(long owner) {
        Map<String, String> contents = new TreeMap<>();
        for (String key : List.of("", "00", "0000000000000000000000", "80", "ff", "ffffffffffffffffffffff")) {
            contents.put(key, "%016x".formatted(owner));
        }
        return contents;
    }

    private static void assertClosed(Runnable operation) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(operation::run)
                .extracting(StoreException::kind)
                .isEqualTo(Kind.CLOSED);
    }

    private static boolean refuses(StoreView view) {
        try {
            Object ignored = view.get(Table.RECORDS, bytes("a"));
            return false;
        } catch (StoreException e) {
            return e.kind() == Kind.CLOSED;
        }
    }

    protected static Map<String, String> contents(StoreReader view, Table table) {
        try (StoreScan scan = view.scan(table, KeyRange.all())) {
            return rest(scan);
        }
    }

    private static List<String> keys(StoreView view, KeyRange range) {
        try (StoreScan scan = view.scan(Table.RECORDS, range)) {
            return List.copyOf(rest(scan).keySet());
        }
    }

    /** Returns what is left of a scan in hexadecimal, whose order is that of the bytes; fails if the scan is out of order. */
    private static Map<String, String> rest(StoreScan scan) {
        TreeMap<String, String> entries = new TreeMap<>();
        while (scan.next()) {
            String key = HexFormat.of().formatHex(scan.key());
            assertThat(entries.isEmpty() || entries.lastKey().compareTo(key) < 0)
                    .as("in order at %s", key)
                    .isTrue();
            entries.put(key, HexFormat.of().formatHex(scan.value()));
        }
        return entries;
    }

    protected static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
