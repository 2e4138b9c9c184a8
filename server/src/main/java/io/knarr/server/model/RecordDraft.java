package io.knarr.server.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A record as a caller wants it written. Not checked against a schema yet.
 *
 * @param id the id, or empty to have one made
 * @param fields fields by name, in the order of their names; must not change
 * @param vectors vectors by name, each finite; must not change
 * @param expireTime from when on nobody sees it, to the microsecond; empty where it has no such time of its own
 */
public record RecordDraft(
        Optional<RecordId> id,
        SequencedMap<String, FieldValue> fields,
        Map<String, VectorData> vectors,
        Optional<Instant> expireTime) {
    /** A record with no time of its own to expire. */
    public RecordDraft(
            Optional<RecordId> id, SequencedMap<String, FieldValue> fields, Map<String, VectorData> vectors) {
        this(id, fields, vectors, Optional.empty());
    }
}
