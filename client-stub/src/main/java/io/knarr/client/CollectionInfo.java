package io.knarr.client;

import java.time.Instant;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One collection of an account.
 *
 * @param name its name
 * @param incarnation tells this life of the collection from earlier and later ones of the same name
 * @param createTime when this life began
 * @param schema what its records look like
 * @param recordCount records now; only from {@link CollectionCalls#get}
 */
public record CollectionInfo(
        String name, UUID incarnation, Instant createTime, CollectionSchema schema, OptionalLong recordCount) {}
