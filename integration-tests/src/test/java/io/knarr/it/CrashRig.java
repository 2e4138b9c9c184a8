package io.knarr.it;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.CountRecordsRequest;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.Vector;
import io.knarr.v1.VectorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Eight writers over four accounts, a fault while they write, and the comparison after the restart. */
final class CrashRig implements AutoCloseable {
    private static final int WRITERS = 8;
    private static final int ACCOUNTS = 4;
    private static final int SEARCHES_PER_ACCOUNT = 20;
    private static final long WRITERS_END_SECONDS = 60;

    /** What is done to the server while the writers write. */
    interface Fault {
        void strike(ServerProcess server) throws IOException, InterruptedException;
    }

    private final List<CrashWriter> writers = new ArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    private final Map<Finding.Kind, Integer> counts = new TreeMap<>();
    private final List<Finding> examples = new ArrayList<>();

    CrashRig(Path logDirectory, long seed) throws IOException {
        Files.createDirectories(logDirectory);
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new CrashWriter(
                    i + 1, "crash-" + i % ACCOUNTS, seed, logDirectory.resolve("writer-" + (i + 1) + ".log")));
        }
    }

    /** Creates the accounts and their collections; waits until it is durable. */
    void prepare(ServerProcess server) {
        try (Caller caller = new Caller(server)) {
            for (int i = 0; i < ACCOUNTS; i++) {
                CollectionServiceGrpc.CollectionServiceBlockingStub collections = caller.collections("crash-" + i);
                collections.createCollection(CreateCollectionRequest.newBuilder()
                        .setName(CrashWriter.COLLECTION)
                        .setSchema(Schema.newBuilder()
                                .addVectors(VectorSpec.newBuilder()
                                        .setDimension(CrashWriter.DIMENSION)
                                        .setMetric(Metric.METRIC_EUCLID)))
                        .build());
            }
        }
    }

    /**
     * Lets the writers write for {@code millis}, then strikes; returns when every writer has seen the end.
     *
     * @param lateAcksCount whether calls that are acknowledged once the fault has begun count as acknowledged
     */
    void writeThrough(ServerProcess server, long millis, boolean lateAcksCount, Fault fault)
            throws IOException, InterruptedException, ExecutionException {
        AtomicBoolean faulted = new AtomicBoolean();
        try (Caller caller = new Caller(server)) {
            List<Future<Optional<Finding>>> ends = new ArrayList<>();
            for (CrashWriter writer : writers) {
                ends.add(threads.submit(() -> writer.writeUntilFailure(caller, faulted::get, lateAcksCount)));
            }
            TimeUnit.MILLISECONDS.sleep(millis); // the length of the run, not a wait for something to happen
            faulted.set(true);
            fault.strike(server);
            for (Future<Optional<Finding>> end : ends) {
                try {
                    end.get(WRITERS_END_SECONDS, TimeUnit.SECONDS).ifPresent(this::add);
                } catch (TimeoutException e) {
                    throw new IOException("A writer did not see the end of its server", e);
                }
            }
        }
    }

    /** Compares a restarted server with the writers' memories, by listing, counting and searching. */
    void check(ServerProcess server) {
        try (Caller caller = new Caller(server)) {
            for (int i = 0; i < ACCOUNTS; i++) {
                String account = "crash-" + i;
                List<Record> records = recordsOf(caller, account);
                long expected = 0;
                for (CrashWriter writer : writers) {
                    if (writer.account().equals(account)) {
                        writer.check(records).forEach(this::add);
                        expected += writer.expected().size();
                        searchSome(caller, writer);
                    }
                }
                long count = countOf(caller, account);
                if (count != expected || records.size() != expected) {
                    add(new Finding(
                            count < expected ? Finding.Kind.LOST : Finding.Kind.GHOST,
                            "account=%s, expected=%d, counted=%d, listed=%d"
                                    .formatted(account, expected, count, records.size())));
                }
            }
        }
    }

    // Without the account or the collection there are no records: the comparison says what that means.
    private static List<Record> recordsOf(Caller caller, String account) {
        try {
            return caller.allRecords(account, CrashWriter.COLLECTION);
        } catch (StatusRuntimeException e) {
            return whereMissing(e, List.of());
        }
    }

    private static long countOf(Caller caller, String account) {
        try {
            return caller.records(account)
                    .countRecords(CountRecordsRequest.newBuilder()
                            .setCollection(CrashWriter.COLLECTION)
                            .build())
                    .getCount();
        } catch (StatusRuntimeException e) {
            return whereMissing(e, 0L);
        }
    }

    private static <T> T whereMissing(StatusRuntimeException failure, T value) {
        if (failure.getStatus().getCode() != Status.Code.NOT_FOUND) {
            throw failure;
        }
        return value;
    }

    private void searchSome(Caller caller, CrashWriter writer) {
        writer.expected().entrySet().stream().limit(SEARCHES_PER_ACCOUNT).forEach(entry -> {
            Vector.Builder vector = Vector.newBuilder();
            for (float value : CrashWriter.vector(entry.getKey(), entry.getValue())) {
                vector.addValues(value);
            }
            List<SearchHit> hits = hits(caller, writer.account(), vector.build());
            if (hits.isEmpty() || hits.getFirst().getId().getUint64Id() != entry.getKey()) {
                add(new Finding(Finding.Kind.LOST, "not found by search, id=%x".formatted(entry.getKey())));
            }
        });
    }

    private static List<SearchHit> hits(Caller caller, String account, Vector vector) {
        try {
            return caller.search(account)
                    .search(SearchRequest.newBuilder()
                            .setCollection(CrashWriter.COLLECTION)
                            .setVector(vector)
                            .setLimit(1)
                            .build())
                    .getHitsList();
        } catch (StatusRuntimeException e) {
            return whereMissing(e, List.of());
        }
    }

    private void add(Finding finding) {
        counts.merge(finding.kind(), 1, Integer::sum);
        if (examples.size() < 50) {
            examples.add(finding);
        }
    }

    /** Returns how many calls were acknowledged after a fault had begun, where these do not count. */
    long lateAcks() {
        return writers.stream().mapToLong(CrashWriter::lateAcks).sum();
    }

    /** Returns what was wrong, by kind; empty when nothing was. */
    Map<Finding.Kind, Integer> counts() {
        return counts;
    }

    /** Returns the first findings. */
    List<Finding> examples() {
        return examples;
    }

    /** Returns how many calls were acknowledged so far. */
    long acknowledged() {
        return writers.stream().mapToLong(CrashWriter::acknowledged).sum();
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (CrashWriter writer : writers) {
            writer.close();
        }
    }
}
