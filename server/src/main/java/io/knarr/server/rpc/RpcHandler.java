package io.knarr.server.rpc;

import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;

/** Answers one RPC: plain and blocking. Thread-safe. */
@FunctionalInterface
interface RpcHandler<Q, R> {
    /**
     * Answers a call.
     *
     * @throws ServiceException for what the caller is meant to see
     */
    R handle(Identity identity, Q request, CallDeadline deadline);
}
