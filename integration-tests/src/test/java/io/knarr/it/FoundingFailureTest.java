package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListAccountsResponse;
import io.knarr.v1.ListCollectionsRequest;
import io.knarr.v1.Record;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The failure this project exists for. Elsewhere each tenant opened the same embedded store for itself: the first worked, the second got
 * "lock already held by process", searches returned nothing and upserts were lost without an error.
 */
class FoundingFailureTest {
    private static final int ACCOUNTS = 1_000;
    private static final int THREADS = 64;
    private static final int RECORDS = 3;
    private static final int FAT_RECORDS = 100;
    private static final int DIMENSION = 8;
    private static final String COLLECTION = "first";
    private static final int IN_USE = 3;
    private static final int EVICTIONS = 10_000;
    private static final Duration EVICTION_TIME = Duration.ofSeconds(90);

    @TempDir
    private Path directory;

    @Test
    void aThousandAccountsTouchedAtOnceShareOneStoreAndLoseNothing() throws Exception {
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data")).withMaxHeap("1g");
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            onAllThreads(numbers(ACCOUNTS, 1), account -> fill(caller, account));
            assertThat(accountCount(caller)).isEqualTo(ACCOUNTS);
            onAllThreads(numbers(ACCOUNTS, 2), account -> find(caller, account));
            assertThat(storeOpens(server)).as("times the store was opened").isEqualTo(1);
            assertThat(server.terminate()).as("exit code after SIGTERM").isIn(0, 128 + 15);
        }

