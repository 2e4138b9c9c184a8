package io.knarr.client;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * A source of UUIDs of version 7: 48 bits of milliseconds, 12 bits that count within one, 62 random bits.
 *
 * <p>Those of one source grow strictly, also when its clock steps back. Thread-safe if its random generator is.
 */
final class TimeOrderedIds {
    private static final int COUNTER_BITS = 12;
    private static final long RANDOM_MASK = (1L << 62) - 1;
    private static final long VARIANT = 1L << 63;

    private final InstantSource clock;
    private final RandomGenerator random;
    /** Milliseconds and counter of the last id, as one number: an overflow of the counter borrows from the future. */
    private final AtomicLong last = new AtomicLong();

    TimeOrderedIds(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    static TimeOrderedIds ofSystem() {
        return new TimeOrderedIds(InstantSource.system(), new SecureRandom());
    }

    UUID next() {
        long now = clock.millis() << COUNTER_BITS;
        long stamp = last.updateAndGet(previous -> Math.max(previous + 1, now));
        long millis = stamp >>> COUNTER_BITS;
        long counter = stamp & ((1L << COUNTER_BITS) - 1);
        return new UUID(millis << 16 | 0x7000L | counter, VARIANT | (random.nextLong() & RANDOM_MASK));
    }
}
