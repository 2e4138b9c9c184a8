package io.knarr.bench;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.UpsertRecordsRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Fills a server: creates the collections (and by that the accounts), then writes every row, durably, in batches. */
final class Ingest {
    private static final long CALL_SECONDS = 120;
    private static final int MAX_ATTEMPTS = 20;
    private static final long RETRY_PAUSE_MILLIS = 50;

    /**
     * How it went.
     *
     * @param createSeconds time to create all collections, one call each
     * @param upsertSeconds time to write all rows
     * @param retries calls that were refused for now (UNAVAILABLE, RESOURCE_EXHAUSTED) and sent again
     */
    record Outcome(double createSeconds, double upsertSeconds, long rows, long retries) {
        double rowsPerSecond() {
            return rows / upsertSeconds;
        }
    }

    private final BenchTarget target;
    private final Workload workload;
    private final Progress progress;
    private final AtomicLong retries = new AtomicLong();

    Ingest(BenchTarget target, Workload workload, Progress progress) {
        this.target = target;
        this.workload = workload;
        this.progress = progress;
    }

    /** Creates all collections, then writes all rows, batch by batch in turn over the accounts. */
    Outcome run(Clients clients) throws IOException, InterruptedException {
        double createSeconds = forEach(clients, workload.accounts(), "creating, account", this::create);
        long batches = (long) workload.accounts() * workload.batchesPerAccount();
        double upsertSeconds = forEach(clients, batches, "writing, batch", (channel, item) -> {
            upsert(channel, (int) (item % workload.accounts()), (int) (item / workload.accounts()));
        });
        return new Outcome(
                createSeconds, upsertSeconds, (long) workload.accounts() * workload.records(), retries.get());
    }

    /** Creates and fills account by account; returns the seconds it took. */
    double runByAccount(Clients clients) throws IOException, InterruptedException {
        return forEach(clients, workload.accounts(), "creating and filling, account", (channel, item) -> {
            create(channel, item);
            for (int batch = 0; batch < workload.batchesPerAccount(); batch++) {
                upsert(channel, (int) item, batch);
            }
        });
    }

    private interface Step {
        void run(ManagedChannel channel, long item) throws InterruptedException;
    }

    private double forEach(Clients clients, long items, String what, Step step)
            throws IOException, InterruptedException {
        AtomicLong next = new AtomicLong();
        long start = System.nanoTime();
        clients.run((client, channel) -> {
            for (long item = next.getAndIncrement(); item < items; item = next.getAndIncrement()) {
                step.run(channel, item);
                progress.count(what, item, items, start);
            }
            return true;
        });
        return (System.nanoTime() - start) / 1e9;
    }

    private void create(ManagedChannel channel, long account) throws InterruptedException {
        ClientInterceptor identity = target.as(workload.account((int) account));
        attempt(() -> CollectionServiceGrpc.newBlockingStub(channel)
                .withInterceptors(identity)
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .createCollection(workload.createCollection()));
    }

    private void upsert(ManagedChannel channel, int account, int batch) throws InterruptedException {
        ClientInterceptor identity = target.as(workload.account(account));
        UpsertRecordsRequest request = workload.upsert(account, batch);
        attempt(() -> RecordServiceGrpc.newBlockingStub(channel)
                .withInterceptors(identity)
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .upsertRecords(request));
    }

    private void attempt(Runnable call) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                call.run();
                return;
            } catch (StatusRuntimeException e) {
                Status.Code code = e.getStatus().getCode();
                boolean forNow = code == Status.Code.UNAVAILABLE || code == Status.Code.RESOURCE_EXHAUSTED;
                if (!forNow || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                retries.incrementAndGet();
                Thread.sleep(RETRY_PAUSE_MILLIS * attempt);
            }
        }
    }
}
