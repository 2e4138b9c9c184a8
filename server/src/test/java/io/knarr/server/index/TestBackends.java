package io.knarr.server.index;

import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.AccountNumber;
import io.knarr.server.model.CallDeadline;
import io.knarr.server.model.FieldValue;
import io.knarr.server.model.Filter;
import io.knarr.server.model.Metric;
import io.knarr.server.model.RecordDraft;
import io.knarr.server.model.RecordId;
import io.knarr.server.model.Schema;
import io.knarr.server.model.SearchQuery;
import io.knarr.server.model.Selection;
import io.knarr.server.model.VectorSpec;
import io.knarr.server.store.StoreAdapter;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Backends over a store of the test's choice, and short ways to say what tests say often. */
final class TestBackends implements AutoCloseable {
    static final CallDeadline NO_DEADLINE = CallDeadline.NONE;

    private final ExecutorService search = Executors.newFixedThreadPool(2);
    private final ExecutorService loading = Executors.newFixedThreadPool(4);
    private final ExecutorService writing = Executors.newFixedThreadPool(4);
    private final StoreAdapter store;
    private final Account account = new Account(
            new AccountId("acme"), new AccountNumber(7), new UUID(1, 2), Instant.parse("2026-01-01T00:00:00Z"));

    TestBackends(StoreAdapter store) {
        this.store = store;
    }

    /** Opens the account's backend over what is in the store. */
    AccountBackend open() {
        return AccountBackend.open(
                account,
                store.forAccount(account.number()),
                new IndexThreads(search, loading, writing),
                Clock.systemUTC(),
                100);
    }

    static Schema schema(int dimension, Metric metric) {
        return new Schema(List.of(new VectorSpec("default", dimension, metric)), List.of(), false);
    }

    static RecordDraft draft(RecordId id, Map<String, FieldValue> fields, float... vector) {
        return new RecordDraft(Optional.of(id), new LinkedHashMap<>(fields), Map.of("default", vector));
    }

    static SearchQuery query(String collection, Optional<Filter> filter, int limit, int offset, float... vector) {
        return new SearchQuery(
                collection,
                Optional.empty(),
                vector,
                filter,
                limit,
                offset,
                new Selection.All(),
                new Selection.None(),
                true,
                true);
    }

    @Override
    public void close() {
        search.shutdownNow();
        loading.shutdownNow();
        writing.shutdownNow();
    }
}
