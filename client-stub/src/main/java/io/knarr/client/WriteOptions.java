package io.knarr.client;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * On what terms a write is done. Immutable: each method returns other options.
 *
 * <p>A write that could fail, or act twice, where it is tried again after its answer was lost, is named by the client itself, so that the server
 * does it once and answers every attempt alike: one with preconditions, a mode other than {@link UpsertMode#UPSERT}, a patch, a deletion by
 * a filter. Give a name to have that hold beyond one call: of a program that was started again, for example.
 *
 * @param mode what an upsert expects of its ids; of other writes {@link UpsertMode#UPSERT}
 * @param preconditions what must hold, at most 10,000
 * @param requestId the name of the call; repeated within ten minutes it does nothing and is answered as the first time
 */
public record WriteOptions(UpsertMode mode, List<Precondition> preconditions, Optional<UUID> requestId) {
    /** No terms. */
    public static final WriteOptions NONE = new WriteOptions(UpsertMode.UPSERT, List.of(), Optional.empty());

    public WriteOptions {
        requireNonNull(mode, "mode is null");
        preconditions = List.copyOf(preconditions);
        requireNonNull(requestId, "requestId is null");
    }

    /** Returns options to insert only: every id must be new. */
    public static WriteOptions insertOnly() {
        return NONE.mode(UpsertMode.INSERT_ONLY);
    }

    /** Returns options to update only: every id must exist. */
    public static WriteOptions updateOnly() {
        return NONE.mode(UpsertMode.UPDATE_ONLY);
    }

    /** Returns options with these preconditions, all of which must hold. */
    public static WriteOptions requiring(Precondition... preconditions) {
        return new WriteOptions(UpsertMode.UPSERT, List.of(preconditions), Optional.empty());
    }

    /** Returns these options with another mode. */
    public WriteOptions mode(UpsertMode newMode) {
        return new WriteOptions(newMode, preconditions, requestId);
    }

    /** Returns these options with another precondition. */
    public WriteOptions and(Precondition precondition) {
        return new WriteOptions(
                mode,
                Stream.concat(preconditions.stream(), Stream.of(precondition)).toList(),
                requestId);
    }

    /** Returns these options with a name for the call. */
    public WriteOptions requestId(UUID id) {
        return new WriteOptions(mode, preconditions, Optional.of(id));
    }

    List<io.knarr.v1.Precondition> encodedPreconditions() {
        return preconditions.stream().map(Precondition::encode).toList();
    }

    /**
     * Returns the name that goes on the wire.
     *
     * @param needed whether the write needs one to be tried again; one that has terms always does
     */
    String encodedRequestId(boolean needed) {
        boolean hasTerms = mode != UpsertMode.UPSERT || !preconditions.isEmpty();
        return requestId
                .map(UUID::toString)
                .orElseGet(() -> needed || hasTerms ? UUID.randomUUID().toString() : "");
    }

    /** Returns these options, which are for something else than an upsert. */
    WriteOptions withoutMode() {
        if (mode != UpsertMode.UPSERT) {
            throw new IllegalArgumentException("Only an upsert has a mode: " + mode);
        }
        return this;
    }
}
