package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What became of a chunk of an ingest.
 *
 * @param sequence the chunk's number
 * @param version the version of the records that it wrote; 0 where it was refused, or nobody knows any more
 * @param created how many records there were not before
 * @param replaced how many there were
 * @param refusal why nothing was written, if so
 */
public record ChunkOutcome(long sequence, long version, int created, int replaced, Optional<ChunkRefusal> refusal) {
    public ChunkOutcome {
        requireNonNull(refusal, "refusal is null");
    }

    /** Returns the outcome of a chunk that was refused. */
    public static ChunkOutcome refused(long sequence, ChunkRefusal refusal) {
        return new ChunkOutcome(sequence, 0, 0, 0, Optional.of(refusal));
    }

    /** Returns what is left to say of a chunk that was dealt with so long ago that its outcome is not kept. */
    public static ChunkOutcome forgotten(long sequence) {
        return new ChunkOutcome(sequence, 0, 0, 0, Optional.empty());
    }
}
