package io.knarr.server.model;

import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A record as a caller wants it written. Not checked against a schema yet.
 *
 * @param id the id, or empty to have one made
 * @param fields fields by name, in the order of their names; must not change
 * @param vectors vectors by name, each finite; must not change
 */
public record RecordDraft(
        Optional<RecordId> id, SequencedMap<String, FieldValue> fields, Map<String, VectorData> vectors) {}
