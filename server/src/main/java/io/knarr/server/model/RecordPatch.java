package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A change of parts of a record. What it does not name stays as it is, the time to expire too.
 *
 * @param id the record, which must exist
 * @param changes of fields, none of them within another's
 * @param vectors vectors that take the place of those of their names
 * @param removedVectors names of vectors to take away
 * @param expiry when it is to expire from now on; empty where that stays as it is
 */
public record RecordPatch(
        RecordId id,
        List<FieldChange> changes,
        Map<String, VectorData> vectors,
        Set<String> removedVectors,
        Optional<Expiry> expiry) {
    public RecordPatch {
        requireNonNull(id, "id is null");
        changes = List.copyOf(changes);
        removedVectors = Set.copyOf(removedVectors);
    }

    /**
     * A new time to expire.
     *
     * @param time empty for never
     */
    public record Expiry(Optional<Instant> time) {}
}
