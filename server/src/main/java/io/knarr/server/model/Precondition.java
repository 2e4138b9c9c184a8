package io.knarr.server.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What must hold of a record at the moment of a write, or the write does not happen. At least one of the three is set.
 *
 * @param id the record, which need not be one that is written
 * @param version the version it must have
 * @param filter what it must match; a record that does not exist matches nothing
 * @param exists whether it must exist, or must not
 */
public record Precondition(RecordId id, OptionalLong version, Optional<Filter> filter, Optional<Boolean> exists) {
    public Precondition {
        requireNonNull(id, "id is null");
        if (version.isEmpty() && filter.isEmpty() && exists.isEmpty()) {
            throw new IllegalArgumentException("A precondition of nothing");
        }
    }
}
