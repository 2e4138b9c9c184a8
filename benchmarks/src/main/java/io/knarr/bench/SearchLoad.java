package io.knarr.bench;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.AnswerKind;
import io.knarr.v1.FieldSelection;
import io.knarr.v1.RecordId;
import io.knarr.v1.SearchHit;
import io.knarr.v1.SearchRequest;
import io.knarr.v1.SearchResponse;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.Vector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Searches under load and one by one. */
final class SearchLoad {
    private static final long CALL_SECONDS = 60;
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(CALL_SECONDS * 2);
    private static final int DIGITS = 3;

    /**
     * What a closed loop measured.
     *
     * @param latency of the calls that were answered, in nanoseconds
     * @param errors calls that failed, by status code
     */
    record Outcome(Histogram latency, Map<String, Long> errors, double seconds) {
        long errorCount() {
            return errors.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private final BenchTarget target;
    private final Workload workload;
    private final List<Vector> queries;
    private final int k;

    SearchLoad(BenchTarget target, Workload workload, VectorFile queryRows, int maxQueries, int k) {
        this.target = target;
        this.workload = workload;
        this.k = k;
        this.queries = new ArrayList<>();
        float[] row = new float[queryRows.dimension()];
        for (long i = 0; i < Math.min(maxQueries, queryRows.rows()); i++) {
            queryRows.read(i, row);
            queries.add(Workload.vector(row));
        }
    }

    static Histogram histogram() {
        return new Histogram(MAX_NANOS, DIGITS);
    }

    /** Runs every client in a closed loop: a random account, a random query, the next call when the last was answered. */
    Outcome closedLoop(Clients clients, double seconds, long seed) throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        List<Outcome> outcomes = clients.run((client, channel) -> {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + client);
            Histogram latency = histogram();
            Map<String, Long> errors = new TreeMap<>();
            for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
                int account = random.nextInt(workload.accounts());
                Vector query = queries.get(random.nextInt(queries.size()));
                try {
                    search(channel, account, query);
                    latency.recordValue(Math.min(System.nanoTime() - now, MAX_NANOS));
                } catch (StatusRuntimeException e) {
                    errors.merge(e.getStatus().getCode().name(), 1L, Long::sum);
                }
            }
            return new Outcome(latency, errors, 0);
        });
        double measured = (System.nanoTime() - start) / 1e9;
        Histogram latency = histogram();
        Map<String, Long> errors = new TreeMap<>();
        for (Outcome outcome : outcomes) {
            latency.add(outcome.latency);
            outcome.errors.forEach((code, count) -> errors.merge(code, count, Long::sum));
        }
        return new Outcome(latency, errors, measured);
    }

    /** Searches once in an account with the query of that number, modulo their count. */
    SearchResponse search(ManagedChannel channel, int account, int query) {
        return search(channel, account, queries.get(query % queries.size()));
    }

    private SearchResponse search(ManagedChannel channel, int account, Vector query) {
        return SearchServiceGrpc.newBlockingStub(channel)
                .withInterceptors(target.as(workload.account(account)))
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .search(SearchRequest.newBuilder()
                        .setCollection(Workload.COLLECTION)
                        .setVector(query)
                        .setLimit(k)
                        .setFields(FieldSelection.newBuilder().setNone(true))
                        .build());
    }

    /**
     * What a sample of answers was worth.
     *
     * @param recall mean over the sample, 0 to 1
     * @param exactShare share of answers that claim to be exact
     */
    record Quality(double recall, double exactShare) {}

    /** Asks {@code sample} queries, spread over the accounts, and compares the answers with brute force. */
    Quality quality(ManagedChannel channel, VectorFile queryRows, int sample) {
        GroundTruth truth = new GroundTruth(workload.rows(), workload.metric());
        float[] query = new float[queryRows.dimension()];
        double recall = 0;
        int exact = 0;
        for (int i = 0; i < sample; i++) {
            int account = (int) ((long) i * 7_919 % workload.accounts());
            queryRows.read(i % queries.size(), query);
            SearchResponse response = search(channel, account, i);
            List<Long> ids = response.getHitsList().stream()
                    .map(SearchHit::getId)
                    .map(RecordId::getUint64Id)
                    .toList();
            recall += truth.recall(query, workload.firstRow(account), workload.records(), k, ids);
            exact += response.getAnswerKind() == AnswerKind.ANSWER_KIND_EXACT ? 1 : 0;
        }
        return new Quality(recall / sample, (double) exact / sample);
    }
}
