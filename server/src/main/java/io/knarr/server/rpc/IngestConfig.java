package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import io.knarr.server.model.IngestState;
import java.time.Duration;

/**
 * How many ingest streams there may be, and how much of each may be on its way: together, what they may take in memory.
 *
 * @param maxStreams {@code ingest.max-streams}: streams of the server at once; 1 to 10,000; 64
 * @param maxStreamsPerAccount {@code ingest.max-streams-per-account}: streams of one account at once; 1 to {@code maxStreams}; 32
 * @param windowChunks {@code ingest.window-chunks}: chunks of a stream that are sent and not acknowledged; 1 to 64, as many as are
 *     remembered; 16
 * @param windowBytes {@code ingest.window-bytes}: the bytes of these, and so of one chunk; 64 KiB to 1 GiB; 24 MiB, which the largest
 *     record fits into
 * @param idleTimeout {@code ingest.idle-timeout}: how long a stream may be open on which nothing moves; 1 second to 1 hour; 5 minutes
 */
public record IngestConfig(
        int maxStreams, int maxStreamsPerAccount, int windowChunks, long windowBytes, Duration idleTimeout) {
    private static final Duration SHORTEST_IDLE = Duration.ofSeconds(1);
    private static final Duration LONGEST_IDLE = Duration.ofHours(1);
    private static final long LEAST_BYTES = 64L << 10;
    private static final long MOST_BYTES = 1L << 30;

    /** The limits of a server that was not told otherwise. */
    public static final IngestConfig DEFAULT = new IngestConfig(64, 32, 16, 24L << 20, Duration.ofMinutes(5));

    public IngestConfig {
        requireNonNull(idleTimeout, "idleTimeout is null");
        if (maxStreams < 1 || maxStreams > 10_000) {
            throw new IllegalArgumentException("ingest.max-streams must be 1 to 10000: " + maxStreams);
        }
        if (maxStreamsPerAccount < 1 || maxStreamsPerAccount > maxStreams) {
            throw new IllegalArgumentException(
                    "ingest.max-streams-per-account must be 1 to ingest.max-streams: " + maxStreamsPerAccount);
        }
        if (windowChunks < 1 || windowChunks > IngestState.MAX_RECENT) {
            throw new IllegalArgumentException(
                    "ingest.window-chunks must be 1 to " + IngestState.MAX_RECENT + ": " + windowChunks);
        }
        if (windowBytes < LEAST_BYTES || windowBytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "ingest.window-bytes must be " + LEAST_BYTES + " to " + MOST_BYTES + ": " + windowBytes);
        }
        if (idleTimeout.compareTo(SHORTEST_IDLE) < 0 || idleTimeout.compareTo(LONGEST_IDLE) > 0) {
            throw new IllegalArgumentException("ingest.idle-timeout must be 1 s to 1 h: " + idleTimeout);
        }
    }
}
