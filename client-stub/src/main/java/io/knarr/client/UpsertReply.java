package io.knarr.client;

import java.util.List;
import java.util.UUID;

/**
 * What an upsert wrote. It is durable and visible.
 *
 * @param results one for each record given, in their order
 * @param accountIncarnation the life of the account that was written to
 * @param collectionIncarnation the life of the collection that was written to
 */
public record UpsertReply(List<Result> results, UUID accountIncarnation, UUID collectionIncarnation) {
    public UpsertReply {
        results = List.copyOf(results);
    }

    /**
     * What happened to one record.
     *
     * @param id its id, made by the client if none was given
     * @param version the version written; a call that had to be retried may have written the record twice
     * @param created true if no record of this id existed before the call, or before its last attempt
     */
    public record Result(RecordKey id, long version, boolean created) {}
}
