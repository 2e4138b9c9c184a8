package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.CreateCollectionRequest;
import io.knarr.v1.Metric;
import io.knarr.v1.Record;
import io.knarr.v1.Schema;
import io.knarr.v1.VectorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ingests go on where they were after {@code kill -9} and after an orderly stop: no chunk is lost, and none is written twice. The records of a
 * collection share a count that grows by one with each write, so a chunk that was written twice would leave a version beyond the number of
 * chunks.
 *
 * <p>{@code -Dknarr.it.seed=N} sets the moments of the kills.
 */
class IngestKillTest {
    private static final long SEED = Long.getLong("knarr.it.seed", 1);
    private static final String ACCOUNT = "ingest";
    private static final String COLLECTION = "docs";
    private static final int WRITERS = 16;
    private static final long CHUNKS = 300;
    private static final int STOPS = 6;

    @TempDir
    private Path directory;

    @Test
    void ingestsGoOnWhereTheyWereHoweverOftenTheServerStops() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data")).withMaxHeap("512m");
        List<IngestWriter> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            writers.add(new IngestWriter(ACCOUNT, COLLECTION, w * 1_000_000L, CHUNKS));
        }
        int drained = 0;
        for (int stop = 0; stop < STOPS; stop++) {
            try (ServerProcess server = ServerProcess.start(launch);
                    Caller caller = new Caller(server)) {
                if (stop == 0) {
                    createCollection(caller);
                }
                boolean hard = stop % 2 == 0;
                List<Status> ends = writeThrough(writers, caller, () -> {
                    TimeUnit.MILLISECONDS.sleep(400 + random.nextInt(400)); // the moment, not a wait for something
                    if (hard) {
                        server.killHard();
                    } else {
                        server.terminate();
                    }
                });
                if (!hard) {
                    assertThat(ends).as("an orderly stop lets every stream end").containsOnly(Status.OK);
                    drained += ends.size();
                }
            }
        }
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            writeThrough(writers, caller, () -> {});
            assertThat(writers).allMatch(IngestWriter::isDone);
            check(caller);
        }
        long resumed = writers.stream().mapToLong(IngestWriter::resumed).sum();
        Aloud.say("ingest: stops=%d, streams_that_went_on=%d, streams_drained=%d, seed=%d"
                .formatted(STOPS, resumed, drained, SEED));
        assertThat(resumed).isGreaterThan(WRITERS);
    }

    private interface Stop {
        void run() throws Exception;
    }

    private static List<Status> writeThrough(List<IngestWriter> writers, Caller caller, Stop stop) throws Exception {
        List<Status> ends = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Status>> running = new ArrayList<>();
            for (IngestWriter writer : writers) {
                running.add(threads.submit(() -> writer.writeUntilEnd(caller)));
            }
            stop.run();
            for (Future<Status> end : running) {
                ends.add(end.get(60, TimeUnit.SECONDS));
            }
        }
        return ends;
    }

    private static void createCollection(Caller caller) {
        var _ = caller.collections(ACCOUNT)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(COLLECTION)
                        .setSchema(Schema.newBuilder()
                                .addVectors(
                                        VectorSpec.newBuilder().setDimension(1).setMetric(Metric.METRIC_DOT)))
                        .build());
    }

    private static void check(Caller caller) {
        List<Record> records = caller.allRecords(ACCOUNT, COLLECTION);
        Set<Long> versions = new HashSet<>();
        records.forEach(record -> versions.add(record.getVersion()));
        assertThat(records).hasSize((int) (WRITERS * CHUNKS * IngestWriter.RECORDS_PER_CHUNK));
        assertThat(versions).as("a version for each chunk").hasSize((int) (WRITERS * CHUNKS));
        assertThat(versions.stream().max(Long::compare))
                .as("no write but that of each chunk")
                .contains(WRITERS * CHUNKS);
    }
}
