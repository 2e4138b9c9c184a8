package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/**
 * Which chunk of which ingest a write is, so that sending it again does nothing.
 *
 * @param ingest the ingest's id, within its collection
 * @param sequence the chunk's number: 1 for the first, and one more with each
 */
public record IngestPlace(UUID ingest, long sequence) {
    public IngestPlace {
        requireNonNull(ingest, "ingest is null");
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence must be 1 or more: " + sequence);
        }
    }
}
