package io.knarr.server.index;

import io.knarr.server.model.RecordId;
import java.security.SecureRandom;
import java.util.UUID;

/** Makes ids for records that come without one: UUIDs of version 7 (RFC 9562, section 5.7), so that newer ones sort later. Thread-safe. */
final class TimeOrderedIds {
    private static final SecureRandom RANDOM = new SecureRandom();

    private TimeOrderedIds() {}

    static RecordId next() {
        return RecordId.of(uuid(System.currentTimeMillis(), RANDOM.nextLong(), RANDOM.nextLong()));
    }

    /** Returns the UUID of a time in milliseconds since 1970 with 74 of the random bits given. */
    static UUID uuid(long millis, long randomHigh, long randomLow) {
        long high = (millis << 16) | 0x7000L | (randomHigh & 0x0fffL);
        long low = 0x8000_0000_0000_0000L | (randomLow & 0x3fff_ffff_ffff_ffffL);
        return new UUID(high, low);
    }
}
