package io.knarr.bench;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A number of clients that work at once: each has a thread and a connection of its own, as separate programs would. */
final class Clients implements AutoCloseable {
    private static final long SHUTDOWN_SECONDS = 10;

    /** What one client does. */
    interface Work<T> {
        /** Works until done; {@code client} is its number, from 0. */
        T run(int client, ManagedChannel channel) throws IOException, InterruptedException;
    }

    private final List<ManagedChannel> channels = new ArrayList<>();
    private final ExecutorService threads;

    Clients(BenchTarget target, int count) {
        for (int i = 0; i < count; i++) {
            channels.add(target.connect());
        }
        this.threads = Executors.newFixedThreadPool(
                count, Thread.ofPlatform().name("knarr-client-", 0).factory());
    }

    int count() {
        return channels.size();
    }

    /** Lets all clients do the same work and returns their outcomes. The first failure is thrown when all have ended. */
    <T> List<T> run(Work<T> work) throws IOException, InterruptedException {
        List<Future<T>> futures = new ArrayList<>();
        for (int i = 0; i < channels.size(); i++) {
            int client = i;
            futures.add(threads.submit(() -> work.run(client, channels.get(client))));
        }
        List<T> outcomes = new ArrayList<>();
        ExecutionException first = null;
        for (Future<T> future : futures) {
            try {
                outcomes.add(future.get());
            } catch (ExecutionException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw new IOException("A client failed: " + first.getCause(), first);
        }
        return outcomes;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        channels.forEach(ManagedChannel::shutdownNow);
        try {
            for (ManagedChannel channel : channels) {
                channel.awaitTermination(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
