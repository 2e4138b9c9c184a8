package io.knarr.server.model;

import java.util.UUID;

/**
 * What a durable write answers.
 *
 * @param result the write's own result
 * @param collectionIncarnation the life of the collection that was written to
 */
public record WriteReceipt<T>(T result, UUID collectionIncarnation) {}
