package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * How records are ingested. Immutable: each method returns other options.
 *
 * @param id the ingest's id: one that the server knows goes on, another one begins; empty: a new one
 * @param mode what is expected of the ids
 * @param maxRecords records per chunk, 1 to 10,000. Has to be the same when an ingest goes on
 * @param maxBytes bytes of records per chunk, encoded; a single record above it travels alone. Has to be the same when an ingest goes on
 * @param patience how long to try to reach the server while nothing is acknowledged, before giving up
 * @param refused told of each chunk that is refused, and those after it go on; empty: the first one ends the ingest
 */
public record IngestOptions(
        Optional<UUID> id,
        UpsertMode mode,
        int maxRecords,
        int maxBytes,
        Duration patience,
        Optional<Consumer<RefusedChunk>> refused) {
    /** A new ingest of chunks of 500 records or 1 MiB, which inserts and replaces, for which a minute without a server is too much. */
    public static final IngestOptions STANDARD = new IngestOptions(
            Optional.empty(), UpsertMode.UPSERT, 500, 1 << 20, Duration.ofMinutes(1), Optional.empty());

    public IngestOptions {
        requireNonNull(id, "id is null");
        requireNonNull(mode, "mode is null");
        requireNonNull(refused, "refused is null");
        if (maxRecords < 1 || maxRecords > 10_000) {
            throw new IllegalArgumentException("maxRecords must be 1 to 10000: " + maxRecords);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be positive: " + maxBytes);
        }
        if (!patience.isPositive()) {
            throw new IllegalArgumentException("patience must be positive: " + patience);
        }
    }

    /** Returns these options for an ingest of that id. */
    public IngestOptions id(UUID newId) {
        return new IngestOptions(Optional.of(newId), mode, maxRecords, maxBytes, patience, refused);
    }

    /** Returns these options with another mode. */
    public IngestOptions mode(UpsertMode newMode) {
        return new IngestOptions(id, newMode, maxRecords, maxBytes, patience, refused);
    }

    /** Returns these options with chunks of at most so many records and bytes. */
    public IngestOptions chunks(int newMaxRecords, int newMaxBytes) {
        return new IngestOptions(id, mode, newMaxRecords, newMaxBytes, patience, refused);
    }

    /** Returns these options with another patience. */
    public IngestOptions patience(Duration newPatience) {
        return new IngestOptions(id, mode, maxRecords, maxBytes, newPatience, refused);
    }

    /** Returns these options going on after chunks that are refused, of which a listener is told on the writer's thread. */
    public IngestOptions goOnAfterRefusal(Consumer<RefusedChunk> listener) {
        return new IngestOptions(id, mode, maxRecords, maxBytes, patience, Optional.of(listener));
    }
}
