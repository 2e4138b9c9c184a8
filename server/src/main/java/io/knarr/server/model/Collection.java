package io.knarr.server.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One life of a collection.
 *
 * @param name see {@link Names}
 * @param number the server's name of this life within its account; never used twice there; 1 or more
 * @param incarnation the name of this life that callers see
 * @param createTime when this life began
 * @param schema what its records look like
 * @param defaultTtl how long a record lives that is written without a time to expire, if not for ever; positive, whole microseconds
 */
public record Collection(
        String name, int number, UUID incarnation, Instant createTime, Schema schema, Optional<Duration> defaultTtl) {
    /** Returns this with another schema and default time to live. */
    public Collection with(Schema other, Optional<Duration> ttl) {
        return new Collection(name, number, incarnation, createTime, other, ttl);
    }
}
