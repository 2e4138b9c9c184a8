package io.knarr.client;

import java.util.List;

/**
 * The answer to a read by ids.
 *
 * @param records those found, in the order of the ids asked for
 * @param missing the ids that have no record
 */
public record GetReply(List<KnarrRecord> records, List<RecordKey> missing) {
    public GetReply {
        records = List.copyOf(records);
        missing = List.copyOf(missing);
    }
}
