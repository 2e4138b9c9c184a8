package io.knarr.cli.format;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Timestamps as text: RFC 3339, with an offset. */
public final class Timestamps {
    private Timestamps() {}

    /**
     * Returns the instant that the text names.
     *
     * @throws java.time.DateTimeException if it names none, or has no offset
     */
    public static Timestamp parse(String text) {
        Instant instant = OffsetDateTime.parse(text).toInstant();
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** Returns the timestamp as text in UTC, with as many decimals as it has. */
    public static String format(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos())
                .toString();
    }
}
