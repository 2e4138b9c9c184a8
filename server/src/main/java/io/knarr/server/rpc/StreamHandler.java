package io.knarr.server.rpc;

import io.knarr.server.error.ServiceException;
import io.knarr.server.model.CallDeadline;

/** Answers one RPC with any number of messages: plain and blocking. Thread-safe. */
@FunctionalInterface
interface StreamHandler<Q, R> {
    /**
     * Answers a call. It ends when this returns.
     *
     * @param replies takes the messages, one after another
     * @throws ServiceException for what the caller is meant to see
     */
    void handle(Identity identity, Q request, CallDeadline deadline, ReplyStream<R> replies);
}
