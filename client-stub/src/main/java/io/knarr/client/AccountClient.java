package io.knarr.client;

import java.time.Duration;
import java.util.UUID;

/**
 * A client as one account sees it: a light view on a {@link KnarrClient}'s connection, which it does not own. Immutable, thread-safe.
 */
public final class AccountClient {
    private final UnaryCalls calls;
    private final TimeOrderedIds ids;

    AccountClient(UnaryCalls calls, TimeOrderedIds ids) {
        this.calls = calls;
        this.ids = ids;
    }

    /** Returns a view whose calls are refused ({@code INCARNATION_MISMATCH}) once the account has been deleted and created anew. */
    public AccountClient withIncarnation(UUID expected) {
        return new AccountClient(calls.withHeader(Identity.ACCOUNT_INCARNATION, expected.toString()), ids);
    }

    /** Returns a view whose calls, retries included, take no longer than that. */
    public AccountClient withDeadline(Duration deadline) {
        return new AccountClient(calls.withDeadline(deadline), ids);
    }

    /** Returns the calls about accounts. */
    public AccountCalls accounts() {
        return new AccountCalls(calls);
    }

    /** Returns the calls about this account's collections. */
    public CollectionCalls collections() {
        return new CollectionCalls(calls);
    }

    /** Returns a handle on a collection of this account, whether it exists or not. */
    public CollectionHandle collection(String name) {
        return new CollectionHandle(calls, ids, name);
    }

    /** Returns the calls about the server itself. */
    public ServerCalls server() {
        return new ServerCalls(calls);
    }
}
