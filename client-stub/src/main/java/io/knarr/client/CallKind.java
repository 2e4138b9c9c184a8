package io.knarr.client;

import java.time.Duration;

/** The kinds of calls, each with a deadline of its own that covers a call and all of its retries. */
public enum CallKind {
    /** Reads of records, counts, lists, server info. 10 seconds by default. */
    READ(Duration.ofSeconds(10)),
    /** Searches. 10 seconds by default. */
    SEARCH(Duration.ofSeconds(10)),
    /** Upserts and deletes of records. 30 seconds by default. */
    WRITE(Duration.ofSeconds(30)),
    /** Creating and deleting collections and accounts. 60 seconds by default. */
    ADMIN(Duration.ofSeconds(60));

    private final Duration defaultDeadline;

    CallKind(Duration defaultDeadline) {
        this.defaultDeadline = defaultDeadline;
    }

    Duration defaultDeadline() {
        return defaultDeadline;
    }
}
