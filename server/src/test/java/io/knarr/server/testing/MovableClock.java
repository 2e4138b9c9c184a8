package io.knarr.server.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A wall clock that stands still until a test moves it, forth or back. Thread-safe. */
public final class MovableClock extends Clock {
    private volatile Instant now = Instant.parse("2026-05-01T12:00:00Z");

    /** Moves the clock by so much; back, if it is negative. */
    public void move(Duration by) {
        now = now.plus(by);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("Nobody asks for the zone");
    }
}
