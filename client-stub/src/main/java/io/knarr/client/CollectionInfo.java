package io.knarr.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One collection of an account.
 *
 * @param name its name
 * @param incarnation tells this life of the collection from earlier and later ones of the same name
 * @param createTime when this life began
 * @param schema what its records look like
 * @param defaultTtl how long a record lives that is written without a time to expire; empty where it lives for ever
 * @param recordCount records now; only from {@link CollectionCalls#get}
 */
public record CollectionInfo(
        String name,
        UUID incarnation,
        Instant createTime,
        CollectionSchema schema,
        Optional<Duration> defaultTtl,
        OptionalLong recordCount) {}
