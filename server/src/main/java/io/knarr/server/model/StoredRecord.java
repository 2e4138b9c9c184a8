package io.knarr.server.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A record as it was stored, or the part of it that was asked for.
 *
 * @param id the id
 * @param version grows with every write of this id
 * @param createTime when this id was first written
 * @param updateTime when this version was written
 * @param expireTime from when on nobody sees it, if there is such a time
 * @param fields fields by name, in the order of their names
 * @param vectors vectors by name, as given on write; in the order of the schema
 */
public record StoredRecord(
        RecordId id,
        long version,
        Instant createTime,
        Instant updateTime,
        Optional<Instant> expireTime,
        SequencedMap<String, FieldValue> fields,
        Map<String, VectorData> vectors) {}