        // Again from cold, four threads at the same account at the same time, and root in between.
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            List<Integer> fourTimes = numbers(ACCOUNTS, 3).stream()
                    .flatMap(account -> Collections.nCopies(4, account).stream())
                    .toList();
            onAllThreads(fourTimes, account -> {
                find(caller, account);
                if (account % 50 == 0) {
                    assertThat(accountCount(caller)).isEqualTo(ACCOUNTS);
                    caller.accounts()
                            .getAccount(GetAccountRequest.newBuilder()
                                    .setAccountId(name(account))
                                    .build());
                }
            });
            assertThat(storeOpens(server)).as("times the store was opened").isEqualTo(1);
        }
    }

    @Test
    void aSecondServerOnTheDirectoryIsRefusedAndTheFirstGoesOn() throws Exception {
        Path data = directory.resolve("data");
        ServerLaunch launch = ServerLaunch.of(data).withMaxHeap("512m");
        try (ServerProcess first = ServerProcess.start(launch);
                Caller caller = new Caller(first)) {
            fill(caller, 1);

            try (ServerProcess second = ServerProcess.launch(launch)) {
                assertThat(second.awaitExit(Duration.ofMinutes(1)))
                        .as("exit code of the second, which said %s", second.outputTail())
                        .isEqualTo(OptionalInt.of(IN_USE));
                assertThat(String.join("\n", second.outputTail()))
                        .contains(data.toString())
                        .contains(Long.toString(first.pid()));
            }

            find(caller, 1);
            fill(caller, 2);
            find(caller, 2);
        }
        try (ServerProcess again = ServerProcess.start(launch);
                Caller caller = new Caller(again)) {
            find(caller, 1);
            find(caller, 2);
        }
    }

    /** The cache is far too small for the accounts at work, so each call of one account throws others out. */
    @Test
    void tenThousandEvictionsUnderLoadDisturbNobody() throws Exception {
        int accounts = 200;
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data"))
                .withMaxHeap("1g")
                .withSetting("account-cache.max-bytes", "1MiB");
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            onAllThreads(numbers(accounts, 4), account -> {
                fill(caller, account);
                fatten(caller, account);
            });
            long end = System.nanoTime() + EVICTION_TIME.toNanos();
            int rounds = 0;
            while (evictions(server) < EVICTIONS && System.nanoTime() < end) {
                rounds++;
                onAllThreads(numbers(accounts, rounds), account -> {
                    find(caller, account);
                    fill(caller, account);
                });
            }
            Aloud.say("evictions under load: %d, rounds over %d accounts: %d"
                    .formatted(evictions(server), accounts, rounds));
            assertThat(evictions(server)).isGreaterThanOrEqualTo(EVICTIONS);
            onAllThreads(numbers(accounts, 5), account -> {
                find(caller, account);
                assertThat(caller.records(name(account))
                                .countRecords(CountRecordsRequest.newBuilder()
                                        .setCollection(COLLECTION)
                                        .build())
                                .getCount())
                        .isEqualTo(RECORDS + FAT_RECORDS);
            });
        }
    }

    /** Gives an account enough records that a few accounts fill the cache. */
    private static void fatten(Caller caller, int account) {
        Record[] records = IntStream.range(0, FAT_RECORDS)
                .mapToObj(i -> Requests.record("fat-" + i, vector(account, i + RECORDS))
                        .build())
                .toArray(Record[]::new);
        caller.records(name(account)).upsertRecords(Requests.upsert(COLLECTION, records));
    }

    private static List<Integer> numbers(int count, long seed) {
        List<Integer> numbers =
                new ArrayList<>(IntStream.range(0, count).boxed().toList());
        Collections.shuffle(numbers, new Random(seed));
        return numbers;
    }

    private static String name(int account) {
        return "tenant-" + account;
    }

    private static void fill(Caller caller, int account) {
        String name = name(account);
        if (!exists(caller, name)) {
            caller.collections(name).createCollection(Requests.create(COLLECTION, DIMENSION));
        }
        Record[] records = IntStream.range(0, RECORDS)
                .mapToObj(i -> Requests.record("record-" + i, vector(account, i))
                        .putFields("account", Requests.text(name))
                        .build())
                .toArray(Record[]::new);
        caller.records(name).upsertRecords(Requests.upsert(COLLECTION, records));
    }

    private static boolean exists(Caller caller, String account) {
        try {
            return caller.collections(account)
                            .listCollections(ListCollectionsRequest.getDefaultInstance())
                            .getCollectionsCount()
                    > 0;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private static void find(Caller caller, int account) {
        for (int i = 0; i < RECORDS; i++) {
            List<SearchHit> hits = caller.search(name(account))
                    .search(SearchRequest.newBuilder()
                            .setCollection(COLLECTION)
                            .setVector(Requests.vector(vector(account, i)))
                            .setLimit(1)
                            .build())
                    .getHitsList();
            assertThat(hits).as("hits of record %d of account %d", i, account).hasSize(1);
            assertThat(hits.getFirst().getId()).isEqualTo(Requests.id("record-" + i));
            assertThat(hits.getFirst().getFieldsMap()).containsEntry("account", Requests.text(name(account)));
        }
    }

    private static float[] vector(int account, int record) {
        Random random = new Random(account * 1_000L + record);
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = random.nextFloat();
        }
        return vector;
    }

    private static int accountCount(Caller caller) {
        int count = 0;
        String token = "";
        do {
            ListAccountsResponse page = caller.accounts()
                    .listAccounts(ListAccountsRequest.newBuilder()
                            .setPageSize(300)
                            .setPageToken(token)
                            .build());
            count += page.getAccountsCount();
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return count;
    }

    private static long storeOpens(ServerProcess server) {
        return server.outputTail().stream()
                .filter(line -> line.contains("Store opened"))
                .count();
    }

    private static long evictions(ServerProcess server) throws Exception {
        return (long) server.metrics().sum("knarr_account_evictions_total").orElse(0);
    }

    private interface Deed {
        void on(int account);
    }

    /** Lets 64 threads take the accounts from one queue, all starting at once. The first failure ends it. */
    private static void onAllThreads(List<Integer> accounts, Deed deed) throws Exception {
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean failed = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Boolean>> futures = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                futures.add(threads.submit(() -> {
                    for (int at = next.getAndIncrement();
                            at < accounts.size() && !failed.get();
                            at = next.getAndIncrement()) {
                        try {
                            deed.on(accounts.get(at));
                        } catch (RuntimeException | AssertionError e) {
                            failed.set(true);
                            throw e;
                        }
                    }
                    return true;
                }));
            }
            for (Future<Boolean> future : futures) {
                assertThat(future.get()).isTrue();
            }
        }
    }
}
