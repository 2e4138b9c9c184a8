package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.UUID;

/**
 * Where a listing goes on.
 *
 * @param cursor the pinned view it goes on in
 * @param after the last record looked at, of a listing by id; empty before the first
 * @param rank how many records came before, of a listing by a field; 0 or more
 */
public record CursorPosition(UUID cursor, Optional<RecordId> after, int rank) {
    public CursorPosition {
        requireNonNull(cursor, "cursor is null");
        requireNonNull(after, "after is null");
        if (rank < 0) {
            throw new IllegalArgumentException("Rank is negative");
        }
    }
}
