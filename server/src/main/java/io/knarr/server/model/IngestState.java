package io.knarr.server.model;

import java.util.ArrayList;
import java.util.List;

/**
 * How far an ingest has come, durably.
 *
 * @param lastSequence the last chunk that was dealt with, written or refused; 0 before the first
 * @param recent what became of the last chunks, in their order, at most {@link #MAX_RECENT}
 */
public record IngestState(long lastSequence, List<ChunkOutcome> recent) {
    /** How many outcomes are kept: as many chunks as can be on their way at once. */
    public static final int MAX_RECENT = 64;

    /** Of an ingest that has not begun. */
    public static final IngestState NEW = new IngestState(0, List.of());

    public IngestState {
        recent = List.copyOf(recent);
    }

    /** Returns the state after the next chunk. */
    public IngestState after(ChunkOutcome next) {
        if (next.sequence() != lastSequence + 1) {
            throw new IllegalArgumentException("Chunk " + next.sequence() + " does not follow " + lastSequence);
        }
        List<ChunkOutcome> kept =
                new ArrayList<>(recent.size() < MAX_RECENT ? recent : recent.subList(1, recent.size()));
        kept.add(next);
        return new IngestState(next.sequence(), kept);
    }

    /** Returns what became of a chunk that was dealt with. */
    public ChunkOutcome outcomeOf(long sequence) {
        return recent.stream()
                .filter(outcome -> outcome.sequence() == sequence)
                .findFirst()
                .orElseGet(() -> ChunkOutcome.forgotten(sequence));
    }
}
