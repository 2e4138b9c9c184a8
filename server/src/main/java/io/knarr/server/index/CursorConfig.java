package io.knarr.server.index;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How many views stay pinned between calls, and for how long.
 *
 * @param lease {@code cursors.lease}: how long a cursor lives after its last page; 1 second to 1 hour; 1 minute
 * @param maxCursors {@code cursors.max}: cursors of the server at once; 1 to 1,000,000; 4,096
 * @param maxCursorsPerAccount {@code cursors.max-per-account}: cursors of one account at once; 1 to {@code maxCursors}; 64
 * @param maxBytes {@code cursors.max-bytes}: what the orders that cursors keep may take in memory together; 1 MiB or more; 256 MiB
 * @param maxBytesPerCursor {@code cursors.max-bytes-per-cursor}: the same of one cursor; 64 KiB to {@code maxBytes}; 64 MiB
 */
public record CursorConfig(
        Duration lease, int maxCursors, int maxCursorsPerAccount, long maxBytes, long maxBytesPerCursor) {
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
    private static final Duration LONGEST_LEASE = Duration.ofHours(1);
    private static final long LEAST_BYTES = 1L << 20;
    private static final long LEAST_BYTES_PER_CURSOR = 64L << 10;

    /** The limits of a server that was not told otherwise. */
    public static final CursorConfig DEFAULT =
            new CursorConfig(Duration.ofMinutes(1), 4_096, 64, 256L << 20, 64L << 20);

    public CursorConfig {
        requireNonNull(lease, "lease is null");
        if (lease.compareTo(SHORTEST_LEASE) < 0 || lease.compareTo(LONGEST_LEASE) > 0) {
            throw new IllegalArgumentException("cursors.lease must be 1 s to 1 h: " + lease);
        }
        if (maxCursors < 1 || maxCursors > 1_000_000) {
            throw new IllegalArgumentException("cursors.max must be 1 to 1000000: " + maxCursors);
        }
        if (maxCursorsPerAccount < 1 || maxCursorsPerAccount > maxCursors) {
            throw new IllegalArgumentException(
                    "cursors.max-per-account must be 1 to cursors.max: " + maxCursorsPerAccount);
        }
        if (maxBytes < LEAST_BYTES) {
            throw new IllegalArgumentException("cursors.max-bytes must be at least " + LEAST_BYTES + ": " + maxBytes);
        }
        if (maxBytesPerCursor < LEAST_BYTES_PER_CURSOR || maxBytesPerCursor > maxBytes) {
            throw new IllegalArgumentException("cursors.max-bytes-per-cursor must be " + LEAST_BYTES_PER_CURSOR
                    + " to cursors.max-bytes: " + maxBytesPerCursor);
        }
    }
}
