package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.model.CallDeadline;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.GetServerInfoResponse;

/** Answers GetServerInfo. */
final class GetServerInfoHandler implements RpcHandler<GetServerInfoRequest, GetServerInfoResponse> {
    private final ServerIdentity server;
    private final Authenticator authenticator;

    @Inject
    GetServerInfoHandler(ServerIdentity server, Authenticator authenticator) {
        this.server = requireNonNull(server, "server is null");
        this.authenticator = requireNonNull(authenticator, "authenticator is null");
    }

    @Override
    public GetServerInfoResponse handle(Identity identity, GetServerInfoRequest request, CallDeadline deadline) {
        GetServerInfoResponse.Builder response = GetServerInfoResponse.newBuilder()
                .setVersion(server.version())
                .setStoreId(server.storeId().toString())
                .setStartTime(ValueMapper.toProto(server.startTime()))
                .setKernel(server.kernel())
                .setIdentityMode(authenticator.mode())
                .setRoot(identity.root());
        identity.account().ifPresent(account -> response.setAccountId(account.value()));
        return response.build();
    }
}
