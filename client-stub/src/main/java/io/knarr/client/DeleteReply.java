package io.knarr.client;

import java.util.UUID;

/**
 * What a delete removed. It is durable and visible.
 *
 * @param deletedCount how many records there were to delete; a call that had to be retried counts those of its last attempt
 * @param accountIncarnation the life of the account that was written to
 * @param collectionIncarnation the life of the collection that was written to
 */
public record DeleteReply(long deletedCount, UUID accountIncarnation, UUID collectionIncarnation) {}
