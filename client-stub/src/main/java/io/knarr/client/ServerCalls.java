package io.knarr.client;

import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.ServerServiceGrpc;
import java.util.concurrent.CompletableFuture;

/** Calls about the server itself. Thread-safe. */
public final class ServerCalls {
    private final UnaryCalls calls;

    ServerCalls(UnaryCalls calls) {
        this.calls = calls;
    }

    /** Returns what the server is, and as whom it sees this caller. */
    public ServerInfo info() {
        return UnaryCalls.await(infoAsync());
    }

    /** Starts {@link #info}. */
    public CompletableFuture<ServerInfo> infoAsync() {
        return calls.start(
                ServerServiceGrpc.getGetServerInfoMethod(),
                CallKind.READ,
                GetServerInfoRequest.getDefaultInstance(),
                WireResources::decode);
    }

    /** Returns how much the server allows. */
    public ServerLimits limits() {
        return UnaryCalls.await(limitsAsync());
    }

    /** Starts {@link #limits}. */
    public CompletableFuture<ServerLimits> limitsAsync() {
        return calls.start(
                ServerServiceGrpc.getGetLimitsMethod(),
                CallKind.READ,
                GetLimitsRequest.getDefaultInstance(),
                response -> WireResources.decode(response.getLimits()));
    }
}
