package io.knarr.client;

/**
 * A large upsert that stopped half way: some of its calls were acknowledged, one failed.
 *
 * <p>It says what the failed call said. Repeating the whole upsert is safe where every record has an id of the caller's.
 */
public final class IncompleteUpsertException extends KnarrException {
    private static final long serialVersionUID = 1;

    private final transient UpsertTotals acknowledged;

    IncompleteUpsertException(KnarrException failure, UpsertTotals acknowledged) {
        super(failure);
        this.acknowledged = acknowledged;
    }

    /** Returns what is known to be written. It need not be the first records: several calls are under way at once. */
    public UpsertTotals acknowledged() {
        return acknowledged;
    }
}
