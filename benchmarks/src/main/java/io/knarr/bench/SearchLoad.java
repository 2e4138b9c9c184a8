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
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Searches under load and one by one. */
final class SearchLoad {
    private static final long CALL_SECONDS = 60;
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(CALL_SECONDS * 2);
    private static final int DIGITS = 3;
    private static final int ASKED_ACCOUNTS = 20; // whether their graph is there
    private static final long POLL_MILLIS = 200;

    /**
     * What a closed loop measured.
     *
     * @param latency of the calls that were answered, in nanoseconds
     * @param errors calls that failed, by status code
     * @param share where the time went, of calls that were asked to explain themselves
     */
    record Outcome(Histogram latency, Map<String, Long> errors, double seconds, CallShare share) {
        long errorCount() {
            return errors.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private final BenchTarget target;
    private final Workload workload;
    private final List<Vector> queries;
    private final int k;
    private final boolean exact;

    /** Asks for exact answers only, or for what the server does by default. */
    SearchLoad(BenchTarget target, Workload workload, VectorFile queryRows, int maxQueries, int k, boolean exact) {
        this.target = target;
        this.workload = workload;
        this.k = k;
        this.exact = exact;
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
        return closedLoop(clients, seconds, seed, false);
    }

    /** Does the same, and lets each call explain itself, which costs it little. */
    Outcome explainedLoop(Clients clients, double seconds, long seed) throws IOException, InterruptedException {
        return closedLoop(clients, seconds, seed, true);
    }

    private Outcome closedLoop(Clients clients, double seconds, long seed, boolean explain)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        List<Outcome> outcomes = clients.run((client, channel) -> {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + client);
            Histogram latency = histogram();
            Map<String, Long> errors = new TreeMap<>();
            CallShare share = new CallShare();
            for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
                int account = random.nextInt(workload.accounts());
                Vector query = queries.get(random.nextInt(queries.size()));
                try {
                    SearchResponse response = search(channel, account, query, exact, explain);
                    long nanos = System.nanoTime() - now;
                    latency.recordValue(Math.min(nanos, MAX_NANOS));
                    if (explain) {
                        share.add(nanos, response.getExplanation());
                    }
                } catch (StatusRuntimeException e) {
                    errors.merge(e.getStatus().getCode().name(), 1L, Long::sum);
                }
            }
            return new Outcome(latency, errors, 0, share);
        });
        double measured = (System.nanoTime() - start) / 1e9;
        Histogram latency = histogram();
        Map<String, Long> errors = new TreeMap<>();
        CallShare share = new CallShare();
        for (Outcome outcome : outcomes) {
            latency.add(outcome.latency);
            share.add(outcome.share);
            outcome.errors.forEach((code, count) -> errors.merge(code, count, Long::sum));
        }
        return new Outcome(latency, errors, measured, share);
    }

    /**
     * Asks until graphs answer in all accounts, or in a sample of many, and returns the seconds that took; empty if that many seconds did
     * not suffice. A small collection never has a graph.
     */
    OptionalDouble awaitGraphs(ManagedChannel channel, int maxSeconds) throws InterruptedException {
        long start = System.nanoTime();
        int asked = Math.min(ASKED_ACCOUNTS, workload.accounts());
        int ready = 0;
        while (ready < asked) {
            int account = (int) ((long) ready * workload.accounts() / asked);
            String plan = search(channel, account, queries.getFirst(), false, true)
                    .getExplanation()
                    .getPlan();
            if (plan.startsWith("graph")) {
                ready++;
                continue;
            }
            if (System.nanoTime() - start > maxSeconds * 1_000_000_000L) {
                return OptionalDouble.empty();
            }
            Thread.sleep(POLL_MILLIS);
        }
        return OptionalDouble.of((System.nanoTime() - start) / 1e9);
    }

    /** Searches once in an account with the query of that number, modulo their count. */
    SearchResponse search(ManagedChannel channel, int account, int query) {
        return search(channel, account, queries.get(query % queries.size()), exact, false);
    }

    private SearchResponse search(ManagedChannel channel, int account, Vector query, boolean exactly, boolean explain) {
        return SearchServiceGrpc.newBlockingStub(channel)
                .withInterceptors(target.as(workload.account(account)))
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .search(SearchRequest.newBuilder()
                        .setCollection(Workload.COLLECTION)
                        .setVector(query)
                        .setLimit(k)
                        .setFields(FieldSelection.newBuilder().setNone(true))
                        .setExact(exactly)
                        .setExplain(explain)
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
    Quality quality(ManagedChannel channel, Truth truth, int sample, boolean exactly) {
        double recall = 0;
        int exactAnswers = 0;
        for (int i = 0; i < sample; i++) {
            int account = accountOf(i);
            Vector query = queries.get(i % queries.size());
            SearchResponse response = search(channel, account, query, exactly, false);
            List<Long> ids = response.getHitsList().stream()
                    .map(SearchHit::getId)
                    .map(RecordId::getUint64Id)
                    .toList();
            recall += truth.recall(i, ids);
            exactAnswers += response.getAnswerKind() == AnswerKind.ANSWER_KIND_EXACT ? 1 : 0;
        }
        return new Quality(recall / sample, (double) exactAnswers / sample);
    }

    private int accountOf(int sampled) {
        return (int) ((long) sampled * 7_919 % workload.accounts());
    }

    /** Returns what {@code sample} answers are compared with. */
    Truth truth(VectorFile queryRows, int sample, Progress progress) {
        float[][] sampled = new float[sample][queryRows.dimension()];
        for (int i = 0; i < sample; i++) {
            queryRows.read(i % queries.size(), sampled[i]);
        }
        if (workload.accounts() > 1) {
            GroundTruth truth = new GroundTruth(workload.rows(), workload.metric());
            return (query, ids) -> {
                long first = workload.firstRow(accountOf(query));
                return truth.recall(sampled[query], first, workload.records(), k, ids);
            };
        }
        // All queries at once, in one pass over the rows for many of them.
        RowMask all = RowMask.all(workload.records());
        int[][] nearest = new BruteForce(workload.rows(), workload.records(), workload.metric(), k)
                .nearest(sampled, List.of(all), progress)
                .getFirst();
        Neighbours neighbours = new Neighbours(workload.rows(), workload.metric(), all, sampled, nearest);
        return (query, ids) ->
                neighbours.recall(query, ids.stream().mapToInt(Math::toIntExact).toArray());
    }

    /** Says how good the answer to a query of the sample is. */
    @FunctionalInterface
    interface Truth {
        /** Returns the recall of the record ids that the query of this number, from 0, was answered with. */
        double recall(int query, List<Long> ids);
    }
}
