package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.GetLimitsRequest;
import io.knarr.v1.GetLimitsResponse;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.GetServerInfoResponse;
import io.knarr.v1.ServerServiceGrpc;

/** Binds ServerService to its handlers. */
final class ServerGrpcService extends ServerServiceGrpc.ServerServiceImplBase {
    private final UnaryCall call;
    private final GetServerInfoHandler getServerInfo;
    private final GetLimitsHandler getLimits;

    @Inject
    ServerGrpcService(UnaryCall call, GetServerInfoHandler getServerInfo, GetLimitsHandler getLimits) {
        this.call = requireNonNull(call, "call is null");
        this.getServerInfo = requireNonNull(getServerInfo, "getServerInfo is null");
        this.getLimits = requireNonNull(getLimits, "getLimits is null");
    }

    @Override
    public void getServerInfo(GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> observer) {
        call.answer(request, observer, getServerInfo);
    }

    @Override
    public void getLimits(GetLimitsRequest request, StreamObserver<GetLimitsResponse> observer) {
        call.answer(request, observer, getLimits);
    }
}
