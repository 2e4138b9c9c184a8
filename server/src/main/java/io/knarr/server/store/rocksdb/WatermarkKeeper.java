package io.knarr.server.store.rocksdb;

import io.knarr.server.store.StoreException;
import io.knarr.server.store.StoreException.Kind;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background task that keeps the watermark close behind the acknowledged writes. No write waits for it, so the newest fraction of a
 * second of writes is always ahead of what it has noted.
 */
final class WatermarkKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WatermarkKeeper.class);
    private static final long INTERVAL_MILLIS = 100;

    private final Watermark watermark;
    // Empty once the store no longer knows what is on disk.
    private final Supplier<OptionalLong> durableSequence;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("knarr-store-watermark").factory());
    private @Nullable Future<?> following;
    // Of the executor's thread, and of the closing one once that thread has ended.
    private boolean failing;

    private WatermarkKeeper(Watermark watermark, Supplier<OptionalLong> durableSequence) {
        this.watermark = watermark;
        this.durableSequence = durableSequence;
    }

    /** Notes the present sequence, durably, and starts to follow it. */
    static WatermarkKeeper start(StoreDirectory directory, Supplier<OptionalLong> durableSequence) {
        try {
            WatermarkKeeper keeper = new WatermarkKeeper(Watermark.open(directory.watermark()), durableSequence);
            keeper.note();
            keeper.following = keeper.executor.scheduleWithFixedDelay(
                    keeper::note, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
            return keeper;
        } catch (IOException e) {
            throw new StoreException(
                    Kind.IO, "The watermark of the store cannot be written: file=" + directory.watermark(), e);
        }
    }

    /** Notes the last sequence and ends. Call before the database closes, with no write under way. */
    @Override
    public void close() {
        if (following != null) {
            following.cancel(false);
        }
        executor.shutdown();
        boolean interrupted = false;
        while (true) {
            try {
                if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        note();
        try {
            watermark.close();
        } catch (IOException e) {
            log.warn("Watermark not closed", e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void note() {
        try {
            OptionalLong sequence = durableSequence.get();
            if (sequence.isPresent()) {
                watermark.write(sequence.getAsLong());
            }
            failing = false;
        } catch (IOException | RuntimeException e) {
            // The writes themselves are as durable as ever; only the check at the next start sees less.
            if (!failing) {
                log.error("Watermark not written; will try again", e);
            }
            failing = true;
        }
    }
}
