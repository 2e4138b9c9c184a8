package io.knarr.server.index;

import io.knarr.server.model.RecordId;

/**
 * That a record expires, as it is noted in the store beside the record, in the order of time. There is a note for each stored record that
 * expires, and no other: notes are written and taken back in the batches that write and delete their records.
 *
 * @param id the record
 * @param expireMicros from when on nobody sees it, in microseconds since 1970
 */
record ExpiryNote(RecordId id, long expireMicros) {}
