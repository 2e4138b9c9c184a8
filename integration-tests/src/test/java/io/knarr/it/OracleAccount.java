package io.knarr.it;

import io.knarr.v1.CreateCollectionRequest;

/**
 * One account, driven at random, beside a model of it that is a sorted list of records and loops over it. What a call answers, or how it
 * is refused, must be what the model says: ids, order, values, counts, codes, reasons.
 */
final class OracleAccount {
    private final OracleState state;
    private final OracleWrites writes;
    private final OracleReads reads;
    private final OracleSearches searches;

    /** Creates the account's collection. */
    OracleAccount(Caller caller, long seed) {
        this.state = new OracleState(caller, seed);
        this.writes = new OracleWrites(state);
        this.reads = new OracleReads(state, writes);
        this.searches = new OracleSearches(state);
        var _ = caller.collections(state.name)
                .createCollection(CreateCollectionRequest.newBuilder()
                        .setName(OracleState.COLLECTION)
                        .setSchema(state.schema)
                        .build());
    }

    /** Goes on with another connection, to a server that was started again. */
    void reconnect(Caller other) {
        state.reconnect(other);
    }

    /** Does one random thing. */
    void step() {
        int roll = state.random.nextInt(100);
        if (roll < 25) {
            writes.upsert();
        } else if (roll < 33) {
            writes.patch();
        } else if (roll < 38) {
            writes.delete();
        } else if (roll < 40) {
            writes.repeat();
        } else if (roll < 45) {
            reads.get();
        } else if (roll < 55) {
            reads.count();
        } else if (roll < 63) {
            reads.list();
        } else if (roll < 66) {
            reads.export();
        } else if (roll < 69) {
            reads.sample();
        } else if (roll < 77) {
            reads.aggregate();
        } else if (roll < 96) {
            searches.search();
        } else {
            searches.batch();
        }
    }

    /** Compares all records, and some answers. */
    void checkEverything() {
        reads.listAll();
        writes.repeat();
        for (int i = 0; i < 4; i++) {
            reads.count();
            searches.search();
        }
    }

    @Override
    public String toString() {
        return state.name;
    }
}
