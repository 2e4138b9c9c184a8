package io.knarr.server.account;

import static java.util.Objects.requireNonNull;

import io.knarr.server.config.ConfigSource;
import java.time.Duration;

/**
 * When what has expired is reclaimed. What callers see does not depend on it.
 *
 * @param sweepInterval time between two looks for what is due; 10 milliseconds to 1 day
 */
public record ExpiryConfig(Duration sweepInterval) {
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofDays(1);

    /** The settings of a server that was not told otherwise. */
    public static final ExpiryConfig DEFAULT = new ExpiryConfig(Duration.ofSeconds(10));

    public ExpiryConfig {
        requireNonNull(sweepInterval, "sweepInterval is null");
        if (sweepInterval.compareTo(SHORTEST) < 0 || sweepInterval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "expiry.sweep-interval must be " + SHORTEST + " to " + LONGEST + ": " + sweepInterval);
        }
    }

    /** Reads the settings {@code expiry.*}. */
    public static ExpiryConfig from(ConfigSource source) {
        return new ExpiryConfig(source.duration("expiry.sweep-interval", DEFAULT.sweepInterval));
    }
}
