package io.knarr.server.rpc;

import io.knarr.server.model.AccountId;
import java.util.Optional;

/** Hears of every call that ended. Called on the calls' own threads: thread-safe, quick, and it never throws. */
@FunctionalInterface
public interface CallListener {
    /** A listener that does nothing. */
    CallListener NONE = _ -> {};

    /**
     * A call that ended.
     *
     * @param method the method's full name, such as {@code knarr.v1.SearchService/Search}; one of a fixed set
     * @param account the account it acted on; empty if it acted on none, or was refused before that was known
     * @param status the name of its gRPC status, such as {@code OK} or {@code NOT_FOUND}
     * @param reason the name of its error code; empty if it succeeded, or failed without one
     * @param nanos how long it took, from its first byte to the last of its reply handed to the network
     */
    record FinishedCall(
            String method, Optional<AccountId> account, String status, Optional<String> reason, long nanos) {}

    /** Hears of a call that ended; once per call. */
    void callFinished(FinishedCall call);
}
