package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * On what terms a write is done.
 *
 * @param incarnation the life of the collection meant, or empty for whichever lives
 * @param preconditions what must hold at that moment, all of it
 * @param request how the write is known when it is repeated, or empty where it is not
 */
public record WriteTerms(Optional<UUID> incarnation, List<Precondition> preconditions, Optional<RequestKey> request) {
    /** No terms. */
    public static final WriteTerms NONE = new WriteTerms(Optional.empty(), List.of(), Optional.empty());

    public WriteTerms {
        requireNonNull(incarnation, "incarnation is null");
        preconditions = List.copyOf(preconditions);
        requireNonNull(request, "request is null");
    }
}
