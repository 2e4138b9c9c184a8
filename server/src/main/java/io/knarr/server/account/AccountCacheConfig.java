package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.ConfigSource;
import io.knarr.server.config.DataSize;
import java.time.Duration;

/**
 * How much memory accounts may take, and how long they stay in it.
 *
 * @param maxBytes bytes of all accounts in memory above which the least recently used ones are evicted; at least {@value #MIN_BYTES}.
 *     Accounts in use cannot be evicted: a quarter above this, no more are loaded ({@code MEMORY_EXHAUSTED})
 * @param idleTimeout time without a call after which an account is evicted; 1 second to 30 days
 * @param loadTimeout time one call waits for an account to come into memory before it fails with {@code ACCOUNT_LOAD_TIMEOUT}; 1
 *     millisecond to 1 hour. The load itself goes on, so a retry finds it further along
 * @param maxConcurrentLoads accounts loaded at once; 1 to 1,024
 * @param maxQueuedLoads accounts that may wait for their load to begin; the next one is refused with {@code TOO_MANY_CALLS}; 1 to
 *     1,000,000
 * @param drainTimeout time that shutting down waits for calls to give their accounts back; 0 to 1 hour
 */
public record AccountCacheConfig(
        long maxBytes,
        Duration idleTimeout,
        Duration loadTimeout,
        int maxConcurrentLoads,
        int maxQueuedLoads,
        Duration drainTimeout) {
    /** The smallest budget. */
    public static final long MIN_BYTES = 1L << 20;

    private static final Duration LONGEST_MAINTENANCE_INTERVAL = Duration.ofSeconds(10);

    public AccountCacheConfig {
        if (maxBytes < MIN_BYTES) {
            throw rejected("max-bytes must be at least " + MIN_BYTES, maxBytes);
        }
        requireBetween("idle-timeout", idleTimeout, Duration.ofSeconds(1), Duration.ofDays(30));
        requireBetween("load-timeout", loadTimeout, Duration.ofMillis(1), Duration.ofHours(1));
        if (maxConcurrentLoads < 1 || maxConcurrentLoads > 1_024) {
            throw rejected("max-concurrent-loads must be 1 to 1024", maxConcurrentLoads);
        }
        if (maxQueuedLoads < 1 || maxQueuedLoads > 1_000_000) {
            throw rejected("max-queued-loads must be 1 to 1000000", maxQueuedLoads);
        }
        requireBetween("drain-timeout", drainTimeout, Duration.ZERO, Duration.ofHours(1));
    }

    /**
     * Reads the settings {@code account-cache.*}.
     *
     * @param defaultMaxBytes the budget where none was set
     */
    public static AccountCacheConfig from(ConfigSource source, DataSize defaultMaxBytes) {
        AccountCacheConfig defaults = ofBytes(defaultMaxBytes.bytes());
        return new AccountCacheConfig(
                source.dataSize("account-cache.max-bytes", defaultMaxBytes).bytes(),
                source.duration("account-cache.idle-timeout", defaults.idleTimeout),
                source.duration("account-cache.load-timeout", defaults.loadTimeout),
                source.integer("account-cache.max-concurrent-loads", defaults.maxConcurrentLoads),
                source.integer("account-cache.max-queued-loads", defaults.maxQueuedLoads),
                source.duration("account-cache.drain-timeout", defaults.drainTimeout));
    }

    /** Returns the settings of a server that was only told its budget. */
    public static AccountCacheConfig ofBytes(long maxBytes) {
        return new AccountCacheConfig(
                maxBytes, Duration.ofMinutes(10), Duration.ofSeconds(20), 8, 100_000, Duration.ofSeconds(30));
    }

    /** Returns how often the cache should look for idle accounts: a tenth of their timeout, at least every ten seconds. */
    public Duration maintenanceInterval() {
        Duration tenth = idleTimeout.dividedBy(10);
        return tenth.compareTo(LONGEST_MAINTENANCE_INTERVAL) < 0 ? tenth : LONGEST_MAINTENANCE_INTERVAL;
    }

    private static void requireBetween(String property, Duration value, Duration min, Duration max) {
        requireNonNull(value, property);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw rejected(property + " must be " + min + " to " + max, value);
        }
    }

    private static IllegalArgumentException rejected(String rule, Object value) {
        return new IllegalArgumentException("account-cache." + rule + ": " + value);
    }
}
